import { STEP_PHASES, type StepPhase } from '../../../lib/training/step.ts';
import type { LineFormat, ParsedStep } from './types.ts';

const START = /(?:^|\s)train_step\s+(.*)$/;
const PAIR = /([A-Za-z_][\w.-]{0,63})=("(?:[^"\\]|\\.)*"|\S*)/g;

const PHASE_KEYS: ReadonlyMap<string, StepPhase> = new Map<string, StepPhase>([
  ['comm_ms', 'communication'],
  ['data_ms', 'dataLoad'],
  ['data_load_ms', 'dataLoad'],
  ['fwd_ms', 'forward'],
  ['bwd_ms', 'backward'],
  ['optim_ms', 'optimizer'],
  ...STEP_PHASES.map((phase): [string, StepPhase] => [`${phase.toLowerCase()}_ms`, phase]),
]);

/** Our own line for any code: `train_step step=1200 time_ms=2345.7 rank=0 host=gpu07 comm_ms=412.7`, one per step. */
export const logfmt: LineFormat = {
  name: 'logfmt',
  read(line) {
    const rest = START.exec(line)?.[1];
    if (rest === undefined) return undefined;
    const pairs = new Map<string, string>();
    for (const [, key, value] of rest.matchAll(PAIR)) pairs.set(key ?? '', (value ?? '').replace(/^"(.*)"$/, '$1'));
    const number = (key: string) => {
      const text = pairs.get(key);
      const value = text === undefined || text === '' ? Number.NaN : Number(text);
      return Number.isFinite(value) ? value : undefined;
    };
    const step = number('step');
    if (step === undefined) return undefined;
    const parsed: ParsedStep = { step };
    const durationMs = number('time_ms');
    if (durationMs !== undefined) parsed.durationMs = durationMs;
    const endMs = number('end_ms');
    if (endMs !== undefined) parsed.endMs = endMs;
    const rank = number('rank');
    if (rank !== undefined) parsed.rank = rank;
    const host = pairs.get('host');
    if (host) parsed.host = host;
    const phasesMs = phasesOf(number);
    if (phasesMs !== undefined) parsed.phasesMs = phasesMs;
    return parsed;
  },
};

function phasesOf(number: (key: string) => number | undefined): ParsedStep['phasesMs'] | undefined {
  const phases: NonNullable<ParsedStep['phasesMs']> = {};
  for (const [key, phase] of PHASE_KEYS) {
    const value = number(key);
    if (value !== undefined && value >= 0) phases[phase] = value;
  }
  return Object.keys(phases).length > 0 ? phases : undefined;
}
