import type { PortDetail, PortPage, PortRow } from '../../../lib/api/types.ts';
import { naturalOrder, type PortListQuery } from '../../../lib/queries/port-list.ts';
import { incidentsOf } from './incidents.ts';
import { jobsAt } from './jobs.ts';
import { paginate } from './paging.ts';
import { MINUTE_MS, type Scene } from './scene.ts';
import { targetOf } from './targets.ts';
import { PORTS, roleOf, type WiredPort } from './topology.ts';
import { fieldAt, GIVEN_FIELDS, MISSING_FIELDS } from './values.ts';

/** The newest values of every port. */
export function portRows(scene: Scene): PortRow[] {
  return scene.mode === 'empty' ? [] : PORTS.map((port) => rowOf(scene, port));
}

export function portPage(scene: Scene, query: PortListQuery): PortPage {
  const all = portRows(scene);
  const words = (query.search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const rows = all.filter((row) => words.every((word) => matchesWord(row, word)));
  const counts = { all: all.length, total: rows.length, stale: rows.filter(({ stale }) => stale).length };
  const { sort, desc = false, offset = 0 } = query;
  if (sort === undefined) return { ...paginate(rows, query), ...counts };
  rows.sort(
    (a, b) => (desc ? -1 : 1) * (sort === 'port' ? byName(a, b) : (a.latest[sort] ?? 0) - (b.latest[sort] ?? 0)),
  );
  return { items: rows.slice(offset, offset + (query.limit ?? 100)), nextCursor: null, ...counts };
}

export function portDetail(scene: Scene, device: string, port: string): PortDetail | undefined {
  const known = PORTS.find(({ ref }) => ref.device === device && ref.port === port);
  if (known === undefined || scene.mode === 'empty') return undefined;
  const row = rowOf(scene, known);
  return {
    ...row,
    role: roleOf(device),
    priorities: [{ priority: 3, latest: { rxPauseFraction: row.latest.rxPauseFraction ?? 0, txPauseFraction: 0.01 } }],
    incidents: incidentsOf(scene).filter(
      (incident) =>
        (incident.rootDevice === device && incident.rootPort === port) ||
        incident.victims.some((victim) => victim.device === device && victim.port === port),
    ),
    target: targetOf(scene, device),
    fields: GIVEN_FIELDS,
    missingFields: MISSING_FIELDS,
  };
}

function rowOf(scene: Scene, { ref, peer }: WiredPort): PortRow {
  const now = scene.now();
  const stale = scene.silent(ref.device);
  const atMs = stale ? now - 4 * MINUTE_MS : now - (now % 1000);
  const latest: PortRow['latest'] = {};
  for (const field of GIVEN_FIELDS) {
    const value = fieldAt(scene, ref, field, atMs);
    if (value !== undefined) latest[field] = value;
  }
  return { ...ref, atMs, intervalMs: 1000, stale, peer, jobs: jobsAt(ref.device), latest, bounded: [] };
}

function matchesWord(row: PortRow, word: string): boolean {
  if (word.startsWith('device:')) return row.device.includes(word.slice(7));
  const peer = row.peer === null ? '' : `${row.peer.device}/${row.peer.port}`;
  return `${row.device}/${row.port} ${peer} ${row.jobs.join(' ')}`.toLowerCase().includes(word);
}

function byName(a: PortRow, b: PortRow): number {
  return naturalOrder(`${a.device}/${a.port}`, `${b.device}/${b.port}`);
}
