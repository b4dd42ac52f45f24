import { IntervalMeter, pollLoop } from '../../lib/collect/poll-loop.ts';
import { realSleep } from '../../lib/collect/sleep.ts';
import { Trouble } from '../../lib/collect/trouble.ts';
import type { CollectorContext, ProbeResult, Source } from '../../lib/collect/types.ts';
import { CollectorError, errorMessage } from '../../lib/errors.ts';
import { Backoff } from '../gnmi/stream/backoff.ts';
import { endpointOf, type LanzConfig } from './config.ts';
import { Congestion } from './congestion.ts';
import { type LanzMessage, parseLanzRecord } from './parse.ts';
import { type LanzStream, openStream } from './stream.ts';
import { SwitchClock } from './switch-clock.ts';

/** Tries in a row after which a switch that had answered is down rather than degraded. */
const FAILURES_DOWN = 3;
/** Health is told at once when it changes, and otherwise this often, ms. */
const REPEAT_MS = 10_000;
/** More records than a switch tells in an interval: the rest waits, and TCP makes the sender wait. */
const MOST_RECORDS = 20_000;
/** What was wrong with a record, or what the switch complained of, is told for this long, ms. */
const REMEMBERED_MS = 600_000;

/** One switch that streams the congestion of its queues. */
export class LanzSource implements Source {
  private readonly congestion: Congestion;
  private readonly clock = new SwitchClock();
  private readonly meter: IntervalMeter;
  private readonly trouble: Trouble;
  private readonly device: string;
  private stream: LanzStream | null = null;
  private failuresInRow = 0;
  private lastSuccessMs: number | null = null;
  private records = 0;
  private refused = 0;
  private lastRefused = { atMs: Number.NEGATIVE_INFINITY, message: '' };
  private complaint = { atMs: Number.NEGATIVE_INFINITY, message: '' };
  private ports = 0;
  private told = '';
  private toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly config: LanzConfig,
    private readonly context: CollectorContext,
  ) {
    this.device = config.device ?? config.name;
    this.congestion = new Congestion(this.device);
    this.congestion.segmentBytes = config.segmentBytes;
    this.meter = new IntervalMeter(config.interval);
    this.trouble = new Trouble(context.clock, context.logger, 'LANZ cannot be read');
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.context;
    const handing = pollLoop({
      key: this.config.name,
      intervalMs: this.config.interval,
      clock,
      signal,
      meter: this.meter,
      poll: async () => this.handOn(),
      failed: (error) => this.failed(error),
    });
    const backoff = new Backoff(Math.min(1000, this.config.interval));
    while (!signal.aborted) {
      try {
        await this.open(signal, () => backoff.reset()).ended;
      } catch (error) {
        this.stream = null;
        this.congestion.interrupted();
        if (signal.aborted) break;
        this.failed(error);
        await realSleep(backoff.next(), signal);
      }
    }
    await handing;
  }

  /** Connects. A stream is believed in, and the next wait short again, once something of it could be read. */
  private open(signal: AbortSignal, believed: () => void): LanzStream {
    const stream = openStream({
      ...this.endpoint(),
      timeoutMs: this.config.timeout,
      signal,
      connected: () => {
        this.stream = stream;
        this.lastSuccessMs = this.context.clock.now();
        this.tell();
      },
      received: (bytes) => {
        if (this.take(bytes)) believed();
        return ++this.records < MOST_RECORDS;
      },
    });
    return stream;
  }

  private endpoint(): { host: string; port: number } {
    return endpointOf(this.config.address) ?? { host: this.config.address, port: 0 };
  }

  /** One record that nobody understands is named and passed over: those behind it may be good. */
  private take(bytes: Buffer): boolean {
    try {
      this.use(parseLanzRecord(bytes));
      this.failuresInRow = 0;
      this.lastSuccessMs = this.context.clock.now();
      return true;
    } catch (error) {
      this.refuse(`a record is malformed: ${errorMessage(error)}`);
      return false;
    }
  }

  private use({ config, congestion, error }: LanzMessage): void {
    if (config !== undefined) {
      this.congestion.segmentBytes = this.config.segmentBytes ?? config.segmentBytes;
      this.ports = config.ports;
    }
    const nowMs = this.context.clock.now();
    if (error !== undefined) this.complaint = { atMs: nowMs, message: error };
    if (congestion === undefined) return;
    const atMs = this.clock.toLocal(congestion.atMs, nowMs);
    if (atMs === null) this.refuse('a record is not of now');
    else this.congestion.add(congestion, atMs);
  }

  private refuse(problem: string): void {
    this.refused++;
    this.lastRefused = { atMs: this.context.clock.now(), message: problem };
  }

  private handOn(): void {
    const frames = this.congestion.take();
    if (frames.length > 0) this.context.sink.samples?.(frames);
    const waits = this.records >= MOST_RECORDS;
    this.records = 0;
    if (waits) this.stream?.resume();
    this.tell();
  }

  private failed(error: unknown): void {
    this.failuresInRow++;
    this.trouble.add(this.explain(error));
    this.tell();
  }

  private explain(error: unknown): string {
    const { address } = this.config;
    const refused = /ECONNREFUSED|closed the connection/.test(errorMessage(error));
    const hint = refused ? ': is `queue-monitor streaming` on, and are there fewer than max-connections?' : '';
    return `${address}: ${errorMessage(error)}${hint}`;
  }

  private tell(): void {
    const { sink, clock, collectorId } = this.context;
    const { name, address, interval } = this.config;
    const nowMs = clock.now();
    const remarks = this.remarks(nowMs);
    const state = this.state(remarks);
    const key = `${state}|${this.trouble.failures}|${remarks.length}`;
    if (key === this.told && nowMs - this.toldAtMs < Math.min(REPEAT_MS, interval)) return;
    this.told = key;
    this.toldAtMs = nowMs;
    sink.health({
      target: name,
      device: this.device,
      collector: 'lanz',
      address,
      state,
      lastSuccessMs: this.lastSuccessMs,
      lastError: this.trouble.last,
      polls: this.meter.polls,
      failures: this.trouble.failures,
      ports: Math.max(this.ports, this.congestion.ports),
      clockOffsetMs: this.clock.offsetMs,
      // Told when it happens: there is no interval to compare.
      paths: [],
      missing: [],
      refused: remarks,
      shortestStormMs: null,
      collectedBy: collectorId,
      atMs: nowMs,
    });
  }

  private remarks(nowMs: number): string[] {
    const { complaint, lastRefused, refused } = this;
    const isRecent = ({ atMs }: { atMs: number }): boolean => nowMs - atMs < REMEMBERED_MS;
    const isBlind = this.congestion.ports > 0 && this.congestion.segmentBytes === undefined;
    return [
      ...(isBlind ? ['the switch does not tell the size of a segment: set segmentBytes to have queues in bytes'] : []),
      ...(isRecent(complaint) ? [`the switch says: ${complaint.message}`] : []),
      ...(isRecent(lastRefused) ? [`${refused} records refused, the last: ${lastRefused.message}`] : []),
    ];
  }

  private state(remarks: readonly string[]): 'starting' | 'ok' | 'degraded' | 'down' {
    if (this.lastSuccessMs === null) return this.trouble.failures > 0 ? 'down' : 'starting';
    if (this.stream === null) return this.failuresInRow >= FAILURES_DOWN ? 'down' : 'degraded';
    return remarks.length > 0 ? 'degraded' : 'ok';
  }

  async probe(signal: AbortSignal): Promise<ProbeResult> {
    const { address, timeout } = this.config;
    const stop = new AbortController();
    let found: LanzMessage['config'];
    const stream = openStream({
      ...this.endpoint(),
      timeoutMs: timeout,
      signal: AbortSignal.any([signal, stop.signal]),
      connected: () => void realSleep(timeout, stop.signal).then(() => stop.abort()),
      received: (bytes) => {
        found = parseLanzRecord(bytes).config;
        stop.abort();
        return true;
      },
    });
    const shows = ['queueWatermarkBytes', 'dropsPerSec'];
    try {
      await stream.ended;
    } catch (error) {
      const isOurs = error instanceof CollectorError && error.code === 'cancelled' && !signal.aborted;
      if (!isOurs) return { ok: false, message: this.explain(error), shows: [], cannotShow: shows };
    } finally {
      stop.abort();
    }
    const message =
      found === undefined
        ? `${address}: connected; queues are quiet, and nothing was told of the switch within ${timeout} ms`
        : `${address}: LANZ of ${found.ports} ports, in segments of ${found.segmentBytes} bytes`;
    return { ok: true, message, device: this.device, ports: found?.ports ?? 0, shows, cannotShow: [] };
  }
}
