import { join } from 'node:path';
import { readStateFile, stateFileName, writeStateFile } from '../../lib/collect/state-file.ts';
import type { CollectorContext } from '../../lib/collect/types.ts';
import type { CollectorError } from '../../lib/errors.ts';
import { asFailure } from './advice.ts';
import type { SnmpConfig } from './config.ts';
import { type DeviceMap, discover, fromSaved, toSaved } from './device-map.ts';
import { readHead } from './discovery/device.ts';
import { Turns } from './turns.ts';
import type { SnmpSession } from './wire/session.ts';

/** Longest wait after a failed discovery, and shortest between two that a change asked for, ms: discovery is heavy. */
const RETRY_MS = 30_000;
/** Discovery makes an object of every value: a fabric's switches take it in turns, which bounds memory at the start. */
const discoveries = new Turns(16, 10_000);

/** Who wants to know what a survey finds. */
export interface SurveyOwner {
  found(map: DeviceMap): void;
  /** The device itself was looked at; a map may also come from what was saved. */
  surveyed(): void;
  failed(error: CollectorError): Promise<void>;
}

/**
 * Finds out, rarely, what a device is and has: when it is due, when the device has changed, and after a failure. What
 * was found is kept in the state directory, so that a restarted collector can read counters at once.
 */
export class Survey {
  private readonly stateFile: string;
  private running: Promise<void> | null = null;
  private dueMs = 0;
  private startedMs = Number.NEGATIVE_INFINITY;
  private trapMs = Number.NEGATIVE_INFINITY;
  private failures = 0;
  /** Parts that could not be read were asked once more soon: one broken answer should not cost them for long. */
  private askedAgain = false;

  constructor(
    private readonly session: SnmpSession,
    private readonly config: SnmpConfig,
    private readonly context: CollectorContext,
    private readonly owner: SurveyOwner,
  ) {
    this.stateFile = join(context.stateDir, `snmp-${stateFileName(config.name)}`);
  }

  /** Where there is no map yet: takes the saved one where it still holds, else surveys the device now. */
  async first(): Promise<void> {
    const nowMs = this.context.clock.now();
    if (this.running !== null || nowMs < this.dueMs) return;
    const saved = fromSaved(readStateFile(this.stateFile), this.config.address, await readHead(this.session));
    if (saved !== null) {
      this.owner.found(saved);
      // The map is used at once and checked soon, spread by the caller's own pace.
      this.dueMs = nowMs + this.config.interval;
      return;
    }
    this.begin();
    await this.running;
  }

  /** Surveys the device in the background when it is time; polls go on with the old map meanwhile. */
  beginWhenDue(): boolean {
    const due = this.context.clock.now() >= this.dueMs;
    if (due) this.begin();
    return due;
  }

  /** An index may mean another port now. */
  deviceRestarted(): void {
    this.dueMs = 0;
  }

  /** Rows, interfaces or neighbours are not as they were. A flapping table must not keep the device busy. */
  deviceChanged(): void {
    this.dueMs = Math.min(this.dueMs, Math.max(this.startedMs + RETRY_MS, this.context.clock.now()));
  }

  /** The device says so itself: at once, but not for each of many traps. */
  deviceTrapped(): void {
    const nowMs = this.context.clock.now();
    const soonestMs = this.trapMs + RETRY_MS;
    if (nowMs >= soonestMs) this.trapMs = nowMs;
    this.dueMs = Math.min(this.dueMs, Math.max(nowMs, soonestMs));
  }

  save(map: DeviceMap): void {
    writeStateFile(this.stateFile, toSaved(this.config.address, map));
  }

  private begin(): void {
    if (this.running !== null) return;
    this.startedMs = this.context.clock.now();
    this.dueMs = this.startedMs + this.config.discovery;
    this.running = this.once().finally(() => {
      this.running = null;
    });
  }

  private askUnreadAgain({ unread }: DeviceMap): void {
    if (unread.length > 0 && !this.askedAgain) this.dueMs = Math.min(this.dueMs, this.context.clock.now() + RETRY_MS);
    this.askedAgain = unread.length > 0;
  }

  private async once(): Promise<void> {
    try {
      const map = await discoveries.run(() => discover(this.session, this.config));
      this.failures = 0;
      this.askUnreadAgain(map);
      this.owner.found(map);
      this.owner.surveyed();
      this.save(map);
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code === 'cancelled') return;
      // Soon after the first failure, which may have been one lost answer; then half as often each time.
      const waitMs = Math.min(RETRY_MS, this.config.interval * 2 ** this.failures);
      this.failures++;
      this.dueMs = this.context.clock.now() + waitMs;
      await this.owner.failed(failure);
    }
  }
}
