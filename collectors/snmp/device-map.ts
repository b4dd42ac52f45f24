import { z } from 'zod';
import { DEVICE_ROLES } from '../../lib/topology/types.ts';
import { asFailure, isOfTheDevice } from './advice.ts';
import type { SnmpConfig } from './config.ts';
import { type DeviceHead, number, readHead } from './discovery/device.ts';
import { type FoundInterface, readInterfaces } from './discovery/interfaces.ts';
import { type FoundLagMember, readLagMembers } from './discovery/lags.ts';
import { type FoundNeighbour, readNeighbours } from './discovery/lldp.ts';
import { RowPool } from './discovery/row-pool.ts';
import { type FoundRow, type FoundTable, readTable, sameRows } from './discovery/tables.ts';
import { MAX_COLUMNS } from './plan/columns.ts';
import { compilePlan } from './plan/compile.ts';
import type { PollPlan } from './plan/plan.ts';
import { chooseProfile, profileNamed } from './profiles/index.ts';
import type { TableSpec, VendorProfile } from './profiles/profile.ts';
import { IF_TABLE_TRAFFIC, IF_X_TABLE, STANDARD_TABLES } from './profiles/standard.ts';
import { hasRestarted } from './uptime.ts';
import { parseOid } from './wire/oid.ts';
import type { SnmpSession } from './wire/session.ts';
import { readFirst } from './wire/walk.ts';

/** Everything discovery learns about a device that counters need: what is kept across restarts as the row map. */
export interface DeviceMap {
  head: DeviceHead;
  profile: string;
  interfaces: FoundInterface[];
  tables: FoundTable[];
  neighbours: FoundNeighbour[];
  lagMembers: FoundLagMember[];
  /** Bytes per buffer cell, or null. */
  cellSize: number | null;
  /** Pause durations of doubtful unit have shown that they are µs. */
  microseconds: boolean;
  /** Columns asked in one request at most: fewer than usual where the device's answers hold no more. */
  maxColumns: number;
  /** Parts that the agent failed over, each with its reason behind a colon: they are done without. */
  unread: string[];
}

/** Parts beside the tables. */
const NEIGHBOURS = 'neighbours';
const GROUPS = 'aggregation groups';
const CELL_SIZE = 'buffer cell size';

/** Of all devices of this process. */
const rowPool = new RowPool();

/** Reads the device's identity, interfaces and counter tables. @throws CollectorError in the words of what failed */
export async function discover(session: SnmpSession, config: Pick<SnmpConfig, 'ports'>): Promise<DeviceMap> {
  const head = await readHead(session);
  const profile = chooseProfile(head);
  const interfaces = await readInterfaces(session, profile, config.ports);
  const tables: FoundTable[] = [];
  const unread: string[] = [];
  for (const spec of tablesOf(profile)) {
    const found = await dispensable(unread, spec.table, null, () => readTable(session, spec, interfaces));
    if (found !== null) tables.push({ ...found, rows: rowPool.share(found.rows) });
  }
  const neighbours = await dispensable(unread, NEIGHBOURS, [], () => readNeighbours(session, interfaces));
  const lagMembers = await dispensable(unread, GROUPS, [], () => readLagMembers(session, interfaces));
  const cellSize = await dispensable(unread, CELL_SIZE, null, () => readCellSize(session, profile));
  return {
    head,
    profile: profile.name,
    interfaces,
    tables,
    neighbours,
    lagMembers,
    cellSize,
    microseconds: false,
    maxColumns: MAX_COLUMNS,
    unread,
  };
}

/** Reads a part that can be done without: what the agent fails over there costs no other part. */
async function dispensable<T>(unread: string[], part: string, otherwise: T, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const failure = asFailure(error);
    if (isOfTheDevice(failure)) throw error;
    unread.push(`${part}: ${failure.message}`);
    return otherwise;
  }
}

/**
 * Takes from an earlier discovery what the agent failed over in this one. Rows and neighbours go by ifIndex, so only
 * where the interfaces are as they were.
 */
export function keepUnread(map: DeviceMap, before: DeviceMap): void {
  if (map.unread.length === 0 || JSON.stringify(map.interfaces) !== JSON.stringify(before.interfaces)) return;
  const parts = new Set(map.unread.map(partOf));
  if (parts.has(NEIGHBOURS)) map.neighbours = before.neighbours;
  if (parts.has(GROUPS)) map.lagMembers = before.lagMembers;
  if (parts.has(CELL_SIZE)) map.cellSize = before.cellSize;
  const kept = before.tables.filter(({ table }) => parts.has(table));
  const order = tablesOf(profileNamed(map.profile)).map(({ table }) => table);
  map.tables = [...map.tables, ...kept].sort((a, b) => order.indexOf(a.table) - order.indexOf(b.table));
  const isTable = new Set(order);
  map.unread = map.unread.filter((text) => {
    const part = partOf(text);
    return isTable.has(part) && !kept.some(({ table }) => table === part);
  });
}

function partOf(unread: string): string {
  return unread.slice(0, unread.indexOf(':'));
}

/** Whether a new discovery found what the last one did, so that the plan may stay. */
export function samePlanInput(a: DeviceMap, b: DeviceMap): boolean {
  const plain = ({ profile, interfaces, cellSize, tables }: DeviceMap): string =>
    JSON.stringify([profile, interfaces, cellSize, tables.map(({ table, columns }) => [table, columns])]);
  return plain(a) === plain(b) && a.tables.every(({ rows }, t) => sameRows(rows, b.tables[t]?.rows ?? []));
}

/** Tables a device of this profile may serve, in order of preference. */
function tablesOf(profile: VendorProfile): TableSpec[] {
  return [...profile.tables, ...STANDARD_TABLES, IF_TABLE_TRAFFIC];
}

async function readCellSize(session: SnmpSession, profile: VendorProfile): Promise<number | null> {
  if (profile.cellSizeObject === undefined) return null;
  const bytes = number(await readFirst(session, parseOid(profile.cellSizeObject)));
  return bytes !== undefined && bytes > 0 ? bytes : null;
}

/**
 * The poll plan of a device map.
 * @param maxColumns columns asked in one request at most
 */
export function planOf(map: DeviceMap, intervalMs: number, maxColumns = map.maxColumns): PollPlan {
  const profile = profileNamed(map.profile);
  // Without its own 64-bit octets a port is left out rather than read narrowly beside ports that have them.
  const wide = map.tables.some((found) => found.table === IF_X_TABLE.table && found.columns.includes(6));
  const tables = tablesOf(profile).flatMap((spec) => {
    const found = map.tables.find((candidate) => candidate.table === spec.table);
    return found === undefined || (wide && spec === IF_TABLE_TRAFFIC) ? [] : [{ spec, found }];
  });
  const { interfaces, cellSize } = map;
  return compilePlan({ interfaces, tables, intervalMs, cellSize, maxColumns });
}

const deviceRole = z.enum(DEVICE_ROLES);

const savedMap = z.object({
  version: z.literal(1),
  address: z.string(),
  map: z.object({
    head: z.object({
      sysDescr: z.string(),
      sysObjectId: z.string(),
      sysName: z.string(),
      upTimeTicks: z.number(),
      readMs: z.number().default(0),
      engineBoots: z.number().nullable(),
      chassisId: z.string(),
      role: deviceRole,
    }),
    profile: z.string(),
    interfaces: z.array(
      z.object({
        ifIndex: z.int(),
        name: z.string(),
        ifName: z.string(),
        ifDescr: z.string(),
        ifAlias: z.string(),
        ifType: z.int(),
        mac: z.string(),
        speedMbps: z.number(),
        polled: z.boolean(),
      }),
    ),
    tables: z.array(
      z.object({
        table: z.string(),
        /** Which of the row sets is this table's. */
        rows: z.int(),
        columns: z.array(z.int()),
      }),
    ),
    /** [set][row] ifIndex, priority, then the index. */
    rowSets: z.array(z.array(z.array(z.int()).min(2))),
    neighbours: z.array(
      z.object({
        ifIndex: z.int(),
        chassisId: z.string(),
        sysName: z.string(),
        portId: z.string(),
        portIsMac: z.boolean(),
        portDescription: z.string(),
        role: deviceRole,
      }),
    ),
    lagMembers: z.array(z.object({ ifIndex: z.int(), lagIfIndex: z.int() })).default([]),
    cellSize: z.number().nullable(),
    microseconds: z.boolean(),
    maxColumns: z.int().min(1).max(MAX_COLUMNS).default(MAX_COLUMNS),
    unread: z.array(z.string()).default([]),
  }),
});

/** What is written to the state directory. */
export function toSaved(address: string, map: DeviceMap): z.output<typeof savedMap> {
  const sets = [...new Set(map.tables.map(({ rows }) => rows))];
  const tables = map.tables.map(({ table, columns, rows }) => ({ table, columns, rows: sets.indexOf(rows) }));
  const rowSets = sets.map((rows) => rows.map(({ ifIndex, priority, index }) => [ifIndex, priority, ...index]));
  return { version: 1, address, map: { ...map, tables, rowSets } };
}

/**
 * A row map from the state directory, or null where it is none, is of another address, or is older than the device's
 * last restart (interfaces may have been renumbered).
 */
export function fromSaved(saved: unknown, address: string, now: DeviceHead): DeviceMap | null {
  const parsed = savedMap.safeParse(saved);
  if (!parsed.success || parsed.data.address !== address) return null;
  const { map } = parsed.data;
  const { head } = map;
  const same = head.sysObjectId === now.sysObjectId && head.sysDescr === now.sysDescr && head.sysName === now.sysName;
  const elapsedMs = head.readMs > 0 ? now.readMs - head.readMs : 0;
  const restarted = head.engineBoots !== now.engineBoots || hasRestarted(head.upTimeTicks, now.upTimeTicks, elapsedMs);
  if (!same || restarted) return null;
  const { rowSets, ...rest } = map;
  const sets = rowSets.map((rows) =>
    rowPool.share(rows.map(([ifIndex = -1, priority = -1, ...index]): FoundRow => ({ index, ifIndex, priority }))),
  );
  return { ...rest, tables: map.tables.map((found) => ({ ...found, rows: sets[found.rows] ?? [] })) };
}
