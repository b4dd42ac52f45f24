import type { StepRecord } from '../training/step.ts';
import { attributeOf, CUMULATIVE, DELTA, type MetricPoint } from './metric-point.ts';

/**
 * Histograms of step times. Megatron's takes one mean a log interval, so that its count is of intervals.
 * @source NVIDIA/Megatron-LM megatron/core/telemetry (megatron.training.step_duration_ms)
 */
export const STEP_HISTOGRAMS: ReadonlyMap<string, { unit: string }> = new Map([
  ['megatron.training.step_duration_ms', { unit: 'ms' }],
  ['train_step.duration', { unit: 's' }],
]);
/** A gauge beside `train_step.duration`, of the same rank: the number of the newest step. */
export const STEP_NUMBER = 'train_step.step';

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['min', 60_000],
]);
/** Histograms followed at once; the one silent longest is forgotten. */
const MAX_SERIES = 50_000;
const MAX_NAME = 256;

/** Where a histogram stood when it last came. */
export interface Followed {
  startNano: bigint;
  timeNano: bigint;
  count: number;
  sum: number;
  /** The number given to the newest step. */
  step: number;
}

/** Why a point was not taken: one sentence. */
export type Refusal = { refused: string };

/**
 * Turns histograms of step times into means over the steps between two exports: a histogram does not say which step
 * took how long, and such a mean must not claim to.
 */
export class StepMeans {
  readonly #followed = new Map<string, Followed>();

  /**
   * @param sinceMs histograms that began before this were not followed from their start
   * @param lastStepOf where the numbering of a job stood before we followed it
   */
  constructor(
    private readonly sinceMs: number,
    private readonly lastStepOf: (job: string) => number | null,
  ) {}

  /**
   * Reads a point of one of STEP_HISTOGRAMS.
   * @param numbers newest step number by job and rank, where the same request told it
   * @param staged where the histograms of this request stand now: for `follow`, once its steps are stored
   * @returns undefined where nothing has ended since the point before
   */
  read(
    point: MetricPoint,
    numbers: ReadonlyMap<string, number>,
    staged: Map<string, Followed>,
  ): StepRecord | Refusal | undefined {
    const job = jobOf(point);
    if (job === undefined) return { refused: `${point.metric}: no attribute names the job; set job on the resource` };
    const { count, sum, timeNano } = point;
    const unitMs = UNIT_MS.get(point.unit === '' ? (STEP_HISTOGRAMS.get(point.metric)?.unit ?? '') : point.unit);
    if (unitMs === undefined) return { refused: `${point.metric}: unit ${JSON.stringify(point.unit)} is no time` };
    if (count === undefined || sum === undefined || !Number.isFinite(sum) || sum < 0 || timeNano === 0n) {
      return { refused: `${point.metric}: the point has no count, sum or time` };
    }
    if (point.temporality !== DELTA && point.temporality !== CUMULATIVE) {
      return { refused: `${point.metric}: aggregationTemporality is neither delta nor cumulative` };
    }
    const key = seriesKey(point, job);
    const before = staged.get(key) ?? this.#followed.get(key);
    // An export that is sent again tells nothing new.
    if (before !== undefined && timeNano <= before.timeNano) return undefined;
    const since = this.#since(point, before);
    const now: Followed = {
      startNano: point.startNano,
      timeNano,
      count,
      sum,
      step: before?.step ?? this.lastStepOf(job) ?? 0,
    };
    staged.set(key, now);
    if (since === undefined) return undefined;
    const observations = count - since.count;
    const durationMs = ((sum - since.sum) * unitMs) / observations;
    if (observations <= 0 || !(durationMs > 0)) return undefined;
    const told = numbers.get(numberKey(point, job));
    const passed = told !== undefined && before !== undefined && told > before.step ? told - before.step : undefined;
    const elapsedMs = since.timeNano === 0n ? 0 : Number(timeNano - since.timeNano) / 1e6;
    // One observation may itself be a mean over a log interval: then more time has passed than it accounts for.
    const averagedOver = Math.max(observations, passed ?? Math.round(elapsedMs / durationMs));
    now.step = told ?? now.step + averagedOver;
    return recordOf(point, job, { step: now.step, durationMs, averagedOver });
  }

  /** Where the span that the point tells of began; undefined where it reaches back to before we looked. */
  #since(point: MetricPoint, before: Followed | undefined): Omit<Followed, 'step'> | undefined {
    const start = { startNano: point.startNano, timeNano: point.startNano, count: 0, sum: 0 };
    if (point.temporality === DELTA) return { ...start, timeNano: before?.timeNano ?? point.startNano };
    if (before !== undefined && point.startNano === before.startNano && (point.count ?? 0) >= before.count)
      return before;
    // A new process, or one that counts from 0 again.
    return before !== undefined || Number(point.startNano / 1_000_000n) >= this.sinceMs ? start : undefined;
  }

  /** What was staged is stored: the next points are compared with it. */
  follow(staged: ReadonlyMap<string, Followed>): void {
    for (const [key, now] of staged) {
      this.#followed.delete(key);
      this.#followed.set(key, now);
    }
    for (const oldest of this.#followed.keys()) {
      if (this.#followed.size <= MAX_SERIES) break;
      this.#followed.delete(oldest);
    }
  }
}

/** The newest step numbers a request tells, for `StepMeans.read`. */
export function stepNumbers(points: readonly MetricPoint[]): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const point of points) {
    const job = jobOf(point);
    if (point.metric !== STEP_NUMBER || job === undefined) continue;
    if (Number.isSafeInteger(point.value) && Number(point.value) >= 0)
      numbers.set(numberKey(point, job), Number(point.value));
  }
  return numbers;
}

/**
 * Whose job a point is: what the sender was told to say, else what Slurm or its framework says, else its service name
 * where somebody gave it one.
 */
export function jobOf(point: MetricPoint): string | undefined {
  for (const name of ['job', 'slurm.job.id', 'slurm_job_id', 'nemo.run.id', 'service.name']) {
    const value = attributeOf(point, name);
    if (value === undefined || value === '' || value.length > MAX_NAME) continue;
    if (name === 'service.name' && /^(unknown_service|nccl-inspector$)/.test(value)) continue;
    return value;
  }
  return undefined;
}

function rankOf(point: MetricPoint): number | undefined {
  const text = attributeOf(point, 'rank') ?? '';
  return /^\d{1,7}$/.test(text) ? Number(text) : undefined;
}

function numberKey(point: MetricPoint, job: string): string {
  return JSON.stringify([job, rankOf(point) ?? null]);
}

function seriesKey(point: MetricPoint, job: string): string {
  return JSON.stringify([job, point.metric, [...point.resource], [...point.attributes]]);
}

function recordOf(
  point: MetricPoint,
  job: string,
  told: { step: number; durationMs: number; averagedOver: number },
): StepRecord {
  const endMs = Number(point.timeNano) / 1e6;
  const rank = rankOf(point);
  const host = attributeOf(point, 'host.name') ?? attributeOf(point, 'host');
  return {
    job,
    step: told.step,
    ...(rank === undefined ? {} : { rank }),
    ...(host === undefined || host === '' || host.length > MAX_NAME ? {} : { host }),
    startMs: endMs - told.durationMs,
    endMs,
    ...(told.averagedOver > 1 ? { averagedOver: told.averagedOver } : {}),
    // The clock of the export, not of the step.
    timeBasis: 'arrival',
  };
}
