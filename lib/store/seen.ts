const QUALITY_BITS = 4;

/**
 * Remembers, for each series, the newest end and which intervals with that end came by. Two rows of one series may end
 * together: with another quality, or over another length where some counters refresh slower than others.
 */
export class SeenIntervals {
  #endMs = new Float64Array(1024).fill(Number.NEGATIVE_INFINITY);
  /** What ended then; NaN: not known any more, so everything that ends then counts as seen. */
  #first = new Float64Array(1024).fill(Number.NaN);
  readonly #more = new Map<number, number[]>();

  /**
   * True, and remembered, for a row that goes past everything its series gave; false for one that is late or may have
   * come before.
   */
  isNew(series: number, startMs: number, endMs: number, quality: number): boolean {
    if (series >= this.#endMs.length) this.#widen(series);
    const newest = this.#endMs[series] as number;
    if (endMs < newest) return false;
    const code = startMs * QUALITY_BITS + quality;
    if (endMs > newest) {
      this.#endMs[series] = endMs;
      this.#first[series] = code;
      if (this.#more.size > 0) this.#more.delete(series);
      return true;
    }
    const first = this.#first[series] as number;
    const more = this.#more.get(series);
    if (Number.isNaN(first) || first === code || more?.includes(code)) return false;
    if (more) more.push(code);
    else this.#more.set(series, [code]);
    return true;
  }

  /** Everything of this series up to and with this end has come by. */
  restore(series: number, endMs: number, codes: readonly number[] = []): void {
    if (series >= this.#endMs.length) this.#widen(series);
    this.#endMs[series] = endMs;
    this.#first[series] = codes[0] ?? Number.NaN;
    if (codes.length > 1) this.#more.set(series, codes.slice(1));
  }

  /** What `restore` takes; undefined for a series that gave nothing. */
  saved(series: number): { endMs: number; codes: number[] } | undefined {
    const endMs = this.#endMs[series];
    if (endMs === undefined || endMs === Number.NEGATIVE_INFINITY) return undefined;
    const first = this.#first[series] as number;
    return { endMs, codes: Number.isNaN(first) ? [] : [first, ...(this.#more.get(series) ?? [])] };
  }

  #widen(series: number): void {
    const size = Math.max(this.#endMs.length * 2, series + 1);
    const endMs = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
    endMs.set(this.#endMs);
    this.#endMs = endMs;
    const first = new Float64Array(size).fill(Number.NaN);
    first.set(this.#first);
    this.#first = first;
  }
}
