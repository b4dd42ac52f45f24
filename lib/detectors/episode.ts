import type { NetworkKind, Severity } from '../kinds.ts';
import type { PortRef } from '../topology/types.ts';

/** A number that a finding stands on: what was seen, over which window, against which threshold. */
export interface Evidence {
  /** A sentence for people: "rx pause 0.65 of the interval, twice in a row". */
  text: string;
  metric: string;
  value: number;
  threshold?: number;
  unit: 'fraction' | 'bytes' | 'seconds' | 'per_second' | 'count' | 'ratio' | 'bits_per_second';
  startMs: number;
  endMs: number;
  /** measured: the device said so; inferred: derived from bounded or neighbouring data. */
  basis: 'measured' | 'inferred';
  port?: PortRef;
}

/** A detector's finding on one device. `id` is stable from open to close. */
export interface Episode {
  id: string;
  kind: NetworkKind;
  device: string;
  port: string;
  priority?: number;
  startMs: number;
  /** null while open; else the end of the last bad interval. */
  endMs: number | null;
  /** recovered, or data_lost when the port fell silent. */
  endReason?: 'recovered' | 'data_lost';
  severity: Severity;
  evidence: Evidence[];
}
