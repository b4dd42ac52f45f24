import { CollectorError } from '../../../lib/errors.ts';
import { type Answer, getBulkPdu, MAX_REPETITIONS, type RequestPdu, TOO_BIG } from '../wire/message.ts';
import { encodeIndex } from '../wire/oid.ts';
import type { AnswerHandler } from '../wire/request-queue.ts';
import type { SnmpSession } from '../wire/session.ts';
import { refuseErrorStatus } from '../wire/walk.ts';
import type { AnswerBudget } from './budget.ts';
import { decodeBulk, nextRow, type Progress, restart, startProgress } from './decode.ts';
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
  /** Columns that fit an answer of one row, where some group's did not; null = all fitted. */
  columnsFit: number | null;
  /** First failure; what was read before and beside it counts. */
  error: CollectorError | null;
  /** First failure of each group of the plan that had one. */
  groupErrors: Map<number, CollectorError>;
}

/**
 * Asks one device for all columns of its plan, one round at a time. What can be made beforehand is: the requests per
 * start row, and the chunks of rows with their working memory, which are made anew only when the rows per request
 * change. The session bounds how many are in flight.
 */
export class Poller {
  /** [group] start row to its request; only repetitions and request id are patched later. */
  private readonly requests: Map<number, RequestPdu>[];
  private chunks: Chunk[] = [];
  /** [group] rows per request that `chunks` was made for. */
  private steps: number[] = [];

  constructor(
    readonly plan: PollPlan,
    readonly session: SnmpSession,
    readonly budget: AnswerBudget,
  ) {
    this.requests = plan.groups.map(() => new Map());
  }

  /** Reads everything once. Never rejects: a failure is part of the result. One round at a time. */
  poll(): Promise<PollResult> {
    return new Promise((resolve) => {
      this.cut();
      const round = new Round(this.plan, this.chunks.length, resolve);
      for (const chunk of this.chunks) chunk.start(round);
    });
  }

  /** The request for `rows` rows from `row` on. */
  requestAt(group: number, row: number, rows: number): RequestPdu {
    const cache = this.requests[group] as Map<number, RequestPdu>;
    let request = cache.get(row);
    if (request === undefined) {
      const { prefixes, indexes } = this.plan.groups[group] as PlanGroup;
      const before = indexes[row - 1];
      const index = before === undefined ? Buffer.alloc(0) : encodeIndex(before);
      const names = prefixes.map((prefix) => Buffer.concat([prefix, index]));
      request = getBulkPdu(names, 0, MAX_REPETITIONS);
      cache.set(row, request);
    }
    request.bytes[request.repetitionsAt] = rows;
    return request;
  }

  /** Cuts the tables into chunks of as many rows as one answer should hold now. */
  private cut(): void {
    const { groups } = this.plan;
    const steps = groups.map(({ prefixes, nameBytes }) => this.budget.rowsFor(prefixes.length, nameBytes));
    if (steps.every((step, g) => step === this.steps[g])) return;
    this.steps = steps;
    this.chunks = [];
    for (const requests of this.requests) requests.clear();
    for (const [g, { runs }] of groups.entries()) {
      const step = steps[g] as number;
      for (const [first, end] of runs) {
        for (let row = first; row < end; row += step)
          this.chunks.push(new Chunk(this, g, row, Math.min(end, row + step)));
      }
    }
  }
}

/** What the chunks of one round have in common. */
class Round {
  readonly result: PollResult;

  constructor(
    plan: PollPlan,
    private waiting: number,
    private readonly resolve: (result: PollResult) => void,
  ) {
    this.result = {
      values: emptyValues(plan.slots),
      portMs: new Float64Array(plan.ports.length).fill(Number.NaN),
      halfRoundTripMs: 0,
      varbinds: 0,
      changed: false,
      columnsFit: null,
      error: null,
      groupErrors: new Map(),
    };
    if (waiting === 0) resolve(this.result);
  }

  chunkDone(): void {
    this.waiting--;
    if (this.waiting === 0) this.resolve(this.result);
  }
}

/** Some rows of one group: asked once, and again from where an answer stopped short. */
class Chunk implements AnswerHandler {
  private readonly group: PlanGroup;
  private readonly progress: Progress;
  private round: Round | null = null;
  /** First row of the request in flight, and how many it asks for. */
  private row = 0;
  private rows = 0;

  constructor(
    private readonly poller: Poller,
    private readonly g: number,
    private readonly first: number,
    private readonly end: number,
  ) {
    this.group = poller.plan.groups[g] as PlanGroup;
    this.progress = startProgress(this.group, first);
  }

  start(round: Round): void {
    this.round = round;
    this.progress.ended.fill(0);
    this.ask(this.first);
  }

  answered(answer: Answer): void {
    const round = this.round as Round;
    const { group, row, end, progress, poller } = this;
    const columns = group.prefixes.length;
    if (answer.errorStatus === TOO_BIG) {
      if (poller.budget.tooBig(this.rows, columns, group.nameBytes, answer.receivedMs)) this.ask(row);
      else this.tooWide(round, Math.floor(columns / 2));
      return;
    }
    refuseErrorStatus(answer);
    restart(progress, row);
    const { result } = round;
    try {
      decodeBulk(group, answer.bytes, answer.varbindsStart, answer.varbindsEnd, progress, result.values);
    } catch (error) {
      // Nothing of an answer that cannot be trusted to its end is kept.
      forget(group, row, end, result.values);
      throw error;
    }
    const { varbinds, unknownRows } = progress;
    const isShort = varbinds < this.rows * columns;
    poller.budget.answered(answer.varbindsEnd, varbinds, group.nameBytes, isShort, answer.receivedMs);
    result.varbinds += varbinds;
    const next = nextRow(progress, end);
    this.stamp(next, answer);
    if (varbinds === 0) throw new CollectorError('malformed', `an empty answer for ${group.tables}`);
    if (varbinds < columns && next <= row) {
      this.tooWide(round, varbinds);
      return;
    }
    // Rows discovery did not know, or no way forward: the device has changed.
    if (unknownRows > 0 || next <= row) result.changed = true;
    if (next < end && next > row) this.ask(next);
    else round.chunkDone();
  }

  failed(error: CollectorError): void {
    const round = this.round as Round;
    const { result } = round;
    if (!result.groupErrors.has(this.g)) result.groupErrors.set(this.g, error);
    if (result.error === null) {
      result.error = error;
      if (error.code === 'timeout') {
        // A device that lost a request and its retries gets the rest of its requests at the next poll.
        this.poller.budget.shrink(performance.now());
        this.poller.session.abandonQueued(error);
      }
    }
    round.chunkDone();
  }

  /** Not even one row fits an answer: these columns must be asked in smaller parts. */
  private tooWide(round: Round, fit: number): void {
    const { result } = round;
    if (fit < 1) {
      this.failed(new CollectorError('unsupported', `one value of ${this.group.tables} is too big for its answers`));
      return;
    }
    result.columnsFit = Math.min(fit, result.columnsFit ?? fit);
    round.chunkDone();
  }

  private ask(row: number): void {
    const { poller, group, g, end } = this;
    this.row = row;
    this.rows = Math.min(end - row, poller.budget.rowsFor(group.prefixes.length, group.nameBytes));
    poller.session.ask(poller.requestAt(g, row, this.rows), this);
  }

  private stamp(end: number, answer: Answer): void {
    const { result } = this.round as Round;
    const halfMs = (answer.receivedMs - answer.sentMs) / 2;
    if (halfMs > result.halfRoundTripMs) result.halfRoundTripMs = halfMs;
    if (!this.group.clock) return;
    const atMs = answer.sentMs + halfMs;
    for (let row = this.row; row < end; row++) {
      const port = this.group.portOf[row] ?? -1;
      if (port >= 0) result.portMs[port] = atMs;
    }
  }
}

function forget(group: PlanGroup, first: number, end: number, values: SlotValues): void {
  const columns = group.prefixes.length;
  for (let cell = first * columns; cell < end * columns; cell++) {
    const slot = group.cells[cell] ?? -1;
    if (slot >= 0) values.present[slot] = 0;
  }
}
