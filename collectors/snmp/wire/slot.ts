import type { CollectorError } from '../../../lib/errors.ts';
import { getPdu } from './message.ts';
import type { AnswerHandler, Queued } from './request-queue.ts';

/** A place in flight, used again and again. */
export interface Slot extends Queued {
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

/** Of a place that nothing waits at. */
export const NOBODY: AnswerHandler = { answered: () => {}, failed: () => {} };
const NOTHING = getPdu([]);

export function idleSlot(index: number): Slot {
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
