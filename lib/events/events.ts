import type { Episode } from '../detectors/episode.ts';
import type { DeviceInfo, JobPlacement, Link } from '../topology/types.ts';

/** A leaf of a device that is asked for and has never come. */
export interface MissingLeaf {
  /** As the device names it, below its path. */
  leaf: string;
  /** Canonical fields it would give. */
  fields: string[];
}

/** One path of a target that is polled or streamed, as asked and as achieved. */
export interface TargetPathHealth {
  path: string;
  requestedIntervalMs: number;
  /** Median of the last polls; null before the second. */
  achievedIntervalMs: number | null;
  /** Refresh period found by staircase detection; null = none found. */
  staircaseMs: number | null;
  /** False where the device does not give it at all: then nothing is asked. */
  served?: boolean;
  /** Canonical fields that should come this way and do not. Absent where the collector does not tell by path. */
  missing?: string[];
  /** The leaves they should come from, where the device names them; also those of which a field is given only in part. */
  missingLeaves?: MissingLeaf[];
  /** Counters of this path that are refused, saturated or in doubt, with the reason. */
  refused?: string[];
  /** What failed last on this path, in full; null = nothing yet. */
  lastError?: { atMs: number; message: string } | null;
}

/** What a collector knows about one of its targets. Text in it never carries a secret. */
export interface TargetHealth {
  target: string;
  device: string;
  collector: string;
  address: string;
  state: 'starting' | 'ok' | 'degraded' | 'down';
  lastSuccessMs: number | null;
  lastError: { atMs: number; message: string } | null;
  polls: number;
  failures: number;
  ports: number;
  /** The device's clock less ours, ms; null = the device does not tell. */
  clockOffsetMs: number | null;
  /** How far the offset may be from the truth: the clock's resolution and the way there, ms. Absent = not known. */
  clockErrorMs?: number;
  paths: TargetPathHealth[];
  /** Canonical fields this target does not give. */
  missing: string[];
  /** Counters refused or unusable, with the reason: "ifInOctets: 32-bit at 400G wraps in 86 ms". */
  refused: string[];
  /** What a device of this kind does not tell, and where it can be had instead. */
  notes?: string[];
  /** Shortest storm a port of this target could have shown, ms. */
  shortestStormMs: number | null;
  collectedBy: string;
  atMs: number;
}

/**
 * What a collector tells the monitor beside samples: one NDJSON line each on POST /api/v1/ingest/events. `seq` grows
 * by one per collector, so that a re-sent line is known.
 */
export type CollectorEvent =
  | { type: 'target'; health: TargetHealth }
  | { type: 'links'; device: string; devices: DeviceInfo[]; links: Link[] }
  | { type: 'episode'; episode: Episode }
  | { type: 'job'; placement: JobPlacement };
