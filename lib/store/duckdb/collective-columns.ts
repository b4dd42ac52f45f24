import { type CollectiveRecord, collectiveEndMs } from '../../training/collective.ts';

/** Texts of a record, by number in the names of their batch or file; -1: absent. */
export const TEXT_COLUMNS = ['job', 'commId', 'collectiveKind', 'host', 'gpu', 'commName', 'timingSource'] as const;
/** Numbers of a record; NaN: absent. */
export const NUMBER_COLUMNS = [
  'collectiveSeq',
  'messageBytes',
  'execTimeUs',
  'busGBPerSec',
  'rank',
  'ranks',
  'peer',
  'startUs',
  'endUs',
  'timestampMs',
] as const;
/** A bus bandwidth that is told to be none. */
const TOLD_NONE = -1;

/** Records in columns, as they go to the store's thread. */
export interface WireCollectives {
  length: number;
  names: string[];
  /** [TEXT_COLUMNS][row] */
  texts: Int32Array[];
  /** [NUMBER_COLUMNS][row] */
  numbers: Float64Array[];
  /** [row] when it ended, Unix ms. */
  endMs: Float64Array;
}

/** @param nowMs stands for the end of records that have no time at all */
export function toColumns(records: readonly CollectiveRecord[], nowMs: number): WireCollectives {
  const length = records.length;
  const ids = new Map<string, number>();
  const texts = TEXT_COLUMNS.map(() => new Int32Array(length));
  const numbers = NUMBER_COLUMNS.map(() => new Float64Array(length));
  const endMs = new Float64Array(length);
  records.forEach((record, row) => {
    TEXT_COLUMNS.forEach((key, column) => {
      const text = record[key];
      let id = text === undefined ? -1 : ids.get(text);
      if (id === undefined) {
        id = ids.size;
        ids.set(text ?? '', id);
      }
      (texts[column] as Int32Array)[row] = id;
    });
    NUMBER_COLUMNS.forEach((key, column) => {
      const value = record[key];
      (numbers[column] as Float64Array)[row] = value === null ? TOLD_NONE : (value ?? Number.NaN);
    });
    endMs[row] = collectiveEndMs(record, nowMs);
  });
  return { length, names: [...ids.keys()], texts, numbers, endMs };
}

/** The record of one row. @param values of TEXT_COLUMNS, then of NUMBER_COLUMNS; null: absent */
export function fromRow(values: readonly (string | number | null)[]): CollectiveRecord {
  const record: Record<string, string | number | null> = {};
  TEXT_COLUMNS.forEach((key, column) => {
    const text = values[column];
    if (typeof text === 'string') record[key] = text;
  });
  NUMBER_COLUMNS.forEach((key, column) => {
    const value = values[TEXT_COLUMNS.length + column];
    if (typeof value === 'number') record[key] = key === 'busGBPerSec' && value === TOLD_NONE ? null : value;
  });
  // What was written were records: those without these are not.
  return record as unknown as CollectiveRecord;
}
