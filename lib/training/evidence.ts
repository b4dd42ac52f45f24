import type { ImpactSegment, IncidentImpact } from '../diagnosis/incident.ts';
import { type OpenExcess, overlapSeconds } from './attribution.ts';
import type { TrainingConfig } from './config.ts';
import { openExcess, type StepWork } from './step-work.ts';

/** What one incident may explain of each step, in the steps' order. */
export interface LaidEvidence {
  /** Evidence seconds that overlap the step. */
  seconds: Float64Array;
  /** Seconds of the step that lie inside the incident, and not in a poll in which it may have begun or ended. */
  sure: Float64Array;
  /** Evidence seconds of segments that lie wholly inside the step: none of it can have fallen on another. */
  own: Float64Array;
}

/** Kinds told by a state that is read at the end of a segment: the rate a link runs at. */
const READ_AT_THE_END = new Set<string>(['link-degraded']);

/**
 * An incident with the time in which it may still have lasted: a state that is gone at the end of a segment went some time after the
 * reading before, so that segment may hold as much of it as the one before.
 */
export function withUnseenEnd(impact: IncidentImpact): IncidentImpact {
  if (!READ_AT_THE_END.has(impact.kind)) return impact;
  const segments = impact.segments.map((segment, i) => {
    const before = impact.segments[i - 1];
    if (!before || before.endMs < segment.startMs) return segment;
    const share = (segment.endMs - segment.startMs) / (before.endMs - before.startMs);
    return { ...segment, evidenceSeconds: Math.max(segment.evidenceSeconds, share * before.evidenceSeconds) };
  });
  return { ...impact, segments };
}

/** Steps in the order they came, and what finding those around a time needs. */
interface Spans {
  spans: readonly OpenExcess[];
  /** Places of the spans by their start. */
  order: readonly number[];
  /** No span reaches further past its start, clock errors included. */
  reachMs: number;
}

function spansOf(spans: readonly OpenExcess[]): Spans {
  return {
    spans,
    order: spans.map((_, n) => n).sort((a, b) => (spans[a]?.startMs ?? 0) - (spans[b]?.startMs ?? 0)),
    reachMs: spans.reduce((most, span) => Math.max(most, span.endMs - span.startMs + 2 * span.errorMs), 0),
  };
}

/** Lays the segments of one incident over steps, which may overlap and come in any order. */
function layEvidence({ spans, order, reachMs }: Spans, segments: readonly ImpactSegment[]): LaidEvidence {
  const zeros = () => new Float64Array(spans.length);
  const laid = { seconds: zeros(), sure: zeros(), own: zeros() };
  const sorted = [...segments].sort((a, b) => a.startMs - b.startMs);
  let first = 0;
  for (const segment of sorted) {
    const startOf = (at: number) => spans[order[at] ?? -1]?.startMs ?? Number.POSITIVE_INFINITY;
    while (startOf(first) + reachMs < segment.startMs - segment.errorMs) first++;
    for (let at = first; startOf(at) - reachMs <= segment.endMs + segment.errorMs && at < order.length; at++) {
      const n = order[at] ?? -1;
      const span = spans[n];
      const overlap = span === undefined ? 0 : overlapSeconds(span, segment);
      if (span === undefined || overlap <= 0) continue;
      const seconds = Math.min(segment.evidenceSeconds, overlap);
      laid.seconds[n] = (laid.seconds[n] ?? 0) + seconds;
      const padMs = segment.errorMs + span.errorMs;
      const whole = segment.startMs - padMs >= span.startMs && segment.endMs + padMs <= span.endMs;
      if (whole) laid.own[n] = (laid.own[n] ?? 0) + seconds;
    }
  }
  const inside = insideOf(sorted);
  spans.forEach(({ startMs, endMs }, n) => {
    laid.sure[n] = Math.max(0, Math.min(endMs, inside.endMs) - Math.max(startMs, inside.startMs)) / 1000;
  });
  return laid;
}

/** Where an incident surely was: it began some time in its first poll and ended some time in its last. Pauses between are its own. */
function insideOf(segments: readonly ImpactSegment[]): { startMs: number; endMs: number } {
  const shortestMs = segments.reduce(
    (least, { startMs, endMs }) => Math.min(least, endMs - startMs),
    Number.POSITIVE_INFINITY,
  );
  const startMs = segments.reduce((least, segment) => Math.min(least, segment.startMs), Number.POSITIVE_INFINITY);
  const endMs = segments.reduce((most, segment) => Math.max(most, segment.endMs), Number.NEGATIVE_INFINITY);
  return { startMs: startMs + shortestMs, endMs: endMs - shortestMs };
}

/** Lays every incident over the steps, and notes on each step the most that one of them could explain of it. */
export function layImpacts(
  work: readonly StepWork[],
  impacts: readonly IncidentImpact[],
  config: TrainingConfig,
): LaidEvidence[] {
  const spans = spansOf(work.map(({ step }) => openExcess(step, 0, config)));
  return impacts.map((impact) => {
    const laid = layEvidence(spans, impact.segments);
    work.forEach((item, n) => {
      const seconds = (laid.seconds[n] ?? 0) / item.step.entry.averagedOver;
      if (seconds > item.network.seconds) item.network = { ...item.network, seconds };
    });
    return laid;
  });
}
