import type { Clock } from '../../lib/clock.ts';
import type { IntervalMeter } from '../../lib/collect/poll-loop.ts';
import type { ReportedHealth } from '../../lib/collect/types.ts';
import type { TargetHealth } from '../../lib/events/events.ts';
import type { SnmpConfig } from './config.ts';
import type { SystemClock } from './device-clock.ts';
import type { PathBoard } from './path-board.ts';

/** Health is told at once when it changes, and otherwise this often. */
const REPEAT_MS = 10_000;
/** Failures in a row after which a target that had answered is down rather than degraded. */
const FAILURES_DOWN = 3;

/** What is told about a target, kept from poll to poll. */
export class TargetStatus {
  private failures = 0;
  private failuresInRow = 0;
  private lastSuccessMs: number | null = null;
  private lastError: TargetHealth['lastError'] = null;
  private toldAtMs = Number.NEGATIVE_INFINITY;
  private toldState = '';
  ports = 0;
  missing: string[] = [];
  refused: string[] = [];
  notes: readonly string[] = [];

  constructor(
    private readonly config: SnmpConfig,
    private readonly collectorId: string,
    private readonly clock: Clock,
    private readonly meter: IntervalMeter,
    private readonly paths: PathBoard,
    private readonly deviceClock: SystemClock,
  ) {}

  /** A poll gave a reading. `error` says what of it failed, if anything. */
  succeeded(error: string | null): void {
    this.failuresInRow = 0;
    this.lastSuccessMs = this.clock.now();
    if (error !== null) this.fail(error);
  }

  /** A poll gave nothing. */
  failed(error: string): void {
    this.failuresInRow++;
    this.fail(error);
  }

  get everSucceeded(): boolean {
    return this.lastSuccessMs !== null;
  }

  get state(): TargetHealth['state'] {
    if (this.lastSuccessMs === null) return this.failures > 0 ? 'down' : 'starting';
    if (this.failuresInRow >= FAILURES_DOWN) return 'down';
    const recent = this.lastError !== null && this.clock.now() - this.lastError.atMs < 3 * this.config.interval;
    return recent ? 'degraded' : 'ok';
  }

  /** The document to send, or null while nothing new is worth telling. */
  toTell(): ReportedHealth | null {
    const nowMs = this.clock.now();
    const { state } = this;
    const { errorMs, note } = this.deviceClock;
    const achievedIntervalMs = this.meter.achievedIntervalMs();
    const key = `${state}|${this.lastError?.message ?? ''}|${this.ports}`;
    if (key === this.toldState && nowMs - this.toldAtMs < REPEAT_MS) return null;
    this.toldState = key;
    this.toldAtMs = nowMs;
    return {
      target: this.config.name,
      device: this.config.name,
      collector: 'snmp',
      address: this.config.address,
      state,
      lastSuccessMs: this.lastSuccessMs,
      lastError: this.lastError,
      polls: this.meter.polls,
      failures: this.failures,
      ports: this.ports,
      clockOffsetMs: this.deviceClock.offsetMs,
      ...(errorMs === null ? {} : { clockErrorMs: errorMs }),
      paths: this.paths.report(nowMs),
      missing: this.missing,
      refused: this.refused,
      notes: note === null ? [...this.notes] : [...this.notes, note],
      // Detectors ask for two intervals in a row.
      shortestStormMs: achievedIntervalMs === null ? null : 2 * achievedIntervalMs,
      collectedBy: this.collectorId,
      atMs: nowMs,
    };
  }

  private fail(message: string): void {
    this.failures++;
    this.lastError = { atMs: this.clock.now(), message };
  }
}
