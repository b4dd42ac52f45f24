/** Where "now" comes from. Everything that needs the time takes one of these, so tests and replay bring their own. */
export interface Clock {
  /** Milliseconds since the Unix epoch (in replay: on the trace's own clock). */
  now(): number;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** A clock that stands where it was put: for tests and for replay. */
export class ManualClock implements Clock {
  constructor(private timeMs = 0) {}
  now(): number {
    return this.timeMs;
  }
  set(timeMs: number): void {
    this.timeMs = timeMs;
  }
  advance(ms: number): void {
    this.timeMs += ms;
  }
}
