import type { PortRef } from '../../lib/topology/types.ts';

/**
 * Device, port and job names are text from outside: they may hold "/", "?", "#", blanks or half a surrogate pair.
 * "." and ".." cannot be a path segment (browsers fold them away), so those link to a search instead.
 */
export function encodeSegment(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD'));
}

/** The text behind a path segment; one that is not valid percent-encoding is taken as it is. */
export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function isFoldedAway(text: string): boolean {
  return text === '' || text === '.' || text === '..';
}

export function portHref(port: PortRef): string {
  if (isFoldedAway(port.device) || isFoldedAway(port.port)) return `/ports?q=${encodeSegment(port.device)}`;
  return `/ports/${encodeSegment(port.device)}/${encodeSegment(port.port)}`;
}

export function incidentHref(id: string): string {
  return isFoldedAway(id) ? '/incidents' : `/incidents/${encodeSegment(id)}`;
}

export function jobHref(job: string): string {
  return isFoldedAway(job) ? '/jobs' : `/jobs/${encodeSegment(job)}`;
}

export function stepHref(job: string, step: number): string {
  return isFoldedAway(job) ? '/jobs' : `/jobs/${encodeSegment(job)}/steps/${step}`;
}

/** "leaf3/Ethernet1/7": the device, then the port as the device names it. */
export function portName(port: PortRef): string {
  return `${port.device}/${port.port}`;
}

export function samePort(a: PortRef, b: PortRef): boolean {
  return a.device === b.device && a.port === b.port;
}

/** Where the monitor answers each question. */
export const apiPaths = {
  overview: '/api/v1/overview',
  strip: '/api/v1/strip',
  topology: '/api/v1/topology',
  targets: '/api/v1/targets',
  intake: '/api/v1/intake',
  ports: '/api/v1/ports',
  port: (port: PortRef) => `/api/v1/ports/${encodeSegment(port.device)}/${encodeSegment(port.port)}`,
  incidents: '/api/v1/incidents',
  incident: (id: string) => `/api/v1/incidents/${encodeSegment(id)}`,
  jobs: '/api/v1/jobs',
  job: (job: string) => `/api/v1/jobs/${encodeSegment(job)}`,
  steps: (job: string) => `/api/v1/jobs/${encodeSegment(job)}/steps`,
  ranks: (job: string) => `/api/v1/jobs/${encodeSegment(job)}/ranks`,
  explain: (job: string, step: number) => `/api/v1/jobs/${encodeSegment(job)}/steps/${step}/explain`,
  deliveries: '/api/v1/alerts/deliveries',
  sendTest: '/api/v1/alerts/test',
  series: '/api/v1/series',
  stream: (port: PortRef | null) =>
    port === null ? '/api/v1/stream' : `/api/v1/stream?port=${encodeSegment(portName(port))}`,
} as const;
