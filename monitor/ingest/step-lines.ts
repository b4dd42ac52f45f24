import { stepInputSchema } from '../../lib/api/ingest.ts';
import { fieldValue, type PointView } from '../../lib/line-protocol/point.ts';
import type { StepPhase, StepRecord } from '../../lib/training/step.ts';

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
 * Measurement `train_step`: tags job, host, rank; fields step and time_ms, optionally phases in ms; the timestamp is the
 * end of the step.
 * @returns what is wrong with it as text, where it is no step
 */
export function readStepPoint(point: PointView, nowMs: number): StepRecord | string {
  const { tags } = point.head;
  const raw: Record<string, unknown> = { job: tags.get('job'), endMs: point.timestampMs ?? nowMs };
  const phasesMs: Partial<Record<StepPhase, number>> = {};
  for (let i = 0; i < point.count; i++) {
    const name = point.keys[i]?.name ?? '';
    const value = fieldValue(point, i);
    const phase = PHASES[name];
    if (name === 'step') raw.step = value;
    else if (name === 'time_ms') raw.durationMs = value;
    else if (name === 'rank') raw.rank = value;
    else if (name === 'averaged_over') raw.averagedOver = value;
    else if (phase !== undefined && typeof value === 'number') phasesMs[phase] = value;
  }
  const host = tags.get('host');
  const rank = tags.get('rank');
  if (host !== undefined) raw.host = host;
  if (rank !== undefined) raw.rank = Number(rank);
  if (Object.keys(phasesMs).length > 0) raw.phasesMs = phasesMs;
  if (point.timestampMs === undefined) raw.timeBasis = 'arrival';
  const result = stepInputSchema.safeParse(raw);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  return `train_step: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`;
}
