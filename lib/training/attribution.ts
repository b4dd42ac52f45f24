import type { ImpactSegment } from '../diagnosis/incident.ts';

/** A step as attribution sees it: where it ran and how much of it is still to be explained by the network. */
export interface OpenExcess {
  startMs: number;
  endMs: number;
  /** Excess left after non-network evidence, seconds. */
  seconds: number;
  /** How far the step's own times may be off, ms. */
  errorMs: number;
}

/** One incident's part of one step. */
export interface Share {
  /** Seconds the evidence pays for. */
  seconds: number;
  /** Seconds that no other step could have used: what it must have cost if the evidence is real. */
  secondsLow: number;
  /** Seconds it could pay for at most: excess under any overlap. */
  secondsHigh: number;
}

/** Seconds of a step inside a segment, both ends padded by what either clock may be off. */
export function overlapSeconds(step: OpenExcess, segment: ImpactSegment): number {
  const pad = segment.errorMs + step.errorMs;
  return Math.max(0, Math.min(step.endMs, segment.endMs + pad) - Math.max(step.startMs, segment.startMs - pad)) / 1000;
}

/**
 * Lays one incident's evidence over the steps. Inside a segment with evidence x, step n may claim y = min(excess, overlap) and gets
 * y x min(1, x / sum y): a port stalled for x seconds never delays a job by more than x, and the stall goes to the steps that show it.
 * Steps are in time order; so are segments, and those that overlap each other in time are parallel ports of one incident, of which
 * the strongest counts.
 * @returns one share per step, in the steps' order; never above the step's excess
 */
export function attributeIncident(steps: readonly OpenExcess[], segments: readonly ImpactSegment[]): Share[] {
  const shares = steps.map(() => ({ seconds: 0, secondsLow: 0, secondsHigh: 0 }));
  const longest = steps.reduce((most, step) => Math.max(most, step.endMs - step.startMs + 2 * step.errorMs), 0);
  let first = 0;
  for (const segment of strongest(segments)) {
    const from = segment.startMs - segment.errorMs;
    while (first < steps.length && (steps[first]?.startMs ?? 0) + longest < from) first++;
    spread(steps, shares, segment, first);
  }
  steps.forEach((step, n) => {
    const share = shares[n];
    if (!share) return;
    share.seconds = Math.min(share.seconds, step.seconds);
    share.secondsLow = Math.min(share.secondsLow, step.seconds);
    share.secondsHigh = Math.min(share.secondsHigh, step.seconds);
  });
  return shares;
}

function spread(steps: readonly OpenExcess[], shares: readonly Share[], segment: ImpactSegment, first: number): void {
  const claims: { share: Share; seconds: number }[] = [];
  let claimed = 0;
  for (let n = first; n < steps.length; n++) {
    const step = steps[n];
    const share = shares[n];
    if (!step || !share || step.startMs - step.errorMs > segment.endMs + segment.errorMs) break;
    const seconds = Math.min(step.seconds, overlapSeconds(step, segment));
    if (seconds <= 0) continue;
    claims.push({ share, seconds });
    claimed += seconds;
  }
  if (claimed <= 0) return;
  const paid = Math.min(1, segment.evidenceSeconds / claimed);
  for (const { share, seconds } of claims) {
    share.seconds += seconds * paid;
    share.secondsLow += Math.min(seconds, Math.max(0, segment.evidenceSeconds - (claimed - seconds)));
    share.secondsHigh += segment.evidenceSeconds > 0 ? seconds : 0;
  }
}

/** Of segments that cover the same time (parallel ports) keeps the one with most evidence per second; drops impossible numbers. */
function strongest(segments: readonly ImpactSegment[]): ImpactSegment[] {
  const sorted = segments
    .filter((s) => s.endMs > s.startMs && Number.isFinite(s.evidenceSeconds) && s.evidenceSeconds >= 0)
    .sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
  const kept: ImpactSegment[] = [];
  for (const segment of sorted) {
    const last = kept.at(-1);
    const shared = last ? Math.min(last.endMs, segment.endMs) - segment.startMs : 0;
    if (!last || shared < 0.5 * Math.min(last.endMs - last.startMs, segment.endMs - segment.startMs))
      kept.push(segment);
    else if (density(segment) > density(last)) kept[kept.length - 1] = segment;
  }
  return kept;
}

const density = (segment: ImpactSegment) => segment.evidenceSeconds / (segment.endMs - segment.startMs);

/** Scales the shares of one step so that they never sum to more than its excess: overlapping causes share by evidence. */
export function shareExcess(excessSeconds: number, shares: readonly number[]): number[] {
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (total <= excessSeconds) return [...shares];
  const scale = excessSeconds <= 0 ? 0 : excessSeconds / total;
  return shares.map((share) => share * scale);
}
