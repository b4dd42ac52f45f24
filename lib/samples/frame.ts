import type { SampleField } from './fields.ts';

/** One column of a frame: one canonical field, for the whole port (priority -1) or for one PFC priority 0..7. */
export interface SampleColumn {
  field: SampleField;
  priority: number;
  /** [port]; NaN where this port did not give the value in this interval. */
  values: Float64Array;
}

/**
 * The samples of one device at one poll, in columns: what the normaliser yields, detectors read and the writer
 * encodes. All columns of a frame cover the same interval per port; a device whose queue counters refresh slower
 * than its port counters yields one frame for each of the two.
 */
export interface SampleFrame {
  device: string;
  /** Row names. The same array object from poll to poll while the device's port list has not changed. */
  ports: readonly string[];
  /** [port] Unix ms; NaN where the port has no sample in this frame. */
  startMs: Float64Array;
  /** [port] Unix ms. */
  endMs: Float64Array;
  /** [port] index into QUALITIES. */
  quality: Uint8Array;
  columns: SampleColumn[];
}

/** The values of one field and priority (-1: whole port) in a frame, or undefined where the device gives none. */
export function column(frame: SampleFrame, field: SampleField, priority = -1): Float64Array | undefined {
  for (const entry of frame.columns) {
    if (entry.field === field && entry.priority === priority) return entry.values;
  }
  return undefined;
}
