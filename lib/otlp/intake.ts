import type { z } from 'zod';
import { collectiveSchema, stepInputSchema } from '../api/ingest.ts';
import type { CollectiveRecord } from '../training/collective.ts';
import { NCCL_METRICS } from '../training/nccl-labels.ts';
import type { StepRecord } from '../training/step.ts';
import type { MetricsRequest } from './metric-point.ts';
import { readNccl } from './nccl.ts';
import { type Followed, STEP_HISTOGRAMS, STEP_NUMBER, StepMeans, stepNumbers } from './step-means.ts';

/** Metrics that mean something here; others are counted and left aside. */
export const KNOWN_METRICS: ReadonlySet<string> = new Set([
  ...STEP_HISTOGRAMS.keys(),
  STEP_NUMBER,
  ...NCCL_METRICS.keys(),
]);

/** What a request held. */
export interface OtlpReading {
  steps: StepRecord[];
  collectives: CollectiveRecord[];
  /** Points of known metrics that cannot be used, and the first reasons. */
  refused: number;
  reasons: string[];
  /** To be called once steps and collectives are stored; a request that is sent again before gives them again. */
  stored(): void;
}

const MAX_REASONS = 5;

/** Metrics pushed over OTLP, as steps and collectives. Keeps where each histogram stood. */
export class OtlpIntake {
  readonly #means: StepMeans;

  constructor(sinceMs: number, lastStepOf: (job: string) => number | null) {
    this.#means = new StepMeans(sinceMs, lastStepOf);
  }

  read({ points, tooMany }: MetricsRequest, malformed: readonly string[] = []): OtlpReading {
    const { collectives: operations, refused: badNccl } = readNccl(points);
    const refused = [...malformed, ...badNccl];
    const collectives: CollectiveRecord[] = [];
    for (const record of operations) {
      const checked = collectiveSchema.safeParse(record);
      if (checked.success) collectives.push(checked.data);
      else refused.push(`nccl: ${firstIssue(checked.error)}`);
    }
    const steps: StepRecord[] = [];
    const numbers = stepNumbers(points);
    const staged = new Map<string, Followed>();
    for (const point of points) {
      if (!STEP_HISTOGRAMS.has(point.metric)) continue;
      const record = this.#means.read(point, numbers, staged);
      if (record === undefined) continue;
      const checked = 'refused' in record ? undefined : stepInputSchema.safeParse(record);
      if (checked?.success) steps.push(checked.data);
      else refused.push('refused' in record ? record.refused : `${point.metric}: ${firstIssue(checked?.error)}`);
    }
    if (tooMany > 0) refused.push(`${tooMany} points beyond what one request may hold; send smaller ones`);
    const reasons = [...new Set(refused)].slice(0, MAX_REASONS);
    const count = refused.length + Math.max(0, tooMany - 1);
    return { steps, collectives, refused: count, reasons, stored: () => this.#means.follow(staged) };
  }
}

function firstIssue(error: z.ZodError | undefined): string {
  const issue = error?.issues[0];
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`;
}
