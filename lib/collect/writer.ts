import type { Clock } from '../clock.ts';
import { errorMessage } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Spool } from '../spool/spool.ts';
import type { SpoolBatch } from '../spool/types.ts';
import { type Outcome, readOutcome } from './outcome.ts';
import type { Poster } from './post.ts';
import { realSleep, type Sleep } from './sleep.ts';

const FIRST_BACKOFF_MS = 500;
/** Short enough that a monitor that is back is fed again within seconds. */
const MOST_BACKOFF_MS = 10_000;
/** A server may ask for patience, not for silence. */
const MOST_RETRY_AFTER_MS = 300_000;
const SMALLEST_BATCH_BYTES = 1024;
const LOG_EVERY_MS = 30_000;
const TOO_LARGE = 'larger than the server takes';

export interface WriterOptions {
  /** What is written, for logs and counts: samples, events, steps. */
  name: string;
  spool: Spool;
  poster: Pick<Poster, 'post'>;
  url: URL;
  headers: Readonly<Record<string, string>>;
  /** The one status that means stored. */
  expectedStatus: number;
  gzip: boolean;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
  maxBatchBytes?: number;
  /** Least time from one request to the next, while less than a whole batch waits; default 0. */
  spacingMs?: number;
  timeoutMs?: number;
  sleep?: Sleep;
  /** 0..1, for jitter. */
  random?: () => number;
}

/** How a writer is doing; counts are lines (samples, events or steps) since it started. */
export interface WriterStats {
  sent: number;
  /** Given up because the server called them malformed. */
  refused: number;
  batches: number;
  retries: number;
  lastSuccessMs: number | null;
  lastError: { atMs: number; message: string } | null;
}

/**
 * Sends a spool to a server: one awaited request at a time, in order, acknowledged only when the server said it is
 * stored. Outages and limits are waited out with full jitter; a batch the server finds too large is halved; a line it
 * calls malformed is dropped and counted, and nothing else with it.
 */
export class SpoolWriter {
  readonly stats: WriterStats = { sent: 0, refused: 0, batches: 0, retries: 0, lastSuccessMs: null, lastError: null };
  private readonly maxBatchBytes: number;
  private batchBytes: number;
  private failures = 0;
  private loggedAtMs = Number.NEGATIVE_INFINITY;
  private begunMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: WriterOptions) {
    this.maxBatchBytes = options.maxBatchBytes ?? 1024 * 1024;
    this.batchBytes = this.maxBatchBytes;
  }

  /** Runs until the signal says stop. Never rejects. */
  async run(): Promise<void> {
    const { spool, signal } = this.options;
    while (!signal.aborted) {
      await spool.available(signal);
      await this.gather();
      if (signal.aborted) return;
      try {
        const batch = spool.peek(this.batchBytes);
        if (batch !== undefined) await this.deliver(batch);
      } catch (error) {
        // The disk, for a while: what waits on it is neither sent nor given up.
        this.failed(errorMessage(error));
        await (this.options.sleep ?? realSleep)(this.backoffMs(null), signal);
      }
    }
  }

  /** A small request costs more than what is in it: what comes right behind one waits for company. */
  private async gather(): Promise<void> {
    const { spacingMs = 0, spool, clock, signal } = this.options;
    // A clock that was set back must not make it long.
    const waitMs = Math.min(spacingMs, this.begunMs + spacingMs - clock.now());
    if (waitMs > 0 && spool.stats().bytes < this.batchBytes) await (this.options.sleep ?? realSleep)(waitMs, signal);
    this.begunMs = clock.now();
  }

  private async deliver(batch: SpoolBatch): Promise<void> {
    const { spool, signal } = this.options;
    const piece = { body: batch.body, lines: batch.items };
    if (await this.send(piece)) {
      spool.ack(batch);
      this.batchBytes = Math.min(this.maxBatchBytes, this.batchBytes * 2);
    } else if (!signal.aborted && batch.records.length > 1 && batch.body.length > SMALLEST_BATCH_BYTES) {
      // Too large: the next peek takes less.
      this.batchBytes = Math.max(SMALLEST_BATCH_BYTES, Math.floor(batch.body.length / 2));
    } else if (!signal.aborted) {
      if (await this.sendHalves(linesOf(piece.body), TOO_LARGE)) spool.ack(batch);
    }
  }

  /** True when every line was stored or given up for good; false when it must be smaller or the signal said stop. */
  private async send(piece: Piece): Promise<boolean> {
    let rest = piece;
    for (;;) {
      const outcome = await this.sendUntilAnswered(rest);
      if (outcome === undefined || outcome.kind === 'too-large') return false;
      if (outcome.kind === 'delivered') {
        this.delivered(rest, outcome);
        return true;
      }
      const lines = linesOf(rest.body);
      if (outcome.lines.length === 0) return await this.sendHalves(lines, outcome.detail);
      const blamed = new Set(outcome.lines);
      this.refused(outcome.lines.length, outcome.detail);
      rest = pieceOf(lines.filter((_, index) => !blamed.has(index + 1)));
      if (rest.lines === 0) return true;
    }
  }

  /** Sends each half by itself; a single line that is still not taken is given up and counted. */
  private async sendHalves(lines: Buffer[], detail: string): Promise<boolean> {
    if (lines.length <= 1) {
      this.refused(lines.length, detail);
      return true;
    }
    const middle = lines.length >> 1;
    for (const half of [lines.slice(0, middle), lines.slice(middle)]) {
      if (await this.send(pieceOf(half))) continue;
      if (this.options.signal.aborted || !(await this.sendHalves(half, TOO_LARGE))) return false;
    }
    return true;
  }

  private async sendUntilAnswered(piece: Piece): Promise<Exclude<Outcome, { kind: 'retry' }> | undefined> {
    const { signal } = this.options;
    while (!signal.aborted) {
      const outcome = await this.attempt(piece);
      if (outcome.kind !== 'retry') return outcome;
      if (signal.aborted) return undefined;
      this.stats.retries++;
      this.failed(outcome.reason);
      await (this.options.sleep ?? realSleep)(this.backoffMs(outcome.afterMs), signal);
    }
    return undefined;
  }

  private async attempt({ body, lines }: Piece): Promise<Outcome> {
    const { url, headers, gzip, signal, poster, clock } = this.options;
    try {
      const timeoutMs = this.options.timeoutMs ?? 30_000;
      const answer = await poster.post({ url, headers, body, gzip, signal, timeoutMs });
      return readOutcome(answer, this.options.expectedStatus, lines, clock.now());
    } catch (error) {
      return { kind: 'retry', reason: errorMessage(error), afterMs: null };
    }
  }

  private backoffMs(askedMs: number | null): number {
    const ceiling = Math.min(MOST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.failures++);
    const jittered = (this.options.random ?? Math.random)() * ceiling;
    // What the server asked for is a floor; the jitter on top keeps collectors from coming back as one.
    return askedMs === null ? jittered : Math.min(askedMs, MOST_RETRY_AFTER_MS) + jittered;
  }

  private delivered({ lines }: Piece, outcome: Extract<Outcome, { kind: 'delivered' }>): void {
    if (this.failures > 0) this.options.logger.info({ writer: this.options.name }, 'server takes data again');
    this.failures = 0;
    this.stats.batches++;
    this.stats.sent += lines - outcome.refused.length;
    this.stats.lastSuccessMs = this.options.clock.now();
    if (outcome.refused.length > 0) this.refused(outcome.refused.length, outcome.refused[0]?.detail ?? '');
  }

  private refused(count: number, detail: string): void {
    this.stats.refused += count;
    this.say('server refused data', { count, detail });
  }

  private failed(reason: string): void {
    this.stats.lastError = { atMs: this.options.clock.now(), message: reason };
    this.say('server does not take data, it waits on disk', { reason, waiting: this.options.spool.stats().items });
  }

  private say(message: string, fields: Record<string, unknown>): void {
    const nowMs = this.options.clock.now();
    if (nowMs - this.loggedAtMs < LOG_EVERY_MS) return;
    this.loggedAtMs = nowMs;
    this.options.logger.warn({ writer: this.options.name, ...fields }, message);
  }
}

/** Some lines as one body. */
interface Piece {
  body: Buffer;
  lines: number;
}

function pieceOf(lines: Buffer[]): Piece {
  return { body: Buffer.concat(lines), lines: lines.length };
}

/** The lines of a body, each with its newline. Only needed when a server finds fault: the common path never splits. */
function linesOf(body: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = body.indexOf(10, start); end >= 0; end = body.indexOf(10, start)) {
    lines.push(body.subarray(start, end + 1));
    start = end + 1;
  }
  if (start < body.length) lines.push(Buffer.concat([body.subarray(start), Buffer.from('\n')]));
  return lines;
}
