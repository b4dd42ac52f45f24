/**
 * What the HTTP API answers, as the dashboard and other clients read it. Incidents, episodes, verdicts, jobs and
 * targets are served as the documents they are (lib/diagnosis, lib/training, lib/events); the views here are joined for one screen.
 */

import type { Incident } from '../diagnosis/incident.ts';
import type { TargetHealth } from '../events/events.ts';
import type { Severity } from '../kinds.ts';
import type { SampleField } from '../samples/fields.ts';
import type { DeviceInfo, JobPlacement, Link, PortRef } from '../topology/types.ts';
import type { JobSummary, StepVerdict } from '../training/step.ts';

/** Every list: `nextCursor` is null on the last page. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** RFC 9457 problem document. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  requestId: string;
}

/** Newest numbers of one port: absent = not exposed, stale when older than 3 intervals. */
export interface PortRow extends PortRef {
  atMs: number | null;
  intervalMs: number | null;
  stale: boolean;
  peer: PortRef | null;
  jobs: string[];
  latest: Partial<Record<SampleField, number>>;
}

/** GET /api/v1/ports/{device}/{port}: `port` is URL-encoded (it may hold "/"). */
export interface PortDetail extends PortRow {
  role: DeviceInfo['role'];
  /** Newest values per PFC priority. */
  priorities: { priority: number; latest: Partial<Record<SampleField, number>> }[];
  incidents: Incident[];
  target: TargetHealth | null;
  /** Fields this port has ever given in the last hour, and those it does not expose. */
  fields: SampleField[];
  missingFields: SampleField[];
}

/** GET /api/v1/series?device=&port=&priority=&field=rxPauseFraction,txPauseFraction&from=now-15m&to=now&maxPoints=1000 */
export interface SeriesAnswer {
  series: {
    labels: { device: string; port: string; priority?: number; field: SampleField };
    unit: string;
    timestampsMs: number[];
    /** null = missing: draw a gap, never 0. */
    values: (number | null)[];
  }[];
  fromMs: number;
  toMs: number;
}

/** A cell of the leaf x spine map: the worst of all links and both directions between the two, last interval. */
export interface HeatCell {
  leaf: string;
  spine: string;
  /** Share of time the worst end was blocked (PFC pause or InfiniBand credit wait), 0..1; null = no data. */
  blockedFraction: number | null;
  utilFraction: number | null;
  /** The port behind the number. */
  port: PortRef | null;
  stale: boolean;
}

/** The worst host-facing port of a leaf, one cell beside its row. */
export interface LeafEdgeCell {
  leaf: string;
  blockedFraction: number | null;
  port: PortRef | null;
  stale: boolean;
}

/** GET /api/v1/overview, also pushed as SSE event `overview` at most once a second. */
export interface OverviewView {
  atMs: number;
  /** One sentence: what hurts now, or that nothing does, or that we cannot tell. */
  sentence: string;
  state: 'ok' | 'hurting' | 'attention' | 'unknown';
  counts: Record<Severity, number>;
  /** Open and lately ended incidents, worst first. */
  incidents: Incident[];
  jobs: JobSummary[];
  /** Slow steps lately judged, newest first (at most 20). */
  slowSteps: StepVerdict[];
  heat: { leaves: string[]; spines: string[]; cells: HeatCell[]; edges: LeafEdgeCell[] };
  topPorts: { device: string; port: string; blockedFraction: number }[];
  coverage: {
    targets: number;
    targetsOk: number;
    /** Targets that are silent, with how long, ms. */
    silent: { target: string; silentMs: number | null; lastError: string | null }[];
    ports: number;
    newestSampleMs: number | null;
  };
}

/** GET /api/v1/topology */
export interface TopologyView {
  devices: DeviceInfo[];
  links: Link[];
  jobs: JobPlacement[];
}

/** GET /api/v1/jobs/{job} */
export interface JobDetail extends JobSummary {
  placement: JobPlacement | null;
  ports: PortRef[];
  incidents: Incident[];
}

/** GET /api/v1/jobs/{job}/steps/{n}/explain */
export interface StepExplanation {
  verdict: StepVerdict;
  incidents: Incident[];
  /** Per-rank times of this step, where ranks report. */
  ranks: { rank: number; host?: string; durationSeconds: number; computeSeconds?: number }[];
  neighbours: { previousSlow: number | null; nextSlow: number | null };
  /** The same as plain text, ready to paste into a ticket. */
  text: string;
}

/** One attempt to tell a receiver. GET /api/v1/alerts/deliveries */
export interface Delivery {
  id: string;
  receiver: string;
  kind: string;
  event: 'alert.firing' | 'alert.resolved' | 'test';
  incident: string | null;
  summary: string;
  createdMs: number;
  attempts: number;
  lastAttemptMs: number | null;
  nextAttemptMs: number | null;
  state: 'pending' | 'delivered' | 'rejected' | 'expired';
  /** From a closed set (http_4xx, http_5xx, timeout, network, ...), never a URL or a body. */
  lastReason: string | null;
  lastStatus: number | null;
}

/** GET /api/v1/stream[?port=device/port]: server-sent events; `id` is a growing number, a comment line every 15 s keeps it open. */
export type StreamEvent =
  | { event: 'overview'; data: OverviewView }
  | { event: 'incident'; data: Incident }
  | { event: 'verdict'; data: StepVerdict }
  | { event: 'job'; data: JobSummary }
  | { event: 'target'; data: TargetHealth }
  | { event: 'port'; data: PortRow }
  | { event: 'delivery'; data: Delivery };
