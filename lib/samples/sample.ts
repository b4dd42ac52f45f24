import type { Quality, SampleField } from './fields.ts';

/**
 * What one port did in one interval [startMs, endMs): the row shape used by the store, queries and the API.
 * The hot pipeline (collector, detectors, diagnosis) carries the same thing in columns: see frame.ts.
 */
export interface Sample {
  device: string;
  port: string;
  /** PFC priority 0..7; absent for the whole port. */
  priority?: number;
  /** Unix ms of the start of the interval. */
  startMs: number;
  /** Unix ms of the end of the interval; the sample's timestamp in every store. */
  endMs: number;
  quality: Quality;
  fields: Partial<Record<SampleField, number>>;
}
