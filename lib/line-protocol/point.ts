/** What stands before the first blank of a line, read once however often it comes. */
export interface SeriesHead {
  measurement: string;
  tags: ReadonlyMap<string, string>;
  /** For whoever maps points: what they made of this head. */
  memo?: unknown;
}

/** A field name, read once however often it comes. */
export interface FieldKey {
  name: string;
  bytes: Buffer;
  memo?: unknown;
}

/** What a field value was written as. */
export type FieldKind = 'float' | 'integer' | 'unsigned' | 'boolean' | 'string';

/**
 * One good line. The reader uses the same object for every line: take what you need before returning.
 * `numbers[i]` is the value of floats, integers within 2^53 and booleans (0 or 1); `others[i]` is the text of a string
 * or the bigint of an integer beyond 2^53, else undefined.
 */
export interface PointView {
  line: number;
  head: SeriesHead;
  /** Unix ms; undefined where the line had no timestamp. */
  timestampMs: number | undefined;
  count: number;
  keys: FieldKey[];
  kinds: FieldKind[];
  numbers: number[];
  others: (string | bigint | undefined)[];
}

/** The exact value of field `i` of a point. */
export function fieldValue(point: PointView, i: number): number | bigint | boolean | string {
  if (point.kinds[i] === 'boolean') return point.numbers[i] === 1;
  return point.others[i] ?? point.numbers[i] ?? Number.NaN;
}

/** What is wrong with one line. */
export interface LineProblem {
  /** 1-based, of the line the point starts on. */
  line: number;
  message: string;
}

/** Units of timestamps: of the v2 API, then those only v1 has. */
export const PRECISIONS = ['ns', 'us', 'ms', 's', 'u', 'n', 'm', 'h'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Result of reading a body. */
export interface ReadSummary {
  accepted: number;
  refused: number;
  /** The first problems; `refused` counts them all. */
  problems: LineProblem[];
}
