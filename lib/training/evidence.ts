import type { ImpactSegment, IncidentImpact } from '../diagnosis/incident.ts';
import { isEdge, type OpenExcess, overlapSeconds } from './attribution.ts';
import type { TrainingConfig } from './config.ts';
import { openExcess, type StepWork } from './step-work.ts';

/** What one incident may explain of each step, in the steps' order. */
export interface LaidEvidence {
  /** Evidence seconds that overlap the step. */
  seconds: Float64Array;
  /** Seconds of the step that lie inside the incident, and not in a segment in which it may have begun or ended. */
  sure: Float64Array;
}

/**
 * Kinds told by a state that is read at the end of a segment (the rate a link runs at). Where the state is gone it went some time
 * after the last reading that showed it, so that reading's segment is followed by one more in which it may have lasted.
 */
const READ_AT_THE_END = new Set<string>(['link-degraded']);

/** An incident with the time between its last bad reading and the first good one. */
export function withUnseenEnd(impact: IncidentImpact): IncidentImpact {
  if (!READ_AT_THE_END.has(impact.kind)) return impact;
  const segments: ImpactSegment[] = [];
  impact.segments.forEach((segment, i) => {
    segments.push(segment);
    const lengthMs = segment.endMs - segment.startMs;
    const next = impact.segments[i + 1];
    const roomMs = next === undefined ? lengthMs : Math.min(lengthMs, next.startMs - segment.endMs);
    if (roomMs < 0.5 * lengthMs) return;
    const evidenceSeconds = (segment.evidenceSeconds * roomMs) / lengthMs;
    segments.push({ ...segment, startMs: segment.endMs, endMs: segment.endMs + roomMs, evidenceSeconds });
  });
  return { ...impact, segments };
}

/** Lays the segments of one incident over steps, which may overlap and come in any order. */
export function layEvidence(spans: readonly OpenExcess[], segments: readonly ImpactSegment[]): LaidEvidence {
  const laid = { seconds: new Float64Array(spans.length), sure: new Float64Array(spans.length) };
  const order = spans.map((_, n) => n).sort((a, b) => (spans[a]?.startMs ?? 0) - (spans[b]?.startMs ?? 0));
  const reachMs = spans.reduce((most, span) => Math.max(most, span.endMs - span.startMs + 2 * span.errorMs), 0);
  const sorted = [...segments].sort((a, b) => a.startMs - b.startMs);
  let first = 0;
  sorted.forEach((segment, i) => {
    const edge = isEdge(sorted, i);
    const startOf = (at: number) => spans[order[at] ?? -1]?.startMs ?? Number.POSITIVE_INFINITY;
    while (startOf(first) + reachMs < segment.startMs - segment.errorMs) first++;
    for (let at = first; startOf(at) - reachMs <= segment.endMs + segment.errorMs && at < order.length; at++) {
      const n = order[at] ?? -1;
      const span = spans[n];
      const overlap = span === undefined ? 0 : overlapSeconds(span, segment);
      if (overlap <= 0) continue;
      laid.seconds[n] = (laid.seconds[n] ?? 0) + Math.min(segment.evidenceSeconds, overlap);
      if (!edge) laid.sure[n] = (laid.sure[n] ?? 0) + overlap;
    }
  });
  return laid;
}

/** Lays every incident over the steps, and notes on each step the most that one of them could explain of it. */
export function layImpacts(
  work: readonly StepWork[],
  impacts: readonly IncidentImpact[],
  config: TrainingConfig,
): LaidEvidence[] {
  const spans = work.map(({ step }) => openExcess(step, 0, config));
  return impacts.map((impact) => {
    const laid = layEvidence(spans, impact.segments);
    work.forEach((item, n) => {
      const seconds = (laid.seconds[n] ?? 0) / item.step.entry.averagedOver;
      item.networkEvidence = Math.max(item.networkEvidence, seconds);
    });
    return laid;
  });
}
