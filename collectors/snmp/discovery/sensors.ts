import type { OpticsKind } from '../profiles/profile.ts';
import { parseOid } from '../wire/oid.ts';
import type { SnmpSession } from '../wire/session.ts';
import { type WalkedRow, walkTable } from '../wire/walk.ts';
import { number, text } from './device.ts';
import type { FoundInterface } from './interfaces.ts';

/** What an optics sensor measures for us. */
export type SensorKind = 'rxPowerDbm' | 'temperatureC';

/** A sensor of a port's transceiver, and how its integer becomes a number. */
export interface FoundSensor {
  /** Row index of the value. */
  index: number[];
  port: string;
  kind: SensorKind;
  /** Value times this is in watts, dBm or °C. */
  factor: number;
  unit: 'watts' | 'dbm' | 'celsius';
}

/** Where the values of a platform's sensors are. */
interface ValueTable {
  entry: number[];
  value: number;
  /** Column that must be 1 (ok), or null. */
  status: number | null;
}

/** Type, scale, precision, value and status have the same columns in the standard and in Cisco's sensor table. */
const SENSOR = { type: 1, scale: 2, precision: 3, value: 4, status: 5 } as const;
/** @source ENTITY-SENSOR-MIB (RFC 3433) entPhySensorTable */
const ENTITY_SENSORS = parseOid('1.3.6.1.2.1.99.1.1.1');
/** @source CISCO-ENTITY-SENSOR-MIB entSensorValueTable */
const CISCO_SENSORS = parseOid('1.3.6.1.4.1.9.9.91.1.1.1.1');
/** @source ENTITY-MIB entPhysicalTable */
const PHYSICAL = { entry: parseOid('1.3.6.1.2.1.47.1.1.1.1'), descr: 2, containedIn: 4, class: 5, name: 7 } as const;
/** @source ENTITY-MIB entAliasMappingTable, index entPhysicalIndex.logicalIndex */
const ALIAS = { entry: parseOid('1.3.6.1.2.1.47.1.3.2.1'), identifier: 2 } as const;
/** @source JUNIPER-DOM-MIB jnxDomCurrentTable, index ifIndex; 0.01 dBm and °C */
const JUNIPER_DOM = { entry: parseOid('1.3.6.1.4.1.2636.3.60.1.1.1.1'), rxPower: 5, temperature: 8 } as const;
const JUNIPER_POWER_FACTOR = 0.01;
/** EntitySensorDataType; dBm(14) is what NX-OS answers. */
const TYPE = { watts: 6, celsius: 8, dbm: 14 } as const;
/** EntitySensorDataScale units(9): each step is a factor of 1000. */
const SCALE_UNITS = 9;
const CLASS_PORT = 10;
/** Deepest nesting of a chassis's parts that is followed. */
const MAX_DEPTH = 10;

/** Finds the transceivers' receive power and temperature sensors and the port of each. */
export async function readSensors(
  session: SnmpSession,
  kind: OpticsKind,
  interfaces: readonly FoundInterface[],
): Promise<FoundSensor[]> {
  if (kind === 'juniper-dom') return readJuniper(session, interfaces);
  const entry = kind === 'cisco-entity-sensor' ? CISCO_SENSORS : ENTITY_SENSORS;
  const sensors = await walkTable(session, entry, [SENSOR.type, SENSOR.scale, SENSOR.precision]);
  if (sensors.length === 0) return [];
  const physical = await walkTable(session, PHYSICAL.entry, [
    PHYSICAL.descr,
    PHYSICAL.containedIn,
    PHYSICAL.class,
    PHYSICAL.name,
  ]);
  const aliases = await walkTable(session, ALIAS.entry, [ALIAS.identifier]);
  const tree = new PhysicalTree(physical, aliases, interfaces);
  return sensors.flatMap((row) => {
    const found = describeSensor(row);
    const port = found === null ? undefined : tree.portOf(row.index[0] ?? 0, found.unit !== 'celsius');
    return found === null || port === undefined ? [] : [{ ...found, port }];
  });
}

/** Where the values of these sensors are read. */
export function valueTables(kind: OpticsKind): ValueTable[] {
  if (kind === 'juniper-dom') {
    return [
      { entry: JUNIPER_DOM.entry, value: JUNIPER_DOM.rxPower, status: null },
      { entry: JUNIPER_DOM.entry, value: JUNIPER_DOM.temperature, status: null },
    ];
  }
  const entry = kind === 'cisco-entity-sensor' ? CISCO_SENSORS : ENTITY_SENSORS;
  return [{ entry, value: SENSOR.value, status: SENSOR.status }];
}

/** The number a sensor's integer stands for: dBm for power of either unit, °C for temperature. */
export function sensorNumber(sensor: FoundSensor, raw: number): number {
  const value = raw * sensor.factor;
  if (sensor.unit !== 'watts') return value;
  // No light at all has no logarithm: the least a sensor of 0.1 µW can tell.
  const milliwatts = Math.max(value * 1000, 0.0001);
  return 10 * Math.log10(milliwatts);
}

function describeSensor({ index, values }: WalkedRow): Omit<FoundSensor, 'port'> | null {
  const type = number(values.get(SENSOR.type));
  const scale = number(values.get(SENSOR.scale)) ?? SCALE_UNITS;
  const precision = number(values.get(SENSOR.precision)) ?? 0;
  if (type === undefined || Math.abs(precision) > 9 || scale < 1 || scale > 17) return null;
  // A negative precision counts digits that can be trusted, none behind a decimal point.
  const factor = 1000 ** (scale - SCALE_UNITS) / 10 ** Math.max(0, precision);
  if (type === TYPE.watts) return { index, kind: 'rxPowerDbm', unit: 'watts', factor };
  if (type === TYPE.dbm) return { index, kind: 'rxPowerDbm', unit: 'dbm', factor };
  return type === TYPE.celsius ? { index, kind: 'temperatureC', unit: 'celsius', factor } : null;
}

async function readJuniper(session: SnmpSession, interfaces: readonly FoundInterface[]): Promise<FoundSensor[]> {
  const rows = await walkTable(session, JUNIPER_DOM.entry, [JUNIPER_DOM.rxPower, JUNIPER_DOM.temperature]);
  const ports = new Map(interfaces.filter((found) => found.polled).map((found) => [found.ifIndex, found.name]));
  return rows.flatMap(({ index, values }): FoundSensor[] => {
    const port = ports.get(index[0] ?? -1);
    if (port === undefined) return [];
    const sensors: FoundSensor[] = [];
    if (values.has(JUNIPER_DOM.rxPower)) {
      const at = [JUNIPER_DOM.rxPower, ...index];
      sensors.push({ index: at, port, kind: 'rxPowerDbm', unit: 'dbm', factor: JUNIPER_POWER_FACTOR });
    }
    if (values.has(JUNIPER_DOM.temperature)) {
      const at = [JUNIPER_DOM.temperature, ...index];
      sensors.push({ index: at, port, kind: 'temperatureC', unit: 'celsius', factor: 1 });
    }
    return sensors;
  });
}

/** The device's parts: which port a sensor sits in. */
class PhysicalTree {
  private readonly rows: Map<number, WalkedRow['values']>;
  private readonly portOfEntity = new Map<number, string>();
  private readonly portNames: Set<string>;

  constructor(physical: readonly WalkedRow[], aliases: readonly WalkedRow[], interfaces: readonly FoundInterface[]) {
    this.rows = new Map(physical.map(({ index, values }) => [index[0] ?? 0, values]));
    const polled = interfaces.filter((found) => found.polled);
    this.portNames = new Set(polled.flatMap(({ name, ifName, ifDescr }) => [name, ifName, ifDescr]));
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

  private readonly canonical: Map<string, string>;

  /** @param received whether only a receive sensor will do (power is measured in both directions) */
  portOf(entity: number, received: boolean): string | undefined {
    const values = this.rows.get(entity);
    const label = `${text(values?.get(PHYSICAL.name))} ${text(values?.get(PHYSICAL.descr))}`;
    if (received && !/\b(rx|receive)/i.test(label)) return undefined;
    if (!received && !/\b(dom|transceiver|optic|module|xcvr|sfp)/i.test(label)) return undefined;
    return this.namedIn(label) ?? this.containing(entity);
  }

  /** The longest port name among the words of a label; a trailing lane number does not hide it. */
  private namedIn(label: string): string | undefined {
    for (const word of label.split(/\s+/)) {
      for (
        let name = word.replace(/[,:;()]+$/, '');
        name !== '';
        name = name.slice(0, Math.max(0, name.lastIndexOf('/')))
      ) {
        if (this.portNames.has(name)) return this.canonical.get(name);
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
