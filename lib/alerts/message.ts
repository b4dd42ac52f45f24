import type { Evidence } from '../detectors/episode.ts';
import type { Incident } from '../diagnosis/incident.ts';
import type { PortRef } from '../topology/types.ts';
import type { Notice } from './deduplicate.ts';
import type { AlertMessage } from './types.ts';

/** Bounds that keep every message under the 20 kB Standard Webhooks asks for, whatever devices are called. */
const MAX_LIST = 12;
const MAX_NAME = 100;
const MAX_TEXT = 600;

/** Third stage: what is said of an incident. */
export function messageOf(incident: Incident, notice: Notice, baseUrl: string | null): AlertMessage {
  const jobs = [...incident.jobs].sort((a, b) => b.lostSeconds - a.lostSeconds);
  const resolved = notice.event === 'alert.resolved';
  const eventMs = resolved ? (incident.endMs ?? incident.startMs) : (incident.detectedMs ?? incident.startMs);
  return {
    id: notice.id,
    event: notice.event,
    fingerprint: notice.fingerprint,
    eventMs,
    incident: clip(incident.id, MAX_NAME),
    kind: incident.kind,
    severity: notice.severity,
    summary: clip(incident.summary, MAX_TEXT),
    where: {
      device: clip(incident.rootDevice, MAX_NAME),
      port: clip(incident.rootPort, MAX_NAME),
      ...(incident.priority === undefined ? {} : { priority: incident.priority }),
    },
    sinceMs: incident.startMs,
    untilMs: incident.endMs,
    measured: measuredOf(incident.evidence),
    confidence: incident.confidence,
    victims: incident.victims.slice(0, MAX_LIST).map(portName),
    victimCount: incident.victims.length,
    senders: incident.senders.slice(0, MAX_LIST).map(portName),
    jobs: jobs.slice(0, MAX_LIST).map(({ job, lostSeconds, lostSecondsLow, lostSecondsHigh, steps }) => ({
      job: clip(job, MAX_NAME),
      lostSeconds,
      lostSecondsLow,
      lostSecondsHigh,
      steps,
    })),
    lostSeconds: jobs.reduce((sum, job) => sum + job.lostSeconds, 0),
    notVisible: incident.notVisible.slice(0, MAX_LIST).map((text) => clip(text, MAX_NAME)),
    link: linkOf(incident, baseUrl),
  };
}

function portName(ref: PortRef): string {
  return clip(`${ref.device}/${ref.port}`, MAX_NAME);
}

/** Control characters (six bytes each in JSON, and no part of any name) become spaces. */
function clip(text: string, max: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const clean = text.slice(0, max + 1).replace(/[\u0000-\u001f\u007f]/g, ' ');
  return clean.length <= max ? clean : `${clean.slice(0, max - 1)}…`;
}

/** The newest number with a threshold, else the newest number. */
function measuredOf(evidence: readonly Evidence[]): AlertMessage['measured'] {
  const newestFirst = [...evidence].sort((a, b) => b.endMs - a.endMs);
  const chosen = newestFirst.find((entry) => entry.threshold !== undefined) ?? newestFirst[0];
  if (!chosen) return null;
  const { metric, value, threshold, unit } = chosen;
  return { metric, value, ...(threshold === undefined ? {} : { threshold }), unit };
}

/** The incident's own page. */
function linkOf(incident: Incident, baseUrl: string | null): string | null {
  if (baseUrl === null) return null;
  return clip(
    `${baseUrl.replace(/\/+$/, '')}/incidents/${encodeURIComponent(incident.id.replace(/\p{Surrogate}/gu, '\uFFFD'))}`,
    1000,
  );
}

/** What "send test" sends. */
export function testMessage(receiver: string, id: string, nowMs: number, baseUrl: string | null): AlertMessage {
  return {
    id,
    event: 'test',
    fingerprint: id,
    eventMs: nowMs,
    incident: null,
    kind: 'test',
    severity: 'info',
    summary: `Test from Stallscope to the receiver ${clip(receiver, MAX_NAME)}: nothing is wrong.`,
    where: { device: 'stallscope', port: 'test' },
    sinceMs: nowMs,
    untilMs: null,
    measured: null,
    confidence: 1,
    victims: [],
    victimCount: 0,
    senders: [],
    jobs: [],
    lostSeconds: 0,
    notVisible: [],
    link: baseUrl,
  };
}
