import type { ReplayDocument } from '../../lib/replay/index.ts';
import type { TruthFault } from './tally.ts';

/** An incident as a replay tells it, with an end also where it was still open. */
export type Incident = Omit<ReplayDocument['incidents'][number], 'endMs'> & { endMs: number };

interface Span {
  startMs: number;
  endMs: number;
}

/** Time that two spans share, ms; negative where they do not. */
export function overlapMs(a: Span, b: Span): number {
  return Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs);
}

/** True where kind, root and time fit the fault. */
export function isOn(incident: Incident, fault: TruthFault): boolean {
  return (
    fault.acceptKinds.includes(incident.kind) &&
    fault.acceptPorts.some((port) => port.device === incident.rootDevice && port.port === incident.rootPort) &&
    overlapMs(incident, fault) > 0
  );
}

/** Shared time of the incidents' union and the fault, over their joint time. */
export function matchShare(incidents: readonly Incident[], fault: TruthFault): number {
  const merged: Span[] = [];
  for (const { startMs, endMs } of [...incidents].sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs)) {
    const last = merged.at(-1);
    if (last && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs);
    else merged.push({ startMs, endMs });
  }
  const shared = merged.reduce((sum, span) => sum + Math.max(0, overlapMs(span, fault)), 0);
  const reported = merged.reduce((sum, span) => sum + span.endMs - span.startMs, 0);
  return shared / (fault.endMs - fault.startMs + reported - shared);
}
