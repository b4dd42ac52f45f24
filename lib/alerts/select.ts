import type { Incident } from '../diagnosis/incident.ts';
import { SEVERITIES, type Severity } from '../kinds.ts';

/** Who ended this long ago and was never told is history, not news. */
export const NEWS_MAX_AGE_MS = 24 * 3_600_000;

/** True where `a` is worse than `b`. */
export function isWorse(a: Severity, b: Severity): boolean {
  return SEVERITIES.indexOf(a) > SEVERITIES.indexOf(b);
}

/** First stage: is this incident worth a message to a receiver that wants `minSeverity` and above? */
export function isWorthTelling(incident: Incident, minSeverity: Severity, nowMs: number): boolean {
  if (isWorse(minSeverity, incident.severity)) return false;
  return incident.endMs === null || nowMs - incident.endMs <= NEWS_MAX_AGE_MS;
}
