import type { StepPhase } from '../../../lib/training/step.ts';
import type { FormatContext, LineFormat, ParsedStep } from './types.ts';

/**
 * Spans that are one phase. `fwd_bwd` is left out: it holds the communication of the backward pass as well, and calling
 * it compute would clear the network of what it may have done.
 */
const PHASES: ReadonlyMap<string, StepPhase> = new Map([
  ['fetching_batch', 'dataLoad'],
  ['optim', 'optimizer'],
  ['checkpoint_save', 'checkpoint'],
  ['eval', 'eval'],
]);
/** Phases of this many steps are remembered while their step has not ended. */
const MOST_PARTS = 64;

/**
 * torchtitan's structured log, one file a rank, on by default: every rank, every step, real clocks.
 * @source pytorch/torchtitan, structured logs: `log_type_name` ending in `_end` has `value` in ms and `time_us`
 */
export const torchtitanJsonl: LineFormat = {
  name: 'torchtitan-jsonl',
  read(line, context) {
    if (!line.startsWith('{') || !line.includes('"log_type_name"')) return undefined;
    const entry = parse(line);
    if (entry === undefined) return undefined;
    const name = text(entry.log_type_name);
    const step = number(entry.step);
    const durationMs = number(entry.value);
    if (
      name === undefined ||
      !name.endsWith('_end') ||
      step === undefined ||
      durationMs === undefined ||
      durationMs < 0
    )
      return 'known';
    const span = name.slice(0, -'_end'.length);
    if (span !== 'step') {
      remember(context, step, span, durationMs);
      return 'known';
    }
    return stepOf(entry, step, durationMs, context);
  },
};

function stepOf(entry: Record<string, unknown>, step: number, durationMs: number, context: FormatContext): ParsedStep {
  const endUs = number(entry.time_us);
  const rank = number(entry.global_rank);
  const host = text(entry.host_name);
  const tags = Array.isArray(entry.step_tags)
    ? entry.step_tags.filter((tag) => typeof tag === 'string').slice(0, 16)
    : [];
  const phasesMs = takePhases(context, step);
  return {
    step,
    durationMs,
    ...(endUs === undefined ? {} : { endMs: endUs / 1000 }),
    ...(rank === undefined ? {} : { rank }),
    ...(host === undefined ? {} : { host }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(phasesMs === undefined ? {} : { phasesMs }),
  };
}

function remember(context: FormatContext, step: number, span: string, ms: number): void {
  const phase = PHASES.get(span);
  if (phase === undefined || Object.keys(context.parts).length >= MOST_PARTS) return;
  const key = `${step}:${phase}`;
  context.parts[key] = (context.parts[key] ?? 0) + ms;
}

function takePhases(context: FormatContext, step: number): ParsedStep['phasesMs'] | undefined {
  const phases: NonNullable<ParsedStep['phasesMs']> = {};
  for (const [key, ms] of Object.entries(context.parts)) {
    const [of, phase] = key.split(':');
    if (Number(of) === step) phases[phase as StepPhase] = ms;
    if (Number(of) <= step) delete context.parts[key];
  }
  return Object.keys(phases).length > 0 ? phases : undefined;
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
