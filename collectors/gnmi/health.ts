import type { Clock } from '../../lib/clock.ts';
import type { IntervalMeter } from '../../lib/collect/poll-loop.ts';
import type { TargetHealth } from '../../lib/events/events.ts';
import type { GnmiConfig } from './config.ts';

/** Health is told at once when it changes, and otherwise this often. */
const REPEAT_MS = 10_000;
/** Failures in a row after which a target that had answered is down rather than degraded. */
const FAILURES_DOWN = 3;

/** What the source knows beside successes and failures. */
export interface HealthDetails extends Pick<TargetHealth, 'ports' | 'clockOffsetMs' | 'paths' | 'missing'> {
  /** How far the offset may be from the truth, ms. */
  clockErrorMs: number;
  /** Silent and slow paths, sets that were refused. */
  remarks: string[];
}

/** What is told about a target, kept from frame to frame. */
export class TargetStatus {
  private failures = 0;
  private failuresInRow = 0;
  private lastSuccessMs: number | null = null;
  private lastError: TargetHealth['lastError'] = null;
  private toldAtMs = Number.NEGATIVE_INFINITY;
  private told = '';

  constructor(
    private readonly config: GnmiConfig,
    private readonly collectorId: string,
    private readonly clock: Clock,
    private readonly meter: IntervalMeter,
  ) {}

  succeeded(): void {
    this.failuresInRow = 0;
    this.lastSuccessMs = this.clock.now();
  }

  failed(message: string): void {
    this.failures++;
    this.failuresInRow++;
    this.lastError = { atMs: this.clock.now(), message };
  }

  private stateAt(nowMs: number, remarks: readonly string[]): TargetHealth['state'] {
    if (this.lastSuccessMs === null) return this.failures > 0 ? 'down' : 'starting';
    if (this.failuresInRow >= FAILURES_DOWN) return 'down';
    const recent = this.lastError !== null && nowMs - this.lastError.atMs < 3 * this.config.interval;
    return recent || remarks.length > 0 ? 'degraded' : 'ok';
  }

  /** The document to send, or null while nothing new is worth telling. */
  toTell(details: () => HealthDetails): TargetHealth | null {
    const nowMs = this.clock.now();
    const key = `${this.failures}|${this.lastSuccessMs === null}|${this.failuresInRow}`;
    if (key === this.told && nowMs - this.toldAtMs < Math.min(REPEAT_MS, this.config.interval)) return null;
    this.told = key;
    this.toldAtMs = nowMs;
    const { ports, clockOffsetMs, clockErrorMs, paths, missing, remarks } = details();
    const achievedIntervalMs = this.meter.achievedIntervalMs();
    return {
      target: this.config.name,
      device: this.config.name,
      collector: 'gnmi',
      address: this.config.address,
      state: this.stateAt(nowMs, remarks),
      lastSuccessMs: this.lastSuccessMs,
      lastError: this.lastError,
      polls: this.meter.polls,
      failures: this.failures,
      ports,
      clockOffsetMs,
      ...(clockOffsetMs === null ? {} : { clockErrorMs }),
      paths,
      missing,
      refused: remarks,
      // Detectors ask for two intervals in a row.
      shortestStormMs: achievedIntervalMs === null ? null : 2 * achievedIntervalMs,
      collectedBy: this.collectorId,
      atMs: nowMs,
    };
  }
}
