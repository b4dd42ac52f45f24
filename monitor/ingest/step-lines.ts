import { stepInputSchema } from '../../lib/api/ingest.ts';
import type { StepMapping } from '../../lib/config/pushed.ts';
import { fieldValue, type PointView } from '../../lib/line-protocol/point.ts';
import type { StepPhase, StepRecord } from '../../lib/training/step.ts';

const UNIT_MS: Record<StepMapping['unit'], number> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000, min: 60_000 };

/** Fields in ms that are phases of the step. */
const PHASES: Record<string, StepPhase> = {
  compute_ms: 'compute',
  forward_ms: 'forward',
  backward_ms: 'backward',
  optimizer_ms: 'optimizer',
  comm_ms: 'communication',
  communication_ms: 'communication',
  data_ms: 'dataLoad',
  data_load_ms: 'dataLoad',
  checkpoint_ms: 'checkpoint',
  eval_ms: 'eval',
};

/**
 * A training step: tags job, host, rank; fields step and time, optionally phases in ms; the timestamp is the end of the
 * step. The mapping says how they are called: TRAIN_STEP, or one of the configuration.
 * @returns what is wrong with it as text, where it is no step
 */
export function readStepPoint(point: PointView, nowMs: number, mapping: StepMapping): StepRecord | string {
  const { tags } = point.head;
  const raw: Record<string, unknown> = {
    job: tags.get(mapping.jobTag) ?? mapping.job,
    endMs: point.timestampMs ?? nowMs,
  };
  if (mapping.averagedOver > 1) raw.averagedOver = mapping.averagedOver;
  const phasesMs: Partial<Record<StepPhase, number>> = {};
  for (let i = 0; i < point.count; i++) {
    const name = point.keys[i]?.name ?? '';
    const value = fieldValue(point, i);
    const phase = PHASES[name];
    const key = keyOf(name, mapping);
    if (key !== undefined) raw[key] = key === 'durationMs' ? inMs(value, mapping) : value;
    else if (phase !== undefined && typeof value === 'number') phasesMs[phase] = value;
  }
  const host = tags.get(mapping.hostTag);
  const rank = tags.get(mapping.rankTag);
  if (host !== undefined) raw.host = host;
  if (rank !== undefined) raw.rank = Number(rank);
  if (Object.keys(phasesMs).length > 0) raw.phasesMs = phasesMs;
  if (point.timestampMs === undefined) raw.timeBasis = 'arrival';
  const result = stepInputSchema.safeParse(raw);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  return `${mapping.measurement}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`;
}

function keyOf(field: string, { step, time, rankTag }: StepMapping): string | undefined {
  if (field === step) return 'step';
  if (field === time) return 'durationMs';
  if (field === rankTag) return 'rank';
  return field === 'averaged_over' ? 'averagedOver' : undefined;
}

function inMs(value: unknown, { unit }: StepMapping): unknown {
  return typeof value === 'number' ? value * UNIT_MS[unit] : value;
}
