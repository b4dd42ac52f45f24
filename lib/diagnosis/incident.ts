import type { Evidence } from '../detectors/episode.ts';
import type { NetworkKind, Severity } from '../kinds.ts';
import type { PortRef } from '../topology/types.ts';

/** Pause travels from `from` (who was told to stop) to `to` (what it waits for); weight 0..1 of from's pause seconds. */
export interface PropagationEdge {
  from: PortRef;
  to: PortRef;
  weight: number;
}

/** What an incident cost one job so far. low: causes at p <= 0.01; high: all overlap. GPU-seconds = lostSeconds x GPUs. */
export interface IncidentJobCost {
  job: string;
  lostSeconds: number;
  lostSecondsLow: number;
  lostSecondsHigh: number;
  steps: number;
}

/** Episodes with one root: what hurts, which port started it, who suffers. One root is one incident. */
export interface Incident {
  id: string;
  kind: NetworkKind;
  rootDevice: string;
  rootPort: string;
  priority?: number;
  startMs: number;
  /** null while open; else the end of the last bad interval. */
  endMs: number | null;
  /** When it first stood at warning or critical, with the data polled up to then; null while only info. */
  detectedMs: number | null;
  severity: Severity;
  /** 0..1 that the root is right. */
  confidence: number;
  /** One sentence an operator can act on. */
  summary: string;
  victims: PortRef[];
  senders: PortRef[];
  edges: PropagationEdge[];
  /** Jobs touched, with what they lost. */
  jobs: IncidentJobCost[];
  /** A job that itself causes the congestion of others, where one is found. */
  aggressorJob?: string;
  evidence: Evidence[];
  /** What could not be seen and would have helped ("spine2 is not polled"). */
  notVisible: string[];
}

/** One poll segment in which an incident could have delayed a job by at most evidenceSeconds. */
export interface ImpactSegment {
  startMs: number;
  endMs: number;
  evidenceSeconds: number;
  /** Clock and refresh error, ms: the segment is padded by this much when it is laid over steps. */
  errorMs: number;
}

/** Everything attribution may lay at one incident's door for one job, in time order. */
export interface IncidentImpact {
  incidentId: string;
  /** Where the incident has its root, for sentences. */
  root?: PortRef;
  kind: NetworkKind;
  severity: Severity;
  confidence: number;
  /** True where the job's own port or path is in the incident's graph with measured (not inferred) evidence. */
  direct: boolean;
  segments: ImpactSegment[];
}

/** How much of a job's paths was watched in a time range. */
export interface JobCoverage {
  /** 0..1 of the job's NIC, leaf and fabric path ports that have valid samples for the whole range. */
  watchedFraction: number;
  /** 0..1 of those ports that showed congestion (pause, ECN, loss or degradation beyond info). */
  congestedFraction: number;
}
