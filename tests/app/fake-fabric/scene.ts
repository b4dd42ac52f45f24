/** What the fake shows: a storm, nothing wrong, nothing configured, silent targets, errors, or 33,600 ports. */
export type FakeMode = 'storm' | 'quiet' | 'empty' | 'stale' | 'broken' | 'large';

/** One step of every job, ms. */
export const STEP_MS = 3000;

export const MINUTE_MS = 60_000;

/** What is going on at which time: all that the fake's answers depend on. */
export class Scene {
  mode: FakeMode;
  /** Since when jobs run and ports are measured: 20 minutes before the fake was made. */
  readonly startMs: number;
  /** Since when leaf3/Ethernet1/5 is paused, in the mode `storm`: a minute before the fake was made. */
  readonly stormMs: number;
  readonly #clock: () => number;

  /** @param clock Unix ms */
  constructor(mode: FakeMode, clock: () => number) {
    this.mode = mode;
    this.#clock = clock;
    this.startMs = clock() - 20 * MINUTE_MS;
    this.stormMs = clock() - MINUTE_MS;
  }

  /** Unix ms. */
  now(): number {
    return this.#clock();
  }

  storming(atMs: number): boolean {
    return this.mode === 'storm' && atMs >= this.stormMs;
  }

  /** Whether a device has not answered for the last four minutes. */
  silent(device: string): boolean {
    return this.mode === 'stale' || (this.mode === 'storm' && device === 'spine4');
  }
}

/** Moving numbers in 0..1 without state: the same instant always gives the same value. */
export function wave(seed: number, atMs: number, periodMs: number): number {
  const noise = Math.sin(seed * 12.9898 + Math.floor(atMs / 1000) * 78.233) * 43758.5453;
  return 0.5 + 0.35 * Math.sin((2 * Math.PI * (atMs + seed * 977)) / periodMs) + 0.15 * (noise - Math.floor(noise));
}
