import { parseOid } from '../wire/oid.ts';
import type { SnmpSession } from '../wire/session.ts';
import { type WalkedRow, walkTable } from '../wire/walk.ts';
import { number, text } from './device.ts';
import type { FoundInterface } from './interfaces.ts';

/** @source ENTITY-MIB entPhysicalTable */
const PHYSICAL = { entry: parseOid('1.3.6.1.2.1.47.1.1.1.1'), descr: 2, containedIn: 4, class: 5, name: 7 } as const;
/** @source ENTITY-MIB entAliasMappingTable, index entPhysicalIndex.logicalIndex */
const ALIAS = { entry: parseOid('1.3.6.1.2.1.47.1.3.2.1'), identifier: 2 } as const;
const CLASS_PORT = 10;
/** Deepest nesting of a chassis's parts that is followed. */
const MAX_DEPTH = 10;

/** Reads which of the device's parts are, or sit in, which of its polled ports. */
export async function readPhysicalTree(
  session: SnmpSession,
  interfaces: readonly FoundInterface[],
): Promise<PhysicalTree> {
  const { entry, descr, containedIn, class: partClass, name } = PHYSICAL;
  const physical = await walkTable(session, entry, [descr, containedIn, partClass, name]);
  const aliases = await walkTable(session, ALIAS.entry, [ALIAS.identifier]);
  return new PhysicalTree(physical, aliases, interfaces);
}

/** The device's parts: which port each belongs to. */
export class PhysicalTree {
  private readonly rows: Map<number, WalkedRow['values']>;
  private readonly portOfEntity = new Map<number, string>();
  /** Any name of a polled port to the one it goes by. */
  private readonly canonical: Map<string, string>;

  constructor(physical: readonly WalkedRow[], aliases: readonly WalkedRow[], interfaces: readonly FoundInterface[]) {
    this.rows = new Map(physical.map(({ index, values }) => [index[0] ?? 0, values]));
    const polled = interfaces.filter((found) => found.polled);
    const byIndex = new Map(polled.map((found) => [found.ifIndex, found.name]));
    for (const { index, values } of aliases) {
      const pointer = values.get(ALIAS.identifier);
      const port = pointer?.kind === 'oid' ? byIndex.get(pointer.value.at(-1) ?? -1) : undefined;
      if (port !== undefined) this.portOfEntity.set(index[0] ?? 0, port);
    }
    this.canonical = new Map(
      polled.flatMap((found) => [found.ifDescr, found.ifName, found.name].map((name) => [name, found.name])),
    );
  }

  /** Name and description of a part. */
  labelOf(entity: number): string {
    const values = this.rows.get(entity);
    return `${text(values?.get(PHYSICAL.name))} ${text(values?.get(PHYSICAL.descr))}`;
  }

  /** The port a part speaks of: the one its label names, else the one it is or sits in. */
  portOf(entity: number): string | undefined {
    return this.namedIn(this.labelOf(entity)) ?? this.containing(entity);
  }

  /** The longest port name among the words of a label; a trailing lane number does not hide it. */
  private namedIn(label: string): string | undefined {
    for (const word of label.split(/\s+/)) {
      for (
        let name = word.replace(/[,:;()]+$/, '');
        name !== '';
        name = name.slice(0, Math.max(0, name.lastIndexOf('/')))
      ) {
        const port = this.canonical.get(name);
        if (port !== undefined) return port;
        if (!name.includes('/')) break;
      }
    }
    return undefined;
  }

  private containing(entity: number): string | undefined {
    let at = entity;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const port = this.portOfEntity.get(at);
      if (port !== undefined) return port;
      const values = this.rows.get(at);
      if (values === undefined || number(values.get(PHYSICAL.class)) === CLASS_PORT) return undefined;
      at = number(values.get(PHYSICAL.containedIn)) ?? 0;
    }
    return undefined;
  }
}
