/** Where the columns of a poll come from: [port] of whatever was in them before. */
export interface ColumnSource {
  take(ports: number): Float64Array;
}

/** A new array each time: frames may be kept. */
export const freshColumns: ColumnSource = { take: (ports) => new Float64Array(ports) };

/**
 * Columns that are used again from poll to poll, for all devices: a fabric of 30,000 ports makes millions of values a
 * second, and memory outside the heap is what the garbage collector is slowest with. Whatever was taken is free again,
 * and overwritten, after `release`.
 */
export class ColumnPool implements ColumnSource {
  /** By length: arrays, and how many of them are in use. */
  private readonly shelves = new Map<number, { arrays: Float64Array[]; used: number }>();

  take(ports: number): Float64Array {
    let shelf = this.shelves.get(ports);
    if (shelf === undefined) {
      shelf = { arrays: [], used: 0 };
      this.shelves.set(ports, shelf);
    }
    let array = shelf.arrays[shelf.used];
    if (array === undefined) {
      array = new Float64Array(ports);
      shelf.arrays.push(array);
    }
    shelf.used++;
    return array;
  }

  /** Takes everything back. */
  release(): void {
    for (const shelf of this.shelves.values()) shelf.used = 0;
  }
}
