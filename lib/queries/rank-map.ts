import type { RankMap } from '../api/types.ts';
import { computeMs } from '../training/rank-features.ts';
import { median } from '../training/statistics.ts';
import type { StepRecord, StepVerdict } from '../training/step.ts';

/** Rows of the map; of a larger job those ranks that were latest. */
const MAX_RANKS = 256;

/** One run of one step, with what its ranks said. */
interface Run {
  step: number;
  startMs: number;
  endMs: number;
  rows: Map<number, StepRecord>;
}

/**
 * How late every rank was in every step: its own computing time beyond the ranks' median, or its step time where ranks
 * do not report their computing. Durations by the rank's own clock, so that clocks of hosts may differ.
 * @param records what ranks reported, in any order; records of the whole job are left aside
 * @param verdicts of the same steps, for which were slow
 */
export function rankMap(records: readonly StepRecord[], verdicts: readonly StepVerdict[], mostSteps: number): RankMap {
  const runs = runsOf(records).slice(-mostSteps);
  const computed = runs.some(({ rows }) => [...rows.values()].some((row) => computeMs(row) !== undefined));
  const hosts = new Map<number, string | undefined>();
  const late = new Map<number, (number | null)[]>();
  runs.forEach(({ rows }, column) => {
    const spent = new Map<number, number>();
    for (const [rank, row] of rows) {
      hosts.set(rank, row.host ?? hosts.get(rank));
      const ms = computed ? computeMs(row) : row.endMs - row.startMs;
      if (ms !== undefined) spent.set(rank, ms);
    }
    const usualMs = median([...spent.values()]) ?? 0;
    for (const [rank, ms] of spent) {
      const row = late.get(rank) ?? runs.map(() => null);
      row[column] = Math.round(ms - usualMs) / 1000;
      late.set(rank, row);
    }
  });
  const shown = latest(late);
  return {
    basis: runs.length === 0 ? null : computed ? 'compute' : 'duration',
    steps: runs.map((run) => ({ step: run.step, startMs: run.startMs, endMs: run.endMs, ...judged(run, verdicts) })),
    ranks: shown.map((rank) => {
      const host = hosts.get(rank);
      return { rank, ...(host === undefined ? {} : { host }), latenessSeconds: late.get(rank) ?? [] };
    }),
    allRanks: late.size,
    unreported: unreported(runs),
  };
}

function runsOf(records: readonly StepRecord[]): Run[] {
  const open = new Map<number, Run>();
  const runs: Run[] = [];
  for (const record of records.toSorted((a, b) => a.startMs - b.startMs)) {
    if (record.rank === undefined) continue;
    let run = open.get(record.step);
    // A restarted job counts from an earlier step again: a later run of the same step, beside the first.
    if (run === undefined || record.startMs > run.endMs) {
      run = { step: record.step, startMs: record.startMs, endMs: record.endMs, rows: new Map() };
      open.set(record.step, run);
      runs.push(run);
    }
    run.endMs = Math.max(run.endMs, record.endMs);
    run.rows.set(record.rank, record);
  }
  return runs;
}

function judged(run: Run, verdicts: readonly StepVerdict[]): Pick<RankMap['steps'][number], 'slow'> {
  const verdict = verdicts.find(
    ({ step, startMs, endMs }) => step === run.step && startMs <= run.endMs && endMs >= run.startMs,
  );
  return { slow: verdict?.slow ?? null };
}

/** Ranks in order; where they are too many, those that were latest at any time. */
function latest(late: ReadonlyMap<number, readonly (number | null)[]>): number[] {
  const worst = [...late]
    .map(([rank, row]) => ({ rank, seconds: row.reduce<number>((most, value) => Math.max(most, value ?? 0), 0) }))
    .sort((a, b) => b.seconds - a.seconds || a.rank - b.rank);
  return worst
    .slice(0, MAX_RANKS)
    .map(({ rank }) => rank)
    .sort((a, b) => a - b);
}

/** Ranks that reported the step before the newest and not yet the newest: those a hang waits for, or with. */
function unreported(runs: readonly Run[]): number[] {
  const [before, newest] = runs.slice(-2);
  if (before === undefined || newest === undefined) return [];
  return [...before.rows.keys()].filter((rank) => !newest.rows.has(rank)).sort((a, b) => a - b);
}
