import type { StepVerdict } from './step.ts';
import type { StepWork } from './step-work.ts';

/** The verdict of a step before anything is blamed: times, baseline, excess, flags. */
export function draftVerdict(item: StepWork, job: string): StepVerdict {
  const { times, entry } = item.step;
  const durationSeconds = round(item.seconds);
  const baselineSeconds = item.baseline ? round(item.baseline.seconds) : durationSeconds;
  const verdict: StepVerdict = {
    job,
    step: entry.step,
    startMs: times.startMs,
    endMs: times.endMs,
    durationSeconds,
    baselineSeconds,
    excessSeconds: item.slow ? round(Math.max(0, durationSeconds - baselineSeconds)) : 0,
    slow: item.slow !== undefined,
    verdict: null,
    label: null,
    confidence: null,
    causes: [],
    reasons: reasonsOf(item),
    notVisible: [],
    ranks: item.features.ranks,
    flags: flagsOf(item),
  };
  if (item.step.segment > 0) verdict.run = item.step.segment;
  const compute = item.features.compute;
  if (compute && compute.rank !== null && compute.ranks > 1) {
    verdict.lateRank = { rank: compute.rank, latenessSeconds: round((compute.maxMs - compute.medianMs) / 1000) };
    if (compute.host !== undefined) verdict.lateRank.host = compute.host;
  }
  return verdict;
}

function flagsOf(item: StepWork): string[] {
  const { entry } = item.step;
  const flags: string[] = [];
  if (item.excluded === 'warmup') flags.push('warmup');
  else if (item.excluded !== null) flags.push('excluded', item.excluded);
  if (!item.baseline) flags.push('no-baseline');
  if (entry.averagedOver > 1) flags.push('averaged', `averaged-over-${entry.averagedOver}`);
  if (entry.arrivalTimed) flags.push('arrival-time');
  if (item.shifted) flags.push('fail-slow');
  if (item.slow) flags.push(`slow-by-${item.slow}`);
  return flags;
}

function reasonsOf(item: StepWork): string[] {
  if (item.period) {
    const { period, excessSeconds } = item.period;
    return [
      `not counted: about every ${period} steps this job takes ${excessSeconds.toFixed(1)} s longer, which is periodic work and not the network`,
    ];
  }
  if (item.excluded === 'warmup') return ['not counted: the job is still warming up'];
  if (item.excluded !== null) return [`not counted: the step is tagged ${item.excluded}`];
  if (!item.baseline) return ['not judged: too few steps to know what is usual for this job'];
  if (item.shifted)
    return ['the job has been slower than before since some steps; this is counted against its old speed'];
  return [];
}

/** To a tenth of a millisecond: finer than any log, coarse enough that sums come out. */
const round = (seconds: number) => Math.round(seconds * 10_000) / 10_000;
