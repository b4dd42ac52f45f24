/** [slot] values of the series of one page. */
export interface SlotValues {
  /** 1 where this page had it. */
  given: Uint8Array;
  high: Uint32Array;
  low: Uint32Array;
  value: Float64Array;
  /** Unix ms; NaN where the line had no time stamp. */
  atMs: Float64Array;
}

/** Room for so many series, none of them given. */
export function emptyValues(count: number): SlotValues {
  return {
    given: new Uint8Array(count),
    high: new Uint32Array(count),
    low: new Uint32Array(count),
    value: new Float64Array(count),
    atMs: new Float64Array(count),
  };
}

/** The same values with room for more. */
export function grownValues(old: SlotValues, count: number): SlotValues {
  const values = emptyValues(count);
  values.given.set(old.given);
  values.high.set(old.high);
  values.low.set(old.low);
  values.value.set(old.value);
  values.atMs.set(old.atMs);
  return values;
}

/** Takes one series over to another place. */
export function copySlot(from: SlotValues, source: number, to: SlotValues, target: number): void {
  to.given[target] = from.given[source] ?? 0;
  to.high[target] = from.high[source] ?? 0;
  to.low[target] = from.low[source] ?? 0;
  to.value[target] = from.value[source] ?? 0;
  to.atMs[target] = from.atMs[source] ?? Number.NaN;
}
