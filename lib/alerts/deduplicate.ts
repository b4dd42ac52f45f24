import type { Incident } from '../diagnosis/incident.ts';
import type { Severity } from '../kinds.ts';
import { digest, fingerprintOf } from './fingerprint.ts';
import { isWorse, isWorthTelling } from './select.ts';
import type { AlertEvent } from './types.ts';

/** What one receiver has been told of one incident. Plain JSON: it survives a restart. */
export interface Told {
  fingerprint: string;
  /** Worst severity told. */
  severity: Severity;
  state: 'firing' | 'resolved';
  /** Grows each time the incident opens again after it was told as resolved. */
  round: number;
  /** When the last message was made, Unix ms. */
  atMs: number;
}

/** One thing to say. */
export interface Notice {
  event: Exclude<AlertEvent, 'test'>;
  fingerprint: string;
  /** Deterministic, so that saying it again after a crash is the same message. */
  id: string;
  severity: Severity;
}

/**
 * Second stage: what a receiver that knows `told` must hear of this version of an incident. Firing once, again when it
 * gets worse or opens again, resolved when it ends; an incident that was over before it was told gets both.
 */
export function deduplicate(
  told: Told | undefined,
  incident: Incident,
  minSeverity: Severity,
  nowMs: number,
): { told: Told | undefined; notices: Notice[] } {
  if (told === undefined && !isWorthTelling(incident, minSeverity, nowMs)) return { told, notices: [] };
  const notices: Notice[] = [];
  let next: Told = told ?? {
    fingerprint: fingerprintOf(incident),
    severity: incident.severity,
    state: 'resolved',
    round: 0,
    atMs: nowMs,
  };
  const say = (event: Notice['event']): void => {
    const { fingerprint, severity, round } = next;
    const id = `${fingerprint}.${digest(incident.id, event, event === 'alert.firing' ? severity : '', String(round))}`;
    notices.push({ event, fingerprint, id, severity });
  };
  const reopened = told?.state === 'resolved' && incident.endMs === null;
  if (told === undefined || reopened) {
    const severity = reopened ? incident.severity : next.severity;
    next = { ...next, severity, state: 'firing', round: next.round + 1, atMs: nowMs };
    say('alert.firing');
  } else if (next.state === 'firing' && isWorse(incident.severity, next.severity)) {
    next = { ...next, severity: incident.severity, atMs: nowMs };
    say('alert.firing');
  }
  if (next.state === 'firing' && incident.endMs !== null) {
    next = { ...next, state: 'resolved', atMs: nowMs };
    say('alert.resolved');
  }
  return { told: next, notices };
}
