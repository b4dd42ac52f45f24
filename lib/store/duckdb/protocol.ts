import type { FabricErrorCode } from '../../errors.ts';
import type { CollectiveSummaryQuery } from '../../training/collective-summary.ts';
import type { SeriesRef } from '../series.ts';
import type { SeriesFilter } from '../types.ts';
import type { WireCollectives } from './collective-columns.ts';
import type { CollectiveQuery } from './collective-files.ts';

/** Samples on their way to the worker: the arrays change owner. */
export interface WireBlock {
  /** Series the worker has not heard of; the first has the id `firstSeries`. */
  newSeries: SeriesRef[];
  firstSeries: number;
  length: number;
  series: Int32Array;
  startMs: Float64Array;
  endMs: Float64Array;
  quality: Uint8Array;
  /** [index in SAMPLE_FIELDS] */
  columns: (Float64Array | undefined)[];
}

/** Rows on their way back, ordered by series and end or by end alone. */
export interface WireRows {
  series: SeriesRef[];
  /** [row] index into `series`. */
  index: Int32Array;
  endMs: Float64Array;
  intervalMs: Float64Array;
  quality: Float64Array;
  /** [asked field][row]; NaN = missing. */
  columns: Float64Array[];
}

export interface ReadQuery {
  startMs: number;
  endMs: number;
  filter: SeriesFilter;
  /** Indexes in SAMPLE_FIELDS. */
  fields: number[];
  order: 'series' | 'time';
  newestOnly: boolean;
}

export interface WireTop {
  series: SeriesRef;
  max: number;
  /** Sum of value x interval, and of the intervals. */
  weighted: number;
  weightMs: number;
}

export interface DocumentRow {
  [column: string]: string | number | null;
}

/** What the main thread may ask; `id` joins question and answer. */
export type StoreRequest =
  | { id: number; op: 'open'; directory: string }
  | { id: number; op: 'write'; block: WireBlock }
  | { id: number; op: 'read'; query: ReadQuery }
  | { id: number; op: 'top'; startMs: number; endMs: number; filter: SeriesFilter; field: number }
  | { id: number; op: 'hours' }
  | { id: number; op: 'expire'; beforeMs: number }
  | { id: number; op: 'put'; table: string; rows: DocumentRow[] }
  | { id: number; op: 'select'; sql: string; values: (string | number | null)[] }
  | { id: number; op: 'collectives'; query: CollectiveQuery }
  | { id: number; op: 'collective-summary'; query: CollectiveSummaryQuery }
  | { id: number; op: 'put-collectives'; batch: WireCollectives; nowMs: number }
  | { id: number; op: 'expire-collectives'; beforeMs: number; mostBytes: number }
  | { id: number; op: 'run'; sql: string; values: (string | number | null)[] }
  | { id: number; op: 'cancel'; target: number }
  | { id: number; op: 'close' };

export type StoreReply =
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; code: FabricErrorCode; message: string; retryable: boolean };
