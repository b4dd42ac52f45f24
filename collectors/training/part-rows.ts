import { waitsForOthers } from '../../lib/training/part-times.ts';
import type { PartTime, StepPhase, StepRecord } from '../../lib/training/step.ts';
import type { PartRow } from './formats/types.ts';

/** Parts and ranks one step may have told; what a hostile log has beyond that is left out. */
const MOST_PARTS = 64;
const MOST_RANKS = 65_536;

/** Parts that are a phase; `forward-backward` holds others, and `batch-generator` is within the forward pass. */
const PHASES: ReadonlyMap<string, StepPhase> = new Map([
  ['forward-compute', 'forward'],
  ['backward-compute', 'backward'],
  ['batch-generator', 'dataLoad'],
  ['optimizer', 'optimizer'],
  ['save-checkpoint', 'checkpoint'],
]);

type Phases = NonNullable<StepRecord['phasesMs']>;

/** Gathers the rows that follow a step's line: times of its parts over the ranks, or of every rank. */
export class PartRows {
  private readonly parts = new Map<string, PartTime>();
  private readonly ranks = new Map<number, Phases>();
  private name: string | undefined;

  take(row: PartRow): void {
    if ('name' in row) {
      this.name = row.name;
      if (row.maxMs !== undefined) this.keep({ name: row.name, maxMs: row.maxMs, minMs: row.minMs });
      return;
    }
    if (this.name === undefined) return;
    this.takeRank(this.name, row.rank, row.ms);
  }

  private keep({ name, maxMs, minMs }: { name: string; maxMs: number; minMs: number | undefined }): void {
    if (this.parts.size >= MOST_PARTS && !this.parts.has(name)) return;
    this.parts.set(name, { name, maxMs, ...(minMs === undefined ? {} : { minMs }) });
  }

  private takeRank(name: string, rank: number, ms: number): void {
    const known = this.parts.get(name);
    if (known === undefined) {
      if (this.parts.size >= MOST_PARTS) return;
      this.parts.set(name, { name, minMs: ms, maxMs: ms, minRank: rank, maxRank: rank });
    } else {
      if (ms > known.maxMs) Object.assign(known, { maxMs: ms, maxRank: rank });
      if (ms < (known.minMs ?? Number.POSITIVE_INFINITY)) Object.assign(known, { minMs: ms, minRank: rank });
    }
    const phase = waitsForOthers(name) ? 'communication' : PHASES.get(name);
    if (phase === undefined || (this.ranks.size >= MOST_RANKS && !this.ranks.has(rank))) return;
    const phases = this.ranks.get(rank) ?? {};
    phases[phase] = (phases[phase] ?? 0) + ms;
    this.ranks.set(rank, phases);
  }

  /** The step with its parts, and its ranks where the rows tell them. */
  records(step: StepRecord): StepRecord[] {
    if (this.parts.size === 0) return [step];
    const { job, step: number, startMs, endMs, averagedOver, timeBasis } = step;
    const common = {
      job,
      step: number,
      startMs,
      endMs,
      ...(averagedOver === undefined ? {} : { averagedOver }),
      ...(timeBasis === undefined ? {} : { timeBasis }),
    };
    const ranks = [...this.ranks].map(([rank, phasesMs]) => ({ ...common, rank, phasesMs: { ...phasesMs } }));
    return [{ ...step, parts: [...this.parts.values()].map((part) => ({ ...part })) }, ...ranks];
  }
}
