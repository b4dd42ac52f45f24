/** What a fuzz run found. */
export interface FuzzResult {
  inputs: number;
  /** Inputs that were understood in spite of all. */
  accepted: number;
  failures: number;
  firstFailure: string | null;
  longestMs: number;
  longestInput: string | null;
}

/** A small fixed-seed generator (mulberry32): the same inputs on every machine. */
export class Random {
  constructor(private state: number) {}

  /** 0 <= x < 1 */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** A whole number, 0 <= n < limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }

  /** A copy with a few bytes flipped, cut out, doubled, replaced by something nasty, or repeated very often. */
  mutate(bytes: Buffer, nasty: readonly string[]): Buffer {
    let result: Buffer = Buffer.from(bytes);
    for (let count = 1 + this.below(4); count > 0; count--) result = this.mutateOnce(result, nasty);
    return result;
  }

  private mutateOnce(bytes: Buffer, nasty: readonly string[]): Buffer {
    const at = this.below(bytes.length + 1);
    const end = Math.min(bytes.length, at + this.below(24));
    const head = bytes.subarray(0, at);
    switch (this.below(6)) {
      case 0: {
        const flipped = Buffer.from(bytes);
        if (at < flipped.length) flipped[at] = this.below(256);
        return flipped;
      }
      case 1:
        return Buffer.concat([head, bytes.subarray(end)]);
      case 2:
        return Buffer.concat([head, bytes.subarray(at, end), bytes.subarray(at)]);
      case 3:
        return Buffer.concat([head, Buffer.from(this.pick(nasty)), bytes.subarray(end)]);
      case 4:
        return Buffer.concat([
          head,
          Buffer.alloc(this.below(9000), bytes.subarray(at, Math.max(at + 1, end)).toString('latin1') || ' '),
          bytes.subarray(end),
        ]);
      default:
        return head;
    }
  }
}

/** Runs inputs through a function and keeps count. */
export class FuzzRun {
  readonly result: FuzzResult = {
    inputs: 0,
    accepted: 0,
    failures: 0,
    firstFailure: null,
    longestMs: 0,
    longestInput: null,
  };

  /** @param run true where the input was understood */
  async one(describe: () => string, run: () => boolean | Promise<boolean>): Promise<void> {
    const { result } = this;
    result.inputs++;
    const before = process.cpuUsage();
    try {
      if (await run()) result.accepted++;
    } catch (error) {
      result.failures++;
      result.firstFailure ??= `${error instanceof Error ? error.message : String(error)} on ${describe()}`;
    }
    // CPU time: on a busy machine the clock says nothing about the input.
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1000;
    if (took <= result.longestMs) return;
    result.longestMs = took;
    result.longestInput = describe();
  }
}
