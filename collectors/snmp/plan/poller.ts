import { CollectorError } from '../../../lib/errors.ts';
import { getBulkPdu, MAX_REPETITIONS, type RequestPdu } from '../wire/message.ts';
import { encodeIndex } from '../wire/oid.ts';
import type { Answer, SnmpSession } from '../wire/session.ts';
import { refuseErrorStatus } from '../wire/walk.ts';
import type { AnswerBudget } from './budget.ts';
import { decodeBulk, nextRow, type Progress, startProgress } from './decode.ts';
import { emptyValues, type PlanGroup, type PollPlan, type SlotValues } from './plan.ts';

/** What one round over all tables gave. */
export interface PollResult {
  values: SlotValues;
  /** [port] monotonic ms at the middle of the exchange that read the port; NaN = not read. */
  portMs: Float64Array;
  /** Half the longest round trip, ms. */
  halfRoundTripMs: number;
  varbinds: number;
  /** The device has rows that discovery did not see. */
  changed: boolean;
  /** First failure; what was read before and beside it counts. */
  error: CollectorError | null;
}

/** error-status tooBig. */
const TOO_BIG = 1;

/**
 * Asks one device for all columns of its plan: requests are prebuilt per start row, answers are decoded into slots.
 * Several may be in flight; the session bounds them.
 */
export class Poller {
  /** [group] start row to its request; only repetitions and request id are patched later. */
  private readonly requests: Map<number, RequestPdu>[];

  constructor(
    readonly plan: PollPlan,
    private readonly session: SnmpSession,
    private readonly budget: AnswerBudget,
  ) {
    this.requests = plan.groups.map(() => new Map());
  }

  /** Reads everything once. Never rejects: a failure is part of the result. */
  poll(): Promise<PollResult> {
    return new Promise((resolve) => {
      new Round(this, resolve).start();
    });
  }

  /** The request for `rows` rows from `row` on. */
  requestAt(group: number, row: number, rows: number): RequestPdu {
    const cache = this.requests[group] as Map<number, RequestPdu>;
    let request = cache.get(row);
    if (request === undefined) {
      const draft = this.plan.groups[group] as PlanGroup;
      const before = draft.indexes[row - 1];
      const index = before === undefined ? Buffer.alloc(0) : encodeIndex(before);
      request = getBulkPdu(
        draft.prefixes.map((prefix) => Buffer.concat([prefix, index])),
        0,
        MAX_REPETITIONS,
      );
      cache.set(row, request);
    }
    request.bytes[request.repetitionsAt] = rows;
    return request;
  }

  ask(request: RequestPdu, answered: (answer: Answer) => void, failed: (error: CollectorError) => void): void {
    this.session.ask(request, { answered, failed });
  }

  /** Gives up what has not been sent: a device that lost a request and its retries gets its rest until the next poll. */
  abandon(error: CollectorError): void {
    this.session.abandonQueued(error);
  }

  get rowBudget(): AnswerBudget {
    return this.budget;
  }
}

/** One round. Kept apart from the poller, so that nothing of a failed round reaches the next. */
class Round {
  private readonly result: PollResult;
  private waiting = 0;

  constructor(
    private readonly poller: Poller,
    private readonly resolve: (result: PollResult) => void,
  ) {
    const { plan } = poller;
    this.result = {
      values: emptyValues(plan.slots),
      portMs: new Float64Array(plan.ports.length).fill(Number.NaN),
      halfRoundTripMs: 0,
      varbinds: 0,
      changed: false,
      error: null,
    };
  }

  start(): void {
    for (const [g, group] of this.poller.plan.groups.entries()) {
      const step = this.poller.rowBudget.rowsFor(group.prefixes.length);
      for (const [first, end] of group.runs) {
        for (let row = first; row < end; row += step) this.ask(g, row, Math.min(end, row + step), null);
      }
    }
    if (this.waiting === 0) this.resolve(this.result);
  }

  private ask(g: number, row: number, end: number, progress: Progress | null): void {
    const group = this.poller.plan.groups[g] as PlanGroup;
    const rows = Math.min(end - row, this.poller.rowBudget.rowsFor(group.prefixes.length));
    this.waiting++;
    this.poller.ask(
      this.poller.requestAt(g, row, rows),
      (answer) => this.answered(g, row, end, rows, progress ?? startProgress(group, row), answer),
      (error) => this.failed(error),
    );
  }

  private answered(g: number, row: number, end: number, rows: number, before: Progress, answer: Answer): void {
    const group = this.poller.plan.groups[g] as PlanGroup;
    const budget = this.poller.rowBudget;
    if (answer.errorStatus === TOO_BIG && budget.shrink(answer.receivedMs)) {
      this.ask(g, row, end, before);
      this.finished();
      return;
    }
    refuseErrorStatus(answer);
    const progress = restart(before, row);
    const { values } = this.result;
    try {
      decodeBulk(group, answer.bytes, answer.varbindsStart, answer.varbindsEnd, progress, values);
    } catch (error) {
      // Nothing of an answer that cannot be trusted to its end is kept.
      forget(group, row, end, values);
      throw error;
    }
    const asked = rows * group.prefixes.length;
    budget.answered(answer.varbindsEnd, progress.varbinds, progress.varbinds < asked);
    this.result.varbinds += progress.varbinds;
    if (progress.unknownRows > 0) this.result.changed = true;
    const next = nextRow(progress, end);
    this.stamp(group, row, next, answer);
    if (next < end) {
      if (next <= row && progress.varbinds === 0)
        throw new CollectorError('malformed', `an empty answer for ${group.tables}`);
      if (next <= row) this.result.changed = true;
      else this.ask(g, next, end, progress);
    }
    this.finished();
  }

  private stamp(group: PlanGroup, first: number, end: number, answer: Answer): void {
    const halfMs = (answer.receivedMs - answer.sentMs) / 2;
    if (halfMs > this.result.halfRoundTripMs) this.result.halfRoundTripMs = halfMs;
    if (!group.clock) return;
    const atMs = answer.sentMs + halfMs;
    for (let row = first; row < end; row++) {
      const port = group.portOf[row] ?? -1;
      if (port >= 0) this.result.portMs[port] = atMs;
    }
  }

  private failed(error: CollectorError): void {
    const first = this.result.error === null;
    this.result.error ??= error;
    if (first && error.code === 'timeout') {
      this.poller.rowBudget.shrink(performance.now());
      this.poller.abandon(error);
    }
    this.finished();
  }

  private finished(): void {
    this.waiting--;
    if (this.waiting === 0) this.resolve(this.result);
  }
}

/** A continuation starts all columns again from its own row; columns that have ended stay ended. */
function restart(progress: Progress, row: number): Progress {
  progress.last.fill(row - 1);
  progress.varbinds = 0;
  return progress;
}

function forget(group: PlanGroup, first: number, end: number, values: SlotValues): void {
  const columns = group.prefixes.length;
  for (let cell = first * columns; cell < end * columns; cell++) {
    const slot = group.cells[cell] ?? -1;
    if (slot >= 0) values.present[slot] = 0;
  }
}
