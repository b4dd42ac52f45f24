import type { Logger } from '../../../lib/logger.ts';

/** Why a datagram was not a device's trap. */
export const REFUSALS = ['unknownSender', 'notAuthorised', 'malformed', 'tooMany'] as const;
export type Refusal = (typeof REFUSALS)[number];

const TEXT: Record<Refusal, string> = {
  unknownSender: 'no snmp target has this address',
  notAuthorised: "neither community nor user is that of the target's auth profile",
  malformed: 'not an SNMP trap or inform',
  tooMany: 'more traps than are looked at; the device is polled once a second at most',
};
/** Each reason is logged this often at most, ms. */
const LOG_EVERY_MS = 60_000;

/** Counts what was refused and says so now and then: anyone can send a datagram, nobody may fill the log with it. */
export class TrapTally {
  readonly counts: Record<Refusal, number> = { unknownSender: 0, notAuthorised: 0, malformed: 0, tooMany: 0 };
  private readonly loggedMs = new Map<Refusal, number>();

  constructor(private readonly logger: Logger) {}

  /** @param from the address alone: nothing that was in the datagram is ever logged */
  refuse(reason: Refusal, from: string): void {
    const count = ++this.counts[reason];
    const nowMs = performance.now();
    if (nowMs - (this.loggedMs.get(reason) ?? Number.NEGATIVE_INFINITY) < LOG_EVERY_MS) return;
    this.loggedMs.set(reason, nowMs);
    this.logger.warn({ from, reason: TEXT[reason], count }, 'trap refused');
  }
}
