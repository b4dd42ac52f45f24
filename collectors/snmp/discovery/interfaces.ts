import { CollectorError } from '../../../lib/errors.ts';
import type { VendorProfile } from '../profiles/profile.ts';
import { parseOid } from '../wire/oid.ts';
import type { SnmpSession } from '../wire/session.ts';
import { walkTable } from '../wire/walk.ts';
import { macText, number, text } from './device.ts';

/** One interface of the device, as discovery found it. */
export interface FoundInterface {
  ifIndex: number;
  /** The name people use on this platform. */
  name: string;
  ifName: string;
  ifDescr: string;
  ifAlias: string;
  ifType: number;
  /** aa:bb:cc:dd:ee:ff or ''. */
  mac: string;
  /** Mbit/s at discovery; 0 = the device does not say. */
  speedMbps: number;
  /** A port of the fabric that is polled, as opposed to a loopback, VLAN, LAG or excluded one. */
  polled: boolean;
}

/** Which ports an operator wants beside or without the physical ones. */
export interface PortSelection {
  include: readonly string[];
  exclude: readonly string[];
}

const IF_ENTRY = parseOid('1.3.6.1.2.1.2.2.1');
const IF_X_ENTRY = parseOid('1.3.6.1.2.1.31.1.1.1');
const IF_COLUMN = { descr: 2, type: 3, speed: 5, physAddress: 6 } as const;
const IF_X_COLUMN = { name: 1, highSpeed: 15, connectorPresent: 17, alias: 18 } as const;
/** ifConnectorPresent false(2). */
const NO_CONNECTOR = 2;
/** ifSpeed's largest value says only "at least 4.29 Gbit/s". */
const IF_SPEED_SATURATED = 4_294_967_295;

/**
 * ifType of ports that carry fabric traffic: ethernetCsmacd, fastEther, gigabitEthernet, infiniband.
 * @source IANAifType-MIB
 */
const PHYSICAL_TYPES = new Set([6, 62, 117, 199]);

/**
 * Reads the interface list. Index numbers come from the OID, never from the ifIndex column (SONiC answers one less there).
 * @throws CollectorError when the device has no interface at all
 */
export async function readInterfaces(
  session: SnmpSession,
  profile: VendorProfile,
  selection: PortSelection,
): Promise<FoundInterface[]> {
  const base = await walkTable(session, IF_ENTRY, Object.values(IF_COLUMN));
  const extended = await walkTable(session, IF_X_ENTRY, Object.values(IF_X_COLUMN));
  const extras = new Map(extended.map((row) => [row.index[0] ?? 0, row.values]));
  const include = selection.include.map((pattern) => new RegExp(pattern));
  const exclude = selection.exclude.map((pattern) => new RegExp(pattern));
  const found: FoundInterface[] = [];
  for (const { index, values } of base) {
    const ifIndex = index[0] ?? 0;
    const extra = extras.get(ifIndex);
    const ifName = text(extra?.get(IF_X_COLUMN.name));
    const ifDescr = text(values.get(IF_COLUMN.descr));
    const preferred = profile.portName === 'ifDescr' ? [ifDescr, ifName] : [ifName, ifDescr];
    const name = preferred.find((candidate) => candidate !== '') ?? `ifIndex ${ifIndex}`;
    const address = values.get(IF_COLUMN.physAddress);
    const ifType = number(values.get(IF_COLUMN.type)) ?? 0;
    const physical = PHYSICAL_TYPES.has(ifType) && number(extra?.get(IF_X_COLUMN.connectorPresent)) !== NO_CONNECTOR;
    const included = physical || include.some((pattern) => pattern.test(name));
    const speedBits = number(values.get(IF_COLUMN.speed)) ?? 0;
    found.push({
      ifIndex,
      name,
      ifName,
      ifDescr,
      ifAlias: text(extra?.get(IF_X_COLUMN.alias)),
      ifType,
      mac: address?.kind === 'bytes' && address.value.length === 6 ? macText(address.value) : '',
      speedMbps:
        number(extra?.get(IF_X_COLUMN.highSpeed)) || (speedBits === IF_SPEED_SATURATED ? 0 : speedBits / 1_000_000),
      polled: included && !exclude.some((pattern) => pattern.test(name)),
    });
  }
  if (found.length === 0) {
    throw new CollectorError(
      'unsupported',
      'the agent shows no interface: give this community or user a view that includes 1.3.6.1.2.1.2 and 1.3.6.1.2.1.31',
    );
  }
  return withUniqueNames(found);
}

/** Two interfaces of one name would become one port: the later ones get their index behind the name. */
function withUniqueNames(interfaces: FoundInterface[]): FoundInterface[] {
  const seen = new Set<string>();
  return interfaces.map((found) => {
    const name = seen.has(found.name) ? `${found.name}#${found.ifIndex}` : found.name;
    seen.add(name);
    return { ...found, name };
  });
}
