import type { TrainingConfig } from './config.ts';
import { rankFeatures } from './rank-features.ts';
import { STEP_PHASES, type StepRecord } from './step.ts';
import { type RankRow, type StepEntry, stepTimes } from './step-entry.ts';

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

/** The steps of one job that may still change, by step id. A restarted job repeats ids, so an id may hold several. */
export class StepAssembly {
  private readonly byId = new Map<number, StepEntry[]>();
  private count = 0;

  constructor(private readonly config: TrainingConfig) {}

  get size(): number {
    return this.count;
  }

  /** Adds a checked record; answers the step it changed, or undefined when it says nothing new. */
  add(record: StepRecord): StepEntry | undefined {
    const row = rowOf(record);
    const averagedOver = record.averagedOver ?? 1;
    const entries = this.byId.get(record.step) ?? [];
    const entry = entries.find((known) => this.near(known, row));
    if (entry?.settled || (entry && averagedOver > entry.averagedOver)) return undefined; // told exactly already
    if (entry && averagedOver < entry.averagedOver) {
      entry.rows = [];
      entry.averagedOver = averagedOver;
    }
    if (entry) return merge(entry, row, record) ? entry : undefined;
    const fresh: StepEntry = {
      step: record.step,
      rows: [row],
      averagedOver,
      arrivalTimed: record.timeBasis === 'arrival',
      tags: [...new Set(record.tags ?? [])].sort(),
    };
    this.insert(fresh);
    return fresh;
  }

  /** The open step of this id that began last. */
  newest(step: number): StepEntry | undefined {
    const entries = this.byId.get(step) ?? [];
    return entries.reduce<StepEntry | undefined>(
      (a, b) => (a && stepTimes(a).startMs > stepTimes(b).startMs ? a : b),
      undefined,
    );
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

/**
 * Thins out the rows of a step that no rank will add to: a job of thousands of ranks must not keep every row of hundreds of steps.
 * Keeps what was learned from them and the rows that took longest.
 */
export function settle(entry: StepEntry, keepRows: number): void {
  if (entry.settled || entry.rows.length <= keepRows) return;
  entry.settled = { times: stepTimes(entry), features: rankFeatures(entry) };
  const late = entry.settled.features.compute?.rank;
  const length = (row: RankRow) => (row.rank === late ? Number.POSITIVE_INFINITY : row.endMs - row.startMs);
  entry.rows = [...entry.rows].sort((a, b) => length(b) - length(a)).slice(0, keepRows);
}

/** Ranks (or job lines) that told of a step. */
export function rowCount(entry: StepEntry): number {
  return entry.settled ? Math.max(entry.settled.features.ranks, entry.rows.length) : entry.rows.length;
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
  const at = placeOf(entry.rows, row.rank);
  const known = entry.rows[at];
  const taken = known?.rank === row.rank;
  if (known && taken && prefer(row, known) <= 0) return changed;
  // A new list: what was worked out from the old one must not be taken for this one.
  entry.rows = entry.rows.toSpliced(at, taken ? 1 : 0, row);
  return true;
}

/** Where a rank stands, or belongs, in rows sorted by rank; the job's own line comes first. */
function placeOf(rows: readonly RankRow[], rank: number | null): number {
  const wanted = rank ?? -1;
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.rank ?? -1) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
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
