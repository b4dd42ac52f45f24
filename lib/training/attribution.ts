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
  /** The part of them from segments in which the incident surely was. */
  secondsSure: number;
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
 * Segments that overlap each other in time are parallel ports of one incident, of which the strongest counts.
 * @param measured the seconds were counted by a device; otherwise they are the time something lasted, and when inside its first and last
 *   segment it did is not known
 * @returns one share per step, in the steps' order; never above the step's excess
 */
export function attributeIncident(
  steps: readonly OpenExcess[],
  segments: readonly ImpactSegment[],
  measured = true,
): Share[] {
  const shares = steps.map(() => ({ seconds: 0, secondsSure: 0, secondsLow: 0, secondsHigh: 0 }));
  const claimants = shares
    .flatMap((share, n) => {
      const step = steps[n];
      return step && step.seconds > 0 ? [{ step, share }] : [];
    })
    .sort((a, b) => a.step.startMs - b.step.startMs);
  const longest = claimants.reduce((most, { step }) => Math.max(most, step.endMs - step.startMs + step.errorMs), 0);
  const widest = claimants.reduce((most, { step }) => Math.max(most, step.errorMs), 0);
  let first = 0;
  const bad = strongest(segments);
  for (const [i, segment] of bad.entries()) {
    const from = segment.startMs - segment.errorMs;
    while (first < claimants.length && (claimants[first]?.step.startMs ?? 0) + longest < from) first++;
    spread(claimants, segment, first, widest, measured || !isEdge(bad, i));
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

/** A step with excess, and what it has been given so far. */
interface Claimant {
  step: OpenExcess;
  share: Share;
}

/** @param widestMs the largest clock error of any claimant: none that starts later than it reaches can overlap */
function spread(
  claimants: readonly Claimant[],
  segment: ImpactSegment,
  first: number,
  widestMs: number,
  certain: boolean,
): void {
  const claims: { share: Share; seconds: number }[] = [];
  let claimed = 0;
  for (let n = first; n < claimants.length; n++) {
    const claimant = claimants[n];
    if (!claimant || claimant.step.startMs - widestMs > segment.endMs + segment.errorMs) break;
    const seconds = Math.min(claimant.step.seconds, overlapSeconds(claimant.step, segment));
    if (seconds <= 0) continue;
    claims.push({ share: claimant.share, seconds });
    claimed += seconds;
  }
  if (claimed <= 0 || segment.evidenceSeconds <= 0) return;
  const paid = Math.min(1, segment.evidenceSeconds / claimed);
  for (const { share, seconds } of claims) {
    share.seconds += seconds * paid;
    if (certain) share.secondsSure += seconds * paid;
    if (certain) share.secondsLow += Math.min(seconds, Math.max(0, segment.evidenceSeconds - (claimed - seconds)));
    share.secondsHigh += seconds;
  }
}

/** Whether an incident begins or ends inside this segment. */
function isEdge(segments: readonly ImpactSegment[], i: number): boolean {
  const here = segments[i];
  const before = segments[i - 1];
  const after = segments[i + 1];
  if (!here) return true;
  const gapMs = 0.5 * (here.endMs - here.startMs);
  return !before || !after || here.startMs - before.endMs > gapMs || after.startMs - here.endMs > gapMs;
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

/**
 * Divides the excess of one step among causes that together could pay for more: overlapping causes share by weight, none gets more than
 * it could pay.
 * @param weights by how likely each is the cause; the shares themselves where left out
 */
export function shareExcess(
  excessSeconds: number,
  shares: readonly number[],
  weights: readonly number[] = shares,
): number[] {
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (total <= excessSeconds) return [...shares];
  const given = shares.map(() => 0);
  let left = Math.max(0, excessSeconds);
  let open = shares
    .map((share, i) => ({ share, weight: weights[i] ?? 0, i }))
    .filter(({ share, weight }) => share > 0 && weight > 0);
  while (open.length > 0 && left > 0) {
    const perWeight = left / open.reduce((sum, { weight }) => sum + weight, 0);
    const full = open.filter(({ share, weight }) => share <= perWeight * weight);
    for (const { share, weight, i } of full.length > 0 ? full : open) {
      given[i] = full.length > 0 ? share : perWeight * weight;
      left -= given[i] ?? 0;
    }
    if (full.length === 0) break;
    open = open.filter((one) => !full.includes(one));
  }
  return given;
}
