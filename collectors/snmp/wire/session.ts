import { CollectorError, errorMessage } from '../../../lib/errors.ts';
import { TAG } from './ber.ts';
import { type BurstMember, type Bursts, openBursts } from './bursts.ts';
import { deadlines, type Overdue } from './deadlines.ts';
import { DeviceSocket } from './device-socket.ts';
import { type Answer, REQUEST_ID_BASE, type RequestPdu } from './message.ts';
import { type AnswerHandler, RequestQueue } from './request-queue.ts';
import type { Security } from './security.ts';
import { type Sender, sendTurn } from './send-turn.ts';
import { idleSlot, NOBODY, type Slot } from './slot.ts';

export interface SessionOptions {
  host: string;
  port: number;
  security: Security;
  /** Time one try of a request may take. */
  timeoutMs: number;
  /** Tries after the first. */
  retries: number;
  /** Requests a device is asked at once; agents drop bursts. */
  maxInFlight: number;
  /** Largest answer that walks ask for, where a frame is too much already. */
  maxAnswerBytes?: number;
}

/** What to do about answers that come too late; in the message of each failure that is due to it. */
export const RAISE_TIMEOUT = 'so raise timeout';

const MAX_REPORTS = 3;
/** Slot number bits in a request id; the rest counts up, so a late answer to an earlier use is not taken. */
const SLOT_BITS = 6;
const GENERATIONS = 0x00ff_ffff;

/** Counts of what was refused, for target health and tests. */
export interface SessionCounts {
  requests: number;
  retries: number;
  timeouts: number;
  malformed: number;
  /** Answers to nothing we are waiting for: late, duplicate or forged. */
  unexpected: number;
}

/** Requests to one device and their answers: an answer must carry the request id of a slot in flight. */
export class SnmpSession implements Overdue, BurstMember, Sender {
  readonly counts: SessionCounts = { requests: 0, retries: 0, timeouts: 0, malformed: 0, unexpected: 0 };
  private socket: DeviceSocket | null = null;
  private opening: Promise<void> | null = null;
  private readonly slots: Slot[];
  private inFlight = 0;
  private generation = Math.floor(Math.random() * GENERATIONS);
  private readonly queue = new RequestQueue();
  private pumpQueued = false;
  private closed = false;
  /** How long the last answer took that came after its deadline, ms; null = the last one came in time. */
  private lateMs: number | null = null;

  constructor(
    readonly options: SessionOptions,
    private readonly findBursts: () => Promise<Bursts | null> = openBursts,
  ) {
    const slots = Math.max(1, Math.min(options.maxInFlight, 1 << SLOT_BITS));
    this.slots = Array.from({ length: slots }, (_, index) => idleSlot(index));
  }

  get engineBoots(): number | null {
    return this.options.security.engineBoots;
  }

  /** Resolves the address and connects the socket; again after a failure. */
  async open(): Promise<void> {
    if (this.socket !== null) return;
    this.opening ??= this.connect().finally(() => {
      this.opening = null;
    });
    await this.opening;
  }

  /** Queues a request. Counters are urgent; discovery waits until no counter request does. */
  ask(pdu: RequestPdu, handler: AnswerHandler, priority: 'urgent' | 'patient' = 'urgent'): void {
    if (this.closed) {
      queueMicrotask(() => handler.failed(new CollectorError('cancelled', 'stopped')));
      return;
    }
    this.queue.add({ pdu, handler }, priority);
    this.pumpSoon();
  }

  /** The same as a promise, for the rare path. */
  request(pdu: RequestPdu, priority: 'urgent' | 'patient' = 'patient'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const answered = (answer: Answer): void => resolve({ ...answer, bytes: Buffer.from(answer.bytes) });
      this.ask(pdu, { answered, failed: reject }, priority);
    });
  }

  /** Fails the urgent requests that have not been sent yet: the rest of a poll of a device that stopped answering. */
  abandonQueued(error: CollectorError): void {
    for (const { handler } of this.queue.takeUrgent()) handler.failed(error);
  }

  /** Fails whatever waits and frees the socket. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.failAll(new CollectorError('cancelled', 'stopped'));
    this.dropSocket();
    deadlines.remove(this);
  }

  expire(nowMs: number): void {
    for (const slot of this.slots) {
      if (!slot.busy || slot.deadlineMs > nowMs) continue;
      this.counts.timeouts++;
      slot.overdueId = slot.requestId;
      slot.overdueSentMs = slot.sentMs;
      if (slot.tries <= this.options.retries) this.send(slot);
      else this.fail(slot, this.overdueError(slot));
    }
    this.pump();
  }

  private async connect(): Promise<void> {
    const { host, port } = this.options;
    const socket = await DeviceSocket.open(host, port, await this.findBursts(), this);
    if (this.closed) {
      socket.close();
      throw new CollectorError('cancelled', 'stopped');
    }
    this.socket = socket;
  }

  private pumpSoon(): void {
    if (this.pumpQueued) return;
    this.pumpQueued = true;
    sendTurn.add(this);
  }

  sendQueued(): void {
    this.pumpQueued = false;
    this.pump();
  }

  private pump(): void {
    if (this.closed || this.inFlight === this.slots.length || this.queue.isEmpty) return;
    if (this.socket === null) {
      this.open().then(
        () => this.pump(),
        (error: unknown) => this.failAll(asCollectorError(error)),
      );
      return;
    }
    for (const slot of this.slots) {
      if (slot.busy) continue;
      const next = this.queue.next();
      if (next === undefined) return;
      slot.pdu = next.pdu;
      slot.handler = next.handler;
      slot.busy = true;
      slot.tries = 0;
      slot.reports = 0;
      slot.refusal = null;
      this.inFlight++;
      if (this.inFlight === 1) deadlines.add(this);
      this.counts.requests++;
      this.send(slot);
    }
  }

  private send(slot: Slot): void {
    const { options } = this;
    this.generation = (this.generation + 1) & GENERATIONS;
    // The generation leaves bit 30 set and the sign bit clear: always four octets.
    slot.requestId = REQUEST_ID_BASE + (this.generation << SLOT_BITS) + slot.index;
    slot.tries++;
    if (slot.tries > 1) this.counts.retries++;
    slot.sentMs = performance.now();
    slot.deadlineMs = slot.sentMs + options.timeoutMs;
    this.socket?.send(options.security.wrap(slot.pdu, slot.requestId));
  }

  received(datagram: Buffer): void {
    const receivedMs = performance.now();
    let answer: Answer;
    try {
      answer = this.options.security.unwrap(datagram);
    } catch (error) {
      this.refused(error);
      return;
    }
    const slot = this.slots[answer.requestId & ((1 << SLOT_BITS) - 1)];
    if (!slot?.busy || slot.requestId !== answer.requestId) {
      this.counts.unexpected++;
      if (slot?.overdueId === answer.requestId) this.lateMs = receivedMs - slot.overdueSentMs;
      return;
    }
    answer.sentMs = slot.sentMs;
    answer.receivedMs = receivedMs;
    if (answer.tag === TAG.report) this.reported(slot, answer);
    else this.deliver(slot, answer);
    if (!this.queue.isEmpty) this.pumpSoon();
  }

  private deliver(slot: Slot, answer: Answer): void {
    this.lateMs = null;
    // Free the slot first: the handler may queue the next request.
    const handler = this.free(slot);
    try {
      handler.answered(answer);
    } catch (error) {
      this.counts.malformed++;
      handler.failed(asCollectorError(error));
    }
  }

  private reported(slot: Slot, report: Answer): void {
    const verdict = this.options.security.onReport(report);
    if (verdict !== 'resend') {
      this.fail(slot, verdict);
    } else if (slot.reports < MAX_REPORTS) {
      slot.reports++;
      slot.tries--;
      this.send(slot);
    } else {
      this.fail(slot, new CollectorError('unauthorized', 'the agent keeps refusing our engine time'));
    }
  }

  /**
   * Bytes that are no answer. With one request in flight they can only be its answer; else its deadline tells. What is
   * not shown to be the device's may be anybody's, sent again: the true answer may still come.
   */
  private refused(error: unknown): void {
    this.counts.malformed++;
    const refusal = asCollectorError(error);
    const waiting = this.slots.filter((slot) => slot.busy);
    for (const slot of waiting) slot.refusal = refusal;
    const [only] = waiting;
    if (only === undefined || waiting.length > 1 || refusal.code === 'unauthorized') return;
    if (only.tries <= this.options.retries) this.send(only);
    else this.fail(only, refusal);
    this.pump();
  }

  private overdueError(slot: Slot): CollectorError {
    if (slot.refusal !== null) return slot.refusal;
    const { timeoutMs, retries } = this.options;
    const tries = retries === 0 ? '1 try' : `${retries + 1} tries`;
    const late = this.lateMs === null ? '' : `: answers come after ${Math.round(this.lateMs)} ms, ${RAISE_TIMEOUT}`;
    return new CollectorError('timeout', `no answer within ${timeoutMs} ms (${tries})${late}`, { retryable: true });
  }

  private free(slot: Slot): AnswerHandler {
    const { handler } = slot;
    slot.busy = false;
    slot.handler = NOBODY;
    this.inFlight--;
    if (this.inFlight === 0) deadlines.remove(this);
    return handler;
  }

  private fail(slot: Slot, error: CollectorError): void {
    this.free(slot).failed(error);
  }

  /** ECONNREFUSED and its like: nobody listens there now. What is in flight fails at once, the next poll tries again. */
  socketFailed(error: Error): void {
    const refused = 'code' in error && error.code === 'ECONNREFUSED';
    const reason = refused ? 'nothing listens on that port (connection refused)' : errorMessage(error);
    this.dropSocket();
    this.failAll(new CollectorError('unreachable', reason, { cause: error, retryable: true }));
  }

  private failAll(error: CollectorError): void {
    const queued = this.queue.takeAll();
    for (const slot of this.slots) if (slot.busy) this.fail(slot, error);
    for (const { handler } of queued) handler.failed(error);
  }

  private dropSocket(): void {
    this.socket?.close();
    this.socket = null;
  }
}

function asCollectorError(error: unknown): CollectorError {
  if (error instanceof CollectorError) return error;
  return new CollectorError('malformed', errorMessage(error), { cause: error });
}
