import type { CollectorError } from '../../../lib/errors.ts';
import type { Answer, RequestPdu } from './message.ts';

/**
 * Called exactly once per request, never from inside `ask`. An answer handler may throw a ParseError: the try then
 * counts as failed. The bytes of an answer are valid during the call only.
 */
export interface AnswerHandler {
  answered(answer: Answer): void;
  failed(error: CollectorError): void;
}

/** A request that waits for its turn. */
export interface Queued {
  pdu: RequestPdu;
  handler: AnswerHandler;
}

/** Requests to one device that have not been sent. What is patient goes only when nothing urgent waits. */
export class RequestQueue {
  private readonly urgent: Queued[] = [];
  /** First of `urgent` that has not been sent: moving the rest up for each would cost more than sending it. */
  private urgentAt = 0;
  private readonly patient: Queued[] = [];

  add(request: Queued, priority: 'urgent' | 'patient'): void {
    (priority === 'urgent' ? this.urgent : this.patient).push(request);
  }

  get isEmpty(): boolean {
    return this.urgentAt >= this.urgent.length && this.patient.length === 0;
  }

  next(): Queued | undefined {
    const next = this.urgent[this.urgentAt];
    if (next === undefined) return this.patient.shift();
    this.urgentAt++;
    if (this.urgentAt === this.urgent.length) this.forgetUrgent();
    return next;
  }

  takeUrgent(): Queued[] {
    const waiting = this.urgent.slice(this.urgentAt);
    this.forgetUrgent();
    return waiting;
  }

  takeAll(): Queued[] {
    return [...this.takeUrgent(), ...this.patient.splice(0)];
  }

  private forgetUrgent(): void {
    this.urgent.length = 0;
    this.urgentAt = 0;
  }
}
