import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { CollectorError, errorMessage } from '../../../lib/errors.ts';
import { TAG } from './ber.ts';
import { type BurstMember, type Bursts, openBursts } from './bursts.ts';
import { deadlines, type Overdue } from './deadlines.ts';
import { type Answer, getPdu, REQUEST_ID_BASE, type RequestPdu } from './message.ts';
import type { Security } from './security.ts';
import { type Sender, sendTurn } from './send-turn.ts';

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

/**
 * Called exactly once per request, never from inside `ask`. An answer handler may throw a ParseError: the try then
 * counts as failed. The bytes of an answer are valid during the call only.
 */
export interface AnswerHandler {
  answered(answer: Answer): void;
  failed(error: CollectorError): void;
}

interface Queued {
  pdu: RequestPdu;
  handler: AnswerHandler;
}

/** A place in flight, used again and again. */
interface Slot extends Queued {
  index: number;
  busy: boolean;
  requestId: number;
  sentMs: number;
  deadlineMs: number;
  tries: number;
  /** Reports that made us ask again (v3 engine discovery, time window); bounded, so an agent cannot keep us busy. */
  reports: number;
  /** The last try that was given up, and when it was sent: what still comes of it says how late the device is. */
  overdueId: number;
  overdueSentMs: number;
  /** What came while it waited and was not taken: told in the place of silence. */
  refusal: CollectorError | null;
}

/** What to do about answers that come too late; in the message of each failure that is due to it. */
export const RAISE_TIMEOUT = 'so raise timeout';

const NOBODY: AnswerHandler = { answered: () => {}, failed: () => {} };
const NOTHING = getPdu([]);

function idleSlot(index: number): Slot {
  return {
    index,
    busy: false,
    pdu: NOTHING,
    handler: NOBODY,
    requestId: 0,
    sentMs: 0,
    deadlineMs: 0,
    tries: 0,
    reports: 0,
    overdueId: 0,
    overdueSentMs: 0,
    refusal: null,
  };
}

const MAX_REPORTS = 3;
/** Slot number bits in a request id; the rest counts up, so a late answer to an earlier use is not taken. */
const SLOT_BITS = 6;
const GENERATIONS = 0x00ff_ffff;
const RECEIVE_BUFFER_BYTES = 1 << 20;

/** Counts of what was refused, for target health and tests. */
export interface SessionCounts {
  requests: number;
  retries: number;
  timeouts: number;
  malformed: number;
  /** Answers to nothing we are waiting for: late, duplicate or forged. */
  unexpected: number;
}

/**
 * One UDP socket to one device. The socket is connected, so the kernel drops datagrams from any other address or
 * port; an answer must also carry the request id of a slot in flight.
 */
export class SnmpSession implements Overdue, BurstMember, Sender {
  readonly counts: SessionCounts = { requests: 0, retries: 0, timeouts: 0, malformed: 0, unexpected: 0 };
  private socket: Socket | null = null;
  /** Where datagrams are read and sent in bursts: by whom, and the socket's number. */
  private bursts: Bursts | null = null;
  private descriptor = -1;
  private opening: Promise<void> | null = null;
  private readonly slots: Slot[];
  private inFlight = 0;
  private generation = Math.floor(Math.random() * GENERATIONS);
  private readonly urgent: Queued[] = [];
  /** First of `urgent` that has not been sent. */
  private urgentAt = 0;
  private readonly patient: Queued[] = [];
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
    (priority === 'urgent' ? this.urgent : this.patient).push({ pdu, handler });
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
    for (const { handler } of this.takeUrgent()) handler.failed(error);
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
    const address = isIP(host) > 0 ? host : await resolveHost(host);
    const family = isIP(address) === 6 ? 6 : 4;
    const bursts = await this.findBursts();
    const socket = createSocket({ type: `udp${family}` });
    const descriptor = bursts?.bind(socket, family) ?? null;
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(port, address, () => {
        socket.off('error', reject);
        resolve();
      });
    }).catch((error: unknown) => {
      socket.close();
      throw new CollectorError('unreachable', `cannot reach ${host}:${port}: ${errorMessage(error)}`, { cause: error });
    });
    if (this.closed) {
      socket.close();
      throw new CollectorError('cancelled', 'stopped');
    }
    growReceiveBuffer(socket);
    socket.on('error', (error) => this.socketFailed(error));
    this.socket = socket;
    if (bursts !== null && descriptor !== null && bursts.join(descriptor, this)) {
      this.bursts = bursts;
      this.descriptor = descriptor;
      socket.on('message', (datagram) => {
        this.received(datagram);
        bursts.drain();
      });
    } else {
      socket.on('message', (datagram) => this.received(datagram));
    }
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
    if (this.closed || this.inFlight === this.slots.length || !this.isWaiting()) return;
    if (this.socket === null) {
      this.open().then(
        () => this.pump(),
        (error: unknown) => this.failAll(asCollectorError(error)),
      );
      return;
    }
    for (const slot of this.slots) {
      if (slot.busy) continue;
      const next = this.nextQueued();
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

  private isWaiting(): boolean {
    return this.urgentAt < this.urgent.length || this.patient.length > 0;
  }

  private nextQueued(): Queued | undefined {
    const next = this.urgent[this.urgentAt];
    if (next === undefined) return this.patient.shift();
    this.urgentAt++;
    if (this.urgentAt === this.urgent.length) {
      this.urgent.length = 0;
      this.urgentAt = 0;
    }
    return next;
  }

  private takeUrgent(): Queued[] {
    const waiting = this.urgent.slice(this.urgentAt);
    this.urgent.length = 0;
    this.urgentAt = 0;
    return waiting;
  }

  private send(slot: Slot): void {
    const { options, socket } = this;
    this.generation = (this.generation + 1) & GENERATIONS;
    // The generation leaves bit 30 set and the sign bit clear: always four octets.
    slot.requestId = REQUEST_ID_BASE + (this.generation << SLOT_BITS) + slot.index;
    slot.tries++;
    if (slot.tries > 1) this.counts.retries++;
    slot.sentMs = performance.now();
    slot.deadlineMs = slot.sentMs + options.timeoutMs;
    const datagram = options.security.wrap(slot.pdu, slot.requestId);
    if (this.bursts === null || !this.bursts.send(this.descriptor, datagram)) socket?.send(datagram);
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
    if (this.isWaiting()) this.pumpSoon();
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
    const queued = [...this.takeUrgent(), ...this.patient.splice(0)];
    for (const slot of this.slots) if (slot.busy) this.fail(slot, error);
    for (const { handler } of queued) handler.failed(error);
  }

  private dropSocket(): void {
    this.bursts?.leave(this.descriptor);
    this.bursts = null;
    this.socket?.removeAllListeners();
    // A socket that is being closed may still emit an error; nobody needs to hear it.
    this.socket?.on('error', () => {});
    this.socket?.close();
    this.socket = null;
  }
}

async function resolveHost(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw new CollectorError('unreachable', `the name ${host} does not resolve: check the target's address`, {
      cause: error,
    });
  }
}

/** A burst of large answers must fit; the kernel may grant less, which only costs retries. */
function growReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // Not permitted here: the default size works, with more retries under load.
    return;
  }
}

function asCollectorError(error: unknown): CollectorError {
  if (error instanceof CollectorError) return error;
  return new CollectorError('malformed', errorMessage(error), { cause: error });
}
