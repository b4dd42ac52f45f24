import type { FabricMap } from '../topology/fabric-map.ts';
import type { DiagnosisConfig } from './config.ts';
import type { JobCoverage } from './incident.ts';
import type { JobIndex } from './job-index.ts';
import type { PortTable } from './port-table.ts';

/** One look at a job's ports. */
interface Look {
  atMs: number;
  watched: number;
  congested: number;
}

/** Looks are at least this far apart, ms. */
const LOOK_EVERY_MS = 1_000;

/** Remembers for each job how much of its paths was watched, and how much of it was congested. */
export class CoverageMemory {
  private looks = new Map<string, Look[]>();

  /** Looks at all jobs' ports. @param hurt rows that are root or victim of an incident at warning or above */
  look(
    nowMs: number,
    jobs: JobIndex,
    table: PortTable,
    map: FabricMap,
    hurt: ReadonlySet<number>,
    config: DiagnosisConfig,
  ): void {
    for (const job of jobs.jobs()) {
      let looks = this.looks.get(job);
      if (looks === undefined) {
        looks = [];
        this.looks.set(job, looks);
      }
      if (nowMs - (looks.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) < LOOK_EVERY_MS) continue;
      looks.push({ atMs: nowMs, ...share(job, nowMs, jobs, table, map, hurt, config) });
      while (looks.length > 0 && (looks[0]?.atMs ?? 0) < nowMs - config.rememberMs) looks.shift();
    }
  }

  /** The least that was watched and the most that was congested in a range; undefined where nobody looked. */
  of(job: string, startMs: number, endMs: number): JobCoverage | undefined {
    const looks = this.looks.get(job);
    if (looks === undefined) return undefined;
    let watched = Number.POSITIVE_INFINITY;
    let congested = 0;
    let before = -1;
    for (const [index, look] of looks.entries()) {
      if (look.atMs < startMs) {
        before = index;
        continue;
      }
      watched = Math.min(watched, look.watched);
      congested = Math.max(congested, look.congested);
      // The first look past the end still covers the end of the range.
      if (look.atMs >= endMs) break;
    }
    if (watched === Number.POSITIVE_INFINITY) {
      const last = looks[before];
      return last === undefined ? undefined : { watchedFraction: 0, congestedFraction: last.congested };
    }
    return { watchedFraction: watched, congestedFraction: congested };
  }

  keepOnly(jobs: JobIndex): void {
    const known = new Set(jobs.jobs());
    for (const job of this.looks.keys()) if (!known.has(job)) this.looks.delete(job);
  }

  snapshot(): [string, Look[]][] {
    return structuredClone([...this.looks]);
  }

  restore(saved: [string, Look[]][]): void {
    this.looks = new Map(structuredClone(saved));
  }
}

function share(
  job: string,
  nowMs: number,
  jobs: JobIndex,
  table: PortTable,
  map: FabricMap,
  hurt: ReadonlySet<number>,
  config: DiagnosisConfig,
): { watched: number; congested: number } {
  const paths = jobs.pathsOf(job);
  if (paths === undefined) return { watched: 0, congested: 0 };
  let ports = 0;
  let watched = 0;
  let congested = 0;
  for (const keys of [paths.nics, paths.edge, paths.fabric]) {
    for (const key of keys) {
      ports++;
      const cut = key.indexOf('\n');
      const device = key.slice(0, cut);
      const row = table.find(device, key.slice(cut + 1));
      const valid = row >= 0 && isWatched(row, nowMs, table, config);
      // One end of a cable shows what its pause and load are; the other end may stay dark.
      if (valid || otherEndIsWatched(device, key.slice(cut + 1), nowMs, table, map, config)) watched++;
      if (row < 0) continue;
      if (hurt.has(row) || table.seen('rxPauseMean', row) >= config.congestedFraction) congested++;
    }
  }
  return ports === 0 ? { watched: 0, congested: 0 } : { watched: watched / ports, congested: congested / ports };
}

function isWatched(row: number, nowMs: number, table: PortTable, config: DiagnosisConfig): boolean {
  const end = table.endMs[row] ?? Number.NaN;
  const interval = end - (table.startMs[row] ?? Number.NaN);
  return nowMs - end <= config.watchedIntervals * interval;
}

function otherEndIsWatched(
  device: string,
  port: string,
  nowMs: number,
  table: PortTable,
  map: FabricMap,
  config: DiagnosisConfig,
): boolean {
  const peer = map.peerOf(device, port);
  const row = peer === undefined ? -1 : table.find(peer.device, peer.port);
  return row >= 0 && isWatched(row, nowMs, table, config);
}
