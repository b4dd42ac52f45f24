import { join } from 'node:path';
import type { Delivery } from '../api/types.ts';
import type { Clock } from '../clock.ts';
import type { Incident } from '../diagnosis/incident.ts';
import { errorMessage, NotifyError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { ReceiverConfig } from './config.ts';
import { deduplicate } from './deduplicate.ts';
import { afterAttempt } from './deliver.ts';
import { messageOf, testMessage } from './message.ts';
import { Outbox, type OutboxEntry } from './outbox.ts';
import { createReceivers, type Receiver } from './receivers.ts';
import { ToldState } from './told.ts';
import type { AlertService } from './types.ts';

export interface AlertServiceOptions {
  receivers: readonly ReceiverConfig[];
  /** Owned by this service: outbox and memory. */
  directory: string;
  clock: Clock;
  logger: Logger;
  /** How people reach the dashboard; null leaves links out. */
  baseUrl: string | null;
  /** Uniform in [0, 1); for tests. */
  random?: () => number;
}

/** Messages under way at once, over all receivers. */
const CONCURRENCY = 8;
/** Longest sleep: the clock may be set, and a missed wake-up must not cost more than this. */
const MAX_SLEEP_MS = 60_000;

/** Opens the outbox and wires the stages: select, deduplicate, word, keep, deliver. */
export async function createAlertService(options: AlertServiceOptions): Promise<AlertService> {
  const outbox = await Outbox.open(join(options.directory, 'outbox'), options.logger);
  const told = await ToldState.open(join(options.directory, 'told.json'), options.logger);
  return new DurableAlertService(options, outbox, told);
}

class DurableAlertService implements AlertService {
  readonly #options: AlertServiceOptions;
  readonly #outbox: Outbox;
  readonly #told: ToldState;
  readonly #listeners = new Set<(delivery: Delivery) => void>();
  readonly #underWay = new Map<string, Promise<void>>();
  #receivers: Map<string, Receiver>;
  /** Versions of incidents are judged one batch after another. */
  #judging: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};

  constructor(options: AlertServiceOptions, outbox: Outbox, told: ToldState) {
    this.#options = options;
    this.#outbox = outbox;
    this.#told = told;
    this.#receivers = createReceivers(options.receivers, options.clock);
  }

  onIncidents(incidents: readonly Incident[]): Promise<void> {
    const judged = this.#judging.then(() => this.#judge(incidents));
    this.#judging = judged.catch(() => undefined);
    return judged;
  }

  async #judge(incidents: readonly Incident[]): Promise<void> {
    let changed = false;
    for (const receiver of this.#receivers.values()) {
      for (const incident of incidents) {
        if (await this.#judgeOne(receiver, incident)) changed = true;
      }
    }
    // After the outbox: a crash in between says a message again under its old id, never not at all.
    if (changed) await this.#told.save(this.#options.clock.now());
  }

  async #judgeOne(receiver: Receiver, incident: Incident): Promise<boolean> {
    const nowMs = this.#options.clock.now();
    const before = this.#told.get(receiver.name, incident.id);
    const { told, notices } = deduplicate(before, incident, receiver.config.minSeverity, nowMs);
    for (const notice of notices) {
      const message = messageOf(incident, notice, this.#options.baseUrl);
      this.#tell(await this.#outbox.add(receiver.name, receiver.config.kind, message, nowMs));
    }
    if (told === undefined || notices.length === 0) return false;
    this.#told.set(receiver.name, incident.id, told);
    this.#wake();
    return true;
  }

  deliveries(): Delivery[] {
    return this.#outbox.deliveries();
  }

  onDelivery(listener: (delivery: Delivery) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async sendTest(name: string): Promise<Delivery> {
    const receiver = this.#receivers.get(name);
    if (!receiver) throw new NotifyError('not_found', `there is no receiver "${name}"`);
    const nowMs = this.#options.clock.now();
    const id = `test.${nowMs.toString(36)}.${Math.floor(Math.random() * 1e9).toString(36)}`;
    const message = testMessage(name, id, nowMs, this.#options.baseUrl);
    const delivery = await this.#outbox.add(name, receiver.config.kind, message, nowMs);
    this.#tell(delivery);
    this.#wake();
    return delivery;
  }

  setReceivers(configs: readonly ReceiverConfig[]): void {
    this.#receivers = createReceivers(configs, this.#options.clock);
    this.#wake();
  }

  async start(signal: AbortSignal): Promise<void> {
    const stop = () => this.#wake();
    signal.addEventListener('abort', stop, { once: true });
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const sleepMs = this.#sendDue(signal);
      const timer = setTimeout(() => this.#wake(), sleepMs);
      await woken;
      clearTimeout(timer);
    }
    await Promise.all(this.#underWay.values());
  }

  /** Starts every message that is due. @returns ms until the next one is */
  #sendDue(signal: AbortSignal): number {
    const nowMs = this.#options.clock.now();
    let sleepMs = MAX_SLEEP_MS;
    for (const entry of this.#outbox.nextInLine()) {
      const { id, nextAttemptMs } = entry.delivery;
      if (this.#underWay.has(id)) continue;
      const waitMs = (nextAttemptMs ?? nowMs) - nowMs;
      if (waitMs > 0) sleepMs = Math.min(sleepMs, waitMs);
      else if (this.#underWay.size < CONCURRENCY) {
        const attempt = this.#attempt(entry, signal).finally(() => {
          this.#underWay.delete(id);
          this.#wake();
        });
        this.#underWay.set(id, attempt);
      }
    }
    return sleepMs;
  }

  /** One attempt, never rejects: what cannot be recorded is tried again, and the receiver knows the id. */
  async #attempt(entry: OutboxEntry, signal: AbortSignal): Promise<void> {
    const { clock, logger, random = Math.random } = this.#options;
    const { delivery, message } = entry;
    try {
      const receiver = this.#receivers.get(delivery.receiver);
      if (!receiver) {
        await this.#finish({ ...delivery, state: 'expired', nextAttemptMs: null });
        return;
      }
      const result = await receiver.notifier.notify(message, signal);
      if (signal.aborted && result.result !== 'delivered') return;
      const after = afterAttempt(delivery, result, clock.now(), random);
      const { receiver: name, event, state, attempts, lastReason, lastStatus } = after;
      const fields = { receiver: name, event, state, attempts, reason: lastReason, status: lastStatus };
      if (state === 'delivered') logger.info(fields, 'alert delivered');
      else logger.warn(fields, 'alert not delivered');
      await this.#finish(after);
    } catch (error) {
      logger.error({ receiver: delivery.receiver, reason: errorMessage(error) }, 'alert delivery not recorded');
      await new Promise<void>((resolve) => setTimeout(resolve, 1000));
    }
  }

  async #finish(delivery: Delivery): Promise<void> {
    await this.#outbox.update(delivery);
    this.#tell(delivery);
  }

  #tell(delivery: Delivery): void {
    for (const listener of this.#listeners) listener(delivery);
  }
}
