/**
 * The model's hot loops index typed arrays by numbers that the model itself made (ports, flows, hops), so an element
 * is always there; `at` and `add` are the one place that says so to the compiler.
 */
export type Column = Float64Array | Int32Array | Uint8Array;

export function at(column: Column, index: number): number {
  return column[index] as number;
}

export function add(column: Float64Array, index: number, amount: number): void {
  column[index] = (column[index] as number) + amount;
}
