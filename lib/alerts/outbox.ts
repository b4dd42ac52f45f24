import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Delivery } from '../api/types.ts';
import { SEVERITIES } from '../kinds.ts';
import type { Logger } from '../logger.ts';
import { writeFileAtomically } from './files.ts';
import { digest } from './fingerprint.ts';
import type { AlertMessage } from './types.ts';

/** Finished deliveries that are kept for the delivery log. */
const KEEP_FINISHED = 500;

/** One message for one receiver, with how its delivery goes. */
export interface OutboxEntry {
  delivery: Delivery;
  message: AlertMessage;
}

/** As much of a stored entry as must be right for it to be sent; the rest is our own JSON. */
const storedEntry = z.object({
  delivery: z.looseObject({
    id: z.string(),
    receiver: z.string(),
    createdMs: z.number(),
    attempts: z.number(),
    state: z.enum(['pending', 'delivered', 'rejected', 'expired']),
  }),
  message: z.looseObject({
    id: z.string(),
    event: z.enum(['alert.firing', 'alert.resolved', 'test']),
    fingerprint: z.string(),
    severity: z.enum(SEVERITIES),
  }),
});

/**
 * Fourth stage: messages wait here, one file each, until their receiver has them. What `add` resolved for survives
 * kill -9. One process owns the directory.
 */
export class Outbox {
  readonly #directory: string;
  readonly #entries: Map<string, OutboxEntry>;

  private constructor(directory: string, entries: Map<string, OutboxEntry>) {
    this.#directory = directory;
    this.#entries = entries;
  }

  /** Reads what waits. A file nobody can read is set aside as `.bad` and logged. */
  static async open(directory: string, logger: Logger): Promise<Outbox> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const entries: OutboxEntry[] = [];
    for (const file of await readdir(directory)) {
      const path = join(directory, file);
      if (file.endsWith('.tmp')) await rm(path, { force: true });
      if (!file.endsWith('.json')) continue;
      try {
        entries.push(storedEntry.parse(JSON.parse(await readFile(path, 'utf8'))) as unknown as OutboxEntry);
      } catch (error) {
        logger.error({ file, err: error }, 'alert outbox: unreadable message set aside');
        await rename(path, `${path}.bad`);
      }
    }
    entries.sort((a, b) => a.delivery.createdMs - b.delivery.createdMs);
    return new Outbox(directory, new Map(entries.map((entry) => [entry.delivery.id, entry])));
  }

  /** Makes a message durable. The same message for the same receiver is only kept once. */
  async add(receiver: string, kind: string, message: AlertMessage, nowMs: number): Promise<Delivery> {
    const id = digest(receiver, message.id);
    const known = this.#entries.get(id);
    if (known) return known.delivery;
    const delivery: Delivery = {
      id,
      receiver,
      kind,
      event: message.event,
      incident: message.incident,
      summary: message.summary,
      createdMs: nowMs,
      attempts: 0,
      lastAttemptMs: null,
      nextAttemptMs: nowMs,
      state: 'pending',
      lastReason: null,
      lastStatus: null,
    };
    await this.#save({ delivery, message });
    return delivery;
  }

  /** Makes the outcome of an attempt durable. */
  async update(delivery: Delivery): Promise<void> {
    const entry = this.#entries.get(delivery.id);
    if (!entry) return;
    await this.#save({ ...entry, delivery });
    if (delivery.state !== 'pending') await this.#prune();
  }

  /** What waits, oldest first; only the oldest of each receiver and alert, so that "resolved" never overtakes "firing". */
  nextInLine(): OutboxEntry[] {
    const first = new Map<string, OutboxEntry>();
    for (const entry of this.#entries.values()) {
      if (entry.delivery.state !== 'pending') continue;
      const line = `${entry.delivery.receiver}\0${entry.message.fingerprint}`;
      if (!first.has(line)) first.set(line, entry);
    }
    return [...first.values()];
  }

  /** Newest first. */
  deliveries(): Delivery[] {
    return [...this.#entries.values()].map((entry) => entry.delivery).reverse();
  }

  async #save(entry: OutboxEntry): Promise<void> {
    await writeFileAtomically(this.#path(entry.delivery.id), JSON.stringify(entry));
    this.#entries.set(entry.delivery.id, entry);
  }

  async #prune(): Promise<void> {
    const finished = [...this.#entries.values()].filter((entry) => entry.delivery.state !== 'pending');
    for (const { delivery } of finished.slice(0, Math.max(0, finished.length - KEEP_FINISHED))) {
      this.#entries.delete(delivery.id);
      await rm(this.#path(delivery.id), { force: true });
    }
  }

  #path(id: string): string {
    return join(this.#directory, `${id}.json`);
  }
}
