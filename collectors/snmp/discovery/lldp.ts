import type { DeviceRole } from '../../../lib/topology/types.ts';
import { parseOid } from '../wire/oid.ts';
import type { SnmpSession } from '../wire/session.ts';
import type { SnmpValue } from '../wire/value.ts';
import { type WalkedRow, walkTable } from '../wire/walk.ts';
import { identifierText, number, roleOfCapabilities, text } from './device.ts';
import type { FoundInterface } from './interfaces.ts';

/** What a device hears from the other end of one of its ports. */
export interface FoundNeighbour {
  /** ifIndex of the local port. */
  ifIndex: number;
  /** Normalised chassis id; '' where none came. */
  chassisId: string;
  sysName: string;
  /** Port id as text, a MAC normalised. */
  portId: string;
  portIsMac: boolean;
  portDescription: string;
  role: DeviceRole;
}

/** Columns of the remote table, which LLDP v2 numbers differently. */
interface RemoteTable {
  entry: number[];
  columns: {
    chassisSubtype: number;
    chassisId: number;
    portSubtype: number;
    portId: number;
    portDescription: number;
    sysName: number;
    capabilities: number;
  };
}

/** @source LLDP-MIB lldpRemTable, index TimeMark.LocalPortNum.Index */
const REMOTE_V1: RemoteTable = {
  entry: parseOid('1.0.8802.1.1.2.1.4.1.1'),
  columns: {
    chassisSubtype: 4,
    chassisId: 5,
    portSubtype: 6,
    portId: 7,
    portDescription: 8,
    sysName: 9,
    capabilities: 12,
  },
};

/** @source LLDP-V2-MIB lldpV2RemTable, index TimeMark.ifIndex.destMacAddress.Index */
const REMOTE_V2: RemoteTable = {
  entry: parseOid('1.3.111.2.802.1.1.13.1.4.1.1'),
  columns: {
    chassisSubtype: 5,
    chassisId: 6,
    portSubtype: 7,
    portId: 8,
    portDescription: 9,
    sysName: 10,
    capabilities: 13,
  },
};

/** @source LLDP-MIB lldpLocPortTable, index LocalPortNum */
const LOCAL_PORTS = parseOid('1.0.8802.1.1.2.1.3.7.1');
const LOCAL_COLUMN = { subtype: 2, id: 3 } as const;
/** dot1dBasePortIfIndex, index dot1dBasePort. @source BRIDGE-MIB */
const BASE_PORT = { entry: parseOid('1.3.6.1.2.1.17.1.4.1'), ifIndex: 2 } as const;
/** LldpChassisIdSubtype and LldpPortIdSubtype macAddress. */
const CHASSIS_MAC = 4;
const PORT_MAC = 3;

/** Neighbours of a device by LLDP v1, or v2 where v1 has none. An agent without either has none. */
export async function readNeighbours(
  session: SnmpSession,
  interfaces: readonly FoundInterface[],
): Promise<FoundNeighbour[]> {
  const v1 = await walkTable(session, REMOTE_V1.entry, Object.values(REMOTE_V1.columns));
  if (v1.length > 0) {
    const local = await localPorts(session, interfaces);
    return newestPerPort(v1, (index) => local(index[1] ?? -1)).map(([ifIndex, row]) =>
      neighbour(REMOTE_V1, ifIndex, row),
    );
  }
  const v2 = await walkTable(session, REMOTE_V2.entry, Object.values(REMOTE_V2.columns));
  return newestPerPort(v2, (index) => index[1] ?? -1).map(([ifIndex, row]) => neighbour(REMOTE_V2, ifIndex, row));
}

/** A cable has one other end: of several remembered neighbours the one heard last (largest TimeMark) counts. */
function newestPerPort(
  rows: readonly WalkedRow[],
  portOf: (index: readonly number[]) => number,
): [number, WalkedRow][] {
  const newest = new Map<number, WalkedRow>();
  for (const row of rows) {
    const ifIndex = portOf(row.index);
    const before = newest.get(ifIndex);
    if (ifIndex > 0 && (before === undefined || (row.index[0] ?? 0) >= (before.index[0] ?? 0)))
      newest.set(ifIndex, row);
  }
  return [...newest];
}

function neighbour(table: RemoteTable, ifIndex: number, { values }: WalkedRow): FoundNeighbour {
  const { columns } = table;
  const portIsMac = number(values.get(columns.portSubtype)) === PORT_MAC;
  const chassisIsMac = number(values.get(columns.chassisSubtype)) === CHASSIS_MAC;
  return {
    ifIndex,
    chassisId: identifier(values.get(columns.chassisId), chassisIsMac),
    sysName: text(values.get(columns.sysName)),
    portId: identifier(values.get(columns.portId), portIsMac),
    portIsMac,
    portDescription: text(values.get(columns.portDescription)),
    role: roleOfCapabilities(values.get(columns.capabilities)),
  };
}

function identifier(value: SnmpValue | undefined, isMac: boolean): string {
  return value?.kind === 'bytes' ? identifierText(value.value, isMac) : '';
}

/**
 * lldpRemLocalPortNum to ifIndex. The MIB promises no ifIndex there, so the local port's own id is tried first: as a
 * name, as a MAC, as a number; then the bridge port table; then the number itself.
 */
async function localPorts(
  session: SnmpSession,
  interfaces: readonly FoundInterface[],
): Promise<(portNum: number) => number> {
  const local = await walkTable(session, LOCAL_PORTS, Object.values(LOCAL_COLUMN));
  const bridge = await walkTable(session, BASE_PORT.entry, [BASE_PORT.ifIndex]);
  const byName = new Map<string, number>();
  for (const key of ['mac', 'ifAlias', 'ifDescr', 'ifName'] as const) {
    for (const found of interfaces) if (found[key] !== '') byName.set(found[key], found.ifIndex);
  }
  const known = new Set(interfaces.map((found) => found.ifIndex));
  const ids = new Map<number, string>();
  for (const { index, values } of local) {
    const isMac = number(values.get(LOCAL_COLUMN.subtype)) === PORT_MAC;
    ids.set(index[0] ?? -1, identifier(values.get(LOCAL_COLUMN.id), isMac));
  }
  const bridgePorts = new Map(
    bridge.map((row) => [row.index[0] ?? -1, number(row.values.get(BASE_PORT.ifIndex)) ?? -1]),
  );
  return (portNum) => {
    const id = ids.get(portNum) ?? '';
    const named = byName.get(id);
    if (named !== undefined) return named;
    // Junos names its local ports by their ifIndex in text.
    if (/^\d+$/.test(id) && known.has(Number(id))) return Number(id);
    return bridgePorts.get(portNum) ?? (known.has(portNum) ? portNum : -1);
  };
}
