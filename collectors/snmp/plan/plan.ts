import type { CounterName, GaugeName } from '../../../lib/counters/reading.ts';
import type { StateName } from '../profiles/profile.ts';
import type { ChosenColumn } from './columns.ts';

/** One counter column of the reading: slots `[base, base + ports)`. */
export interface CounterOutput {
  counter: CounterName;
  priority: number;
  widthBits: 32 | 64;
  /** See ColumnSpec. */
  unprovenUs: boolean;
  /** MIB object, for messages. */
  object: string;
  base: number;
}

/** One gauge column of the reading. */
export interface GaugeOutput {
  gauge: GaugeName;
  priority: number;
  /** See ColumnTarget. */
  sinceCleared: boolean;
  /** Base units per unit on the wire. */
  scale: number;
  base: number;
}

/** Interface state per port. */
export interface StateOutput {
  state: StateName;
  base: number;
}

/**
 * Columns that are asked together because they have the same rows. A cell is (row, column); `cells` says in which
 * slot its value lands, -1 where nobody wants it.
 */
export interface PlanGroup {
  /** Table names, for messages. */
  tables: string;
  /** [column] what it is. */
  columns: readonly ChosenColumn[];
  /** [column] encoded OID of the column. */
  prefixes: Uint8Array[];
  /** [column] the same, as the decoder compares it. */
  prefixWords: Uint32Array[];
  /** Encoded indexes of all rows, in the agent's order, one after the other. */
  rowBytes: Uint8Array;
  /** [row] where its index begins in `rowBytes`; one more entry than rows. */
  rowStart: Uint32Array;
  /** [row] the end of its index, as the decoder compares it. */
  rowWords: Int32Array;
  /** Octets of its longest name. */
  nameBytes: number;
  /** [row] the index itself. */
  indexes: readonly (readonly number[])[];
  /** Encoded index (latin1) to row, for answers that skip or add rows; made when first needed. */
  rowOf: Map<string, number> | null;
  /** [row * columns + column] slot or -1. */
  cells: Int32Array;
  /** [row] port, or -1. */
  portOf: Int32Array;
  /** Runs of rows worth asking for, as [first, end). */
  runs: readonly (readonly [number, number])[];
  /** The time of these answers is the time of the port. */
  clock: boolean;
}

/** Cells that are added up (or of which the largest counts) into one slot of an output. */
export interface Folds {
  dest: Int32Array;
  /** [fold] first of its sources; one more entry than folds. */
  start: Int32Array;
  source: Int32Array;
  /** [source] factor to base units. */
  scale: Float64Array;
  /** [fold] 1 = the largest, 0 = the sum. */
  largest: Uint8Array;
}

/** Everything a poll of one device needs, worked out once after discovery. */
export interface PollPlan {
  /** Port names; the same array object in every reading made from this plan. */
  ports: readonly string[];
  slots: number;
  counters: CounterOutput[];
  gauges: GaugeOutput[];
  states: StateOutput[];
  groups: PlanGroup[];
  folds: Folds;
  /** [port] speed as discovery saw it, bits/s; NaN unknown. */
  linkRateBitsPerSec: Float64Array;
  /** Why counters are not used, for target health. */
  refused: string[];
}

/** Values of one poll, by slot. */
export interface SlotValues {
  high: Uint32Array;
  low: Uint32Array;
  present: Uint8Array;
}

/** Fresh, empty values: a reading keeps its arrays, so each poll has its own. */
export function emptyValues(slots: number): SlotValues {
  return { high: new Uint32Array(slots), low: new Uint32Array(slots), present: new Uint8Array(slots) };
}
