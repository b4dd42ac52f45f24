/** Makes the median absolute deviation of a Gaussian its standard deviation. */
export const MAD_TO_SIGMA = 1.4826;

/** The last n numbers with their median and spread at hand: kept sorted, so a judgement costs microseconds, not a sort. */
export class SortedWindow {
  private readonly order: number[] = [];
  private readonly sorted: number[] = [];

  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.order.length;
  }

  push(value: number): void {
    this.order.push(value);
    this.sorted.splice(lowerBound(this.sorted, value), 0, value);
    if (this.order.length <= this.capacity) return;
    const oldest = this.order.shift() ?? value;
    this.sorted.splice(lowerBound(this.sorted, oldest), 1);
  }

  /** Undefined while empty. */
  median(): number | undefined {
    const n = this.sorted.length;
    if (n === 0) return undefined;
    const high = this.sorted[n >> 1] ?? 0;
    return n % 2 === 1 ? high : (high + (this.sorted[(n >> 1) - 1] ?? high)) / 2;
  }

  /** Robust standard deviation: 1.4826 x median |x - center|, never below floor. Half of the values may be anything. */
  spread(center: number, floor: number): number {
    const n = this.sorted.length;
    if (n === 0) return floor;
    // Walk outward from the centre: distances come out in rising order.
    let right = lowerBound(this.sorted, center);
    let left = right - 1;
    let taken = 0;
    let before = 0;
    let at = 0;
    const wanted = (n >> 1) + 1;
    while (taken < wanted) {
      const toLeft = left >= 0 ? center - (this.sorted[left] ?? 0) : Number.POSITIVE_INFINITY;
      const toRight = right < n ? (this.sorted[right] ?? 0) - center : Number.POSITIVE_INFINITY;
      before = at;
      if (toLeft <= toRight) {
        at = toLeft;
        left--;
      } else {
        at = toRight;
        right++;
      }
      taken++;
    }
    const mad = n % 2 === 1 ? at : (before + at) / 2;
    return Math.max(MAD_TO_SIGMA * mad, floor);
  }

  /** The same of the values above the center alone, for what leans to the right; a quarter of the values may be anything. */
  upperSpread(center: number, floor: number): number {
    if (this.sorted.length === 0) return floor;
    return Math.max(MAD_TO_SIGMA * (this.quantile(0.75) - center), this.spread(center, floor));
  }

  private quantile(q: number): number {
    const at = (this.sorted.length - 1) * q;
    const low = this.sorted[Math.floor(at)] ?? 0;
    return low + ((this.sorted[Math.ceil(at)] ?? low) - low) * (at - Math.floor(at));
  }

  /** Oldest first. */
  values(): number[] {
    return [...this.order];
  }
}

function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
