import type { TrainingConfig } from './config.ts';
import { STEP_PHASES, type StepPhase, type StepRecord } from './step.ts';

/** What one rank (or, with rank null, the job's own line) said of a step. Times Unix ms on its own clock. */
export interface RankRow {
  rank: number | null;
  host?: string;
  startMs: number;
  endMs: number;
  computeEndMs?: number;
  phasesMs?: Partial<Record<StepPhase, number>>;
}

/** A step under assembly: the rows of its ranks in any order of arrival, sorted by rank. Plain data. */
export interface StepEntry {
  step: number;
  rows: RankRow[];
  /** 1, or the number of steps the line is a mean over. */
  averagedOver: number;
  arrivalTimed: boolean;
  tags: string[];
}

/** When a step ran and how long it took. */
export interface StepTimes {
  startMs: number;
  endMs: number;
  /** Of one step; for a mean over n steps the mean. */
  durationMs: number;
  /** Spread of the ranks' clocks at the common start: how far times of this step may be off, ms. */
  clockErrorMs: number;
}

/** Reads a checked record as a row; a compute end outside the step is left out, not believed. */
export function rowOf(record: StepRecord): RankRow {
  const row: RankRow = { rank: record.rank ?? null, startMs: record.startMs, endMs: record.endMs };
  if (record.host !== undefined) row.host = record.host;
  const computeEnd = record.computeEndMs;
  if (computeEnd !== undefined && computeEnd >= record.startMs && computeEnd <= record.endMs)
    row.computeEndMs = computeEnd;
  const phases = STEP_PHASES.filter((phase) => record.phasesMs?.[phase] !== undefined);
  if (phases.length > 0) {
    row.phasesMs = {};
    for (const phase of phases) row.phasesMs[phase] = record.phasesMs?.[phase] ?? 0;
  }
  return row;
}

/**
 * Length and place of a step. The length is the longest any one rank saw by its own clock: in lock-step every rank waits for the last,
 * and clock differences between hosts cancel. The place is the ranks' median start.
 */
export function stepTimes(entry: StepEntry): StepTimes {
  const rows = rowsThatCount(entry);
  let longestMs = 0;
  for (const row of rows) longestMs = Math.max(longestMs, row.endMs - row.startMs);
  const starts = Float64Array.from(rows, (row) => row.startMs).sort();
  const first = starts[0] ?? 0;
  const last = starts[starts.length - 1] ?? first;
  const startMs = starts[starts.length >> 1] ?? first;
  return { startMs, endMs: startMs + longestMs, durationMs: longestMs, clockErrorMs: last - first };
}

/** Rank rows where there are any, else the job's own line: one step told by both is told better by the ranks. */
export function rowsThatCount(entry: StepEntry): RankRow[] {
  const ranked = entry.rows.filter((row) => row.rank !== null);
  return ranked.length > 0 ? ranked : entry.rows;
}

/** The steps of one job that may still change, by step id. A restarted job repeats ids, so an id may hold several. */
export class StepAssembly {
  private readonly byId = new Map<number, StepEntry[]>();
  private count = 0;

  constructor(private readonly config: TrainingConfig) {}

  get size(): number {
    return this.count;
  }

  /** Adds a checked record; false when it says nothing new. */
  add(record: StepRecord): boolean {
    const row = rowOf(record);
    const averagedOver = record.averagedOver ?? 1;
    const entries = this.byId.get(record.step) ?? [];
    const entry = entries.find((known) => this.near(known, row));
    if (entry && averagedOver > entry.averagedOver) return false; // the exact line is already here
    if (entry && averagedOver < entry.averagedOver) {
      entry.rows = [];
      entry.averagedOver = averagedOver;
    }
    if (entry) return merge(entry, row, record);
    const fresh: StepEntry = {
      step: record.step,
      rows: [row],
      averagedOver,
      arrivalTimed: record.timeBasis === 'arrival',
      tags: [...new Set(record.tags ?? [])].sort(),
    };
    this.insert(fresh);
    return true;
  }

  insert(entry: StepEntry): void {
    const entries = this.byId.get(entry.step);
    if (entries) entries.push(entry);
    else this.byId.set(entry.step, [entry]);
    this.count++;
  }

  remove(entry: StepEntry): void {
    const entries = this.byId.get(entry.step);
    const at = entries?.indexOf(entry) ?? -1;
    if (!entries || at < 0) return;
    entries.splice(at, 1);
    this.count--;
    if (entries.length === 0) this.byId.delete(entry.step);
  }

  /** All open steps, in no order. */
  *entries(): Generator<StepEntry> {
    for (const entries of this.byId.values()) yield* entries;
  }

  /** Same step, or the same id again after a restart: told by the gap between the two in time. */
  private near(entry: StepEntry, row: RankRow): boolean {
    return entry.rows.some(
      (known) =>
        row.startMs <= known.endMs + this.config.sameStepGapMs &&
        known.startMs <= row.endMs + this.config.sameStepGapMs,
    );
  }
}

/** Lays a row beside those of other ranks. Of two rows of one rank the one that ended later stays, whatever came first. */
function merge(entry: StepEntry, row: RankRow, record: StepRecord): boolean {
  let changed = false;
  for (const tag of record.tags ?? []) {
    if (entry.tags.includes(tag)) continue;
    entry.tags = [...entry.tags, tag].sort();
    changed = true;
  }
  if (record.timeBasis === 'arrival' && !entry.arrivalTimed) entry.arrivalTimed = changed = true;
  const at = entry.rows.findIndex((known) => known.rank === row.rank);
  const known = entry.rows[at];
  if (!known) {
    entry.rows.push(row);
    entry.rows.sort((a, b) => (a.rank ?? -1) - (b.rank ?? -1));
    return true;
  }
  if (prefer(row, known) <= 0) return changed;
  entry.rows[at] = row;
  return true;
}

/** A total order on rows of one rank, so that the order of arrival does not matter. */
function prefer(a: RankRow, b: RankRow): number {
  return (
    a.endMs - b.endMs ||
    b.startMs - a.startMs ||
    (a.computeEndMs ?? 0) - (b.computeEndMs ?? 0) ||
    compareText(JSON.stringify(a.phasesMs ?? null), JSON.stringify(b.phasesMs ?? null)) ||
    compareText(a.host ?? '', b.host ?? '')
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
