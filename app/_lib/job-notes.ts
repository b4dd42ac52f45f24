import type { RankMap } from '../../lib/api/types.ts';
import { formatSeconds } from '../../lib/format/durations.ts';
import { formatPlural } from '../../lib/format/numbers.ts';
import type { JobSummary, StepVerdict } from '../../lib/training/step.ts';
import { knownBaseline } from './flags.ts';

/** Ranks named in one sentence. */
const MOST_RANKS = 5;

/** What a job that has stopped stepping is waiting for, as far as anybody can see. */
export function hangText(
  job: Pick<JobSummary, 'lastStep' | 'lastStepEndMs' | 'baselineSeconds'>,
  map: RankMap | undefined,
  nowMs: number,
): string {
  const { lastStep, lastStepEndMs, baselineSeconds } = job;
  const silent =
    lastStepEndMs === null
      ? 'No step has ended'
      : `No step has ended for ${formatSeconds(Math.max(0, Math.round((nowMs - lastStepEndMs) / 1000)))}`;
  const usual = baselineSeconds === null ? '' : `; one usually takes ${formatSeconds(baselineSeconds)}`;
  const last = lastStep === null ? '' : ` Last: step ${lastStep}.`;
  const missing = map === undefined ? [] : map.unreported;
  if (missing.length === 0) return `${silent}${usual}.${last}`;
  const hosts = new Map(map?.ranks.map(({ rank, host }) => [rank, host]));
  const names = missing.slice(0, MOST_RANKS).map((rank) => {
    const host = hosts.get(rank);
    return host === undefined ? String(rank) : `${rank} (${host})`;
  });
  const rest = missing.length > MOST_RANKS ? ` and ${missing.length - MOST_RANKS} more` : '';
  const who = missing.length === 1 ? 'Rank' : 'Ranks';
  return `${silent}${usual}.${last} ${who} ${names.join(', ')}${rest} did not report step ${map?.steps.at(-1)?.step ?? ''}, others did.`;
}

/** A lasting change of a job's speed: since which step, and from what to what. */
export interface Shift {
  step: number;
  sinceMs: number;
  /** The level before, seconds; null where it is not known. */
  oldSeconds: number | null;
  newSeconds: number;
}

/** The shift the job is in now: its newest judged steps that are counted against an older, faster level. */
export function standingShift(steps: readonly StepVerdict[]): Shift | null {
  const newestFirst = steps
    .toSorted((a, b) => b.startMs - a.startMs)
    .filter((step) => !step.flags.includes('excluded'));
  const end = newestFirst.findIndex((step) => !step.flags.includes('fail-slow'));
  const shifted = end < 0 ? newestFirst : newestFirst.slice(0, end);
  const first = shifted.at(-1);
  if (first === undefined) return null;
  const durations = shifted.map(({ durationSeconds }) => durationSeconds).sort((a, b) => a - b);
  return {
    step: first.step,
    sinceMs: first.startMs,
    oldSeconds: knownBaseline(first),
    newSeconds: durations[durations.length >> 1] ?? 0,
  };
}

export function shiftText({ step, oldSeconds, newSeconds }: Shift): string {
  const from = oldSeconds === null ? '' : ` instead of ${formatSeconds(oldSeconds)}`;
  return `Slower since step ${step}: a step takes ${formatSeconds(newSeconds)}${from}. It is counted against its old speed.`;
}

/** Why a slow step could not be told: the judge's own last word. */
export function unknownReason(step: Pick<StepVerdict, 'slow' | 'verdict' | 'reasons'>): string | null {
  return step.slow && step.verdict === 'unknown' ? (step.reasons.at(-1) ?? null) : null;
}

/** Slow steps nobody can tell, what was said of them most often, and what was not visible. */
export function unknownText(steps: readonly StepVerdict[]): string | null {
  const unknown = steps.filter((step) => step.slow && step.verdict === 'unknown');
  if (unknown.length === 0) return null;
  const reason = mostFrequent(unknown.flatMap((step) => unknownReason(step) ?? []));
  const missing = mostFrequent(unknown.flatMap((step) => step.notVisible));
  const slow = steps.filter((step) => step.slow).length;
  const be = unknown.length === 1 ? 'has' : 'have';
  const head = `${unknown.length} of ${formatPlural(slow, 'slow step')} ${be} no verdict`;
  const why = reason === null ? '' : `: ${reason.replace(/\.$/, '')}`;
  return `${head}${why}.${missing === null ? '' : ` Not visible: ${missing}.`}`;
}

function mostFrequent(texts: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
