import type { DeviceInfo, JobPlacement, Link, PortRef } from '../topology/types.ts';
import type { StepRecord } from '../training/step.ts';

/**
 * The cumulative and instantaneous columns of `counters.csv.gz` that are read, in the order they are stored. Any of
 * them may be missing from a recording: then no device exposes it.
 */
export const RECORDED_COLUMNS = [
  'tx_bytes',
  'rx_bytes',
  'tx_packets',
  'rx_packets',
  'tx_pause_frames',
  'rx_pause_frames',
  'rx_pause_us',
  'tx_pause_us',
  'ecn_marked_packets',
  'queue_bytes',
  'queue_watermark_bytes',
  'drops',
  'cnp_handled',
  'out_of_sequence',
  'link_rate_bps',
] as const;
export type RecordedColumn = (typeof RECORDED_COLUMNS)[number];

/** A recorded value of every row, as two 32-bit words. */
export interface RecordedValues {
  /** [row] */
  high: Uint32Array;
  low: Uint32Array;
  /** [row] 1 where the cell was filled. */
  present: Uint8Array;
}

/** All rows of a recording; row order is that of the file, `rowsOf` gives each port's rows by time. */
export interface RecordedCounters {
  ports: PortRef[];
  /** [row] ms on the recording's clock. */
  atMs: Float64Array;
  /** [port] row numbers in time order, one per time. */
  rowsOf: Uint32Array[];
  columns: Map<RecordedColumn, RecordedValues>;
}

/** A folder in format `stallscope-trace/1`, read and checked. */
export interface Recording {
  name: string;
  sampleMs: number;
  durationMs: number;
  pfcPriority: number;
  devices: DeviceInfo[];
  links: Link[];
  /** Declared rate per `device/port`. */
  declaredRateBitsPerSec: Map<string, number>;
  jobs: JobPlacement[];
  counters: RecordedCounters;
  /** In order of their end. */
  steps: StepRecord[];
  /** What was missing or odd, in sentences; nothing of it stops a replay. */
  notes: string[];
}
