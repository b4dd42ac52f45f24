import { IntervalMeter } from '../../lib/collect/poll-loop.ts';
import { realSleep } from '../../lib/collect/sleep.ts';
import type { CollectorContext, ProbeResult, Source } from '../../lib/collect/types.ts';
import { CollectorError, errorMessage } from '../../lib/errors.ts';
import type { TargetPathHealth } from '../../lib/events/events.ts';
import { explainFailure } from './advice.ts';
import type { GnmiConfig } from './config.ts';
import { ExpectedLeaves } from './expected.ts';
import { fieldsOf } from './fields.ts';
import { KeepaliveInterval } from './grpc/keepalive.ts';
import { TargetStatus } from './health.ts';
import { DeviceClock } from './intake/device-clock.ts';
import { Intake } from './intake/intake.ts';
import { Rounds } from './intake/rounds.ts';
import { DeviceTable } from './intake/table.ts';
import { LinkTeller } from './links.ts';
import { pathSetsFor } from './paths/index.ts';
import type { PathSet } from './paths/types.ts';
import { type Capabilities, decodeCapabilities } from './proto/capabilities.ts';
import { type EncodingName, encodeCapabilities } from './proto/requests.ts';
import { Backoff } from './stream/backoff.ts';
import { GnmiSession } from './stream/session.ts';
import { SetRunner } from './stream/set-runner.ts';
import { intervalOf } from './stream/stages.ts';
import { type MissingOfPath, Watchdog } from './watchdog.ts';

/** A value older than this many of the slowest path's intervals is no value any more. */
const HOLD_INTERVALS = 3;

/** One device read over gNMI. */
export class GnmiSource implements Source {
  private readonly table: DeviceTable;
  private readonly deviceClock = new DeviceClock();
  private readonly keepalive = new KeepaliveInterval();
  private readonly watchdog: Watchdog;
  private readonly expected = new ExpectedLeaves();
  /** By number of a watched path. */
  private readonly intakes: Intake[] = [];
  private readonly meter: IntervalMeter;
  private readonly status: TargetStatus;
  private readonly rounds: Rounds;
  private readonly links: LinkTeller;
  private readonly runners: SetRunner[] = [];
  /** Those of them whose sets every device of the kind has. */
  private readonly needed: SetRunner[] = [];
  private timer: NodeJS.Timeout | null = null;
  private halfRoundTripMs = 0;
  private stopped = false;
  private probing = false;

  constructor(
    private readonly config: GnmiConfig,
    private readonly context: CollectorContext,
  ) {
    this.table = new DeviceTable(portFilter(config));
    this.links = new LinkTeller(config.name, config.role ?? 'switch', this.table, ({ devices, links }) =>
      context.sink.links(config.name, devices, links),
    );
    this.watchdog = new Watchdog();
    this.meter = new IntervalMeter(config.interval);
    this.status = new TargetStatus(config, context.collectorId, context.clock, this.meter);
    this.rounds = new Rounds(
      config.interval,
      (startedMs, nowMs, seen) => {
        for (const watch of seen) this.watchdog.seen(watch, startedMs);
        this.cut(startedMs, nowMs);
      },
      (watch) => this.watchdog.seen(watch, context.clock.now()),
    );
  }

  async start(signal: AbortSignal): Promise<void> {
    this.links.look();
    try {
      const capabilities = await this.greet(signal);
      if (capabilities === null) return;
      this.prepare(capabilities);
      await Promise.all(this.runners.map((runner) => runner.run(signal)));
    } finally {
      this.stop();
    }
  }

  async probe(signal: AbortSignal): Promise<ProbeResult> {
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    this.probing = true;
    try {
      const capabilities = await this.capabilities(both);
      this.prepare(capabilities);
      const running = this.runners.map((runner) => runner.run(both));
      // Two samples, or as long as an answer may take.
      const untilMs = Date.now() + Math.max(this.config.timeout, 3 * this.config.interval);
      while (Date.now() < untilMs && this.meter.polls < 2 && !both.aborted) await realSleep(50, both);
      stop.abort();
      await Promise.all(running);
      return this.probed(capabilities);
    } catch (error) {
      return { ok: false, message: explainFailure(asFailure(error), this.config), shows: [], cannotShow: [] };
    } finally {
      stop.abort();
      this.stop();
    }
  }

  private probed(capabilities: Capabilities): ProbeResult {
    const { shows, missing } = fieldsOf(this.table);
    const ports = this.table.names.length;
    const remarks = this.remarks();
    const version = capabilities.version === '' ? '' : ` ${capabilities.version}`;
    const said = remarks.length === 0 ? '' : ` (${remarks.join('; ')})`;
    const message =
      ports > 0
        ? `gNMI${version} answers with ${ports} ports${said}`
        : `${this.config.address}: gNMI${version} answers but gives no port${said}: name the right paths for this device`;
    const neverSent = this.paths().flatMap(({ path, missingLeaves = [] }) =>
      missingLeaves.map(({ leaf, fields }) => `${path}: ${leaf} (${fields.join(', ')})`),
    );
    return { ok: ports > 0, message, device: this.config.name, ports, shows, cannotShow: missing, neverSent };
  }

  /** Asks what the device can do until it answers; null = told to stop. */
  private async greet(signal: AbortSignal): Promise<Capabilities | null> {
    const backoff = new Backoff(Math.min(1000, this.config.interval));
    while (!signal.aborted) {
      try {
        return await this.capabilities(signal);
      } catch (error) {
        if (signal.aborted) break;
        this.failed(asFailure(error));
        await realSleep(backoff.next(), signal);
      }
    }
    return null;
  }

  private async capabilities(signal: AbortSignal): Promise<Capabilities> {
    const session = new GnmiSession(this.config, this.keepalive);
    const startedMs = performance.now();
    try {
      const found = decodeCapabilities(await session.capabilities(encodeCapabilities(), signal));
      this.halfRoundTripMs = Math.min((performance.now() - startedMs) / 2, this.config.interval / 2);
      return found;
    } catch (error) {
      // Targets without Capabilities may still stream.
      if (error instanceof CollectorError && error.code === 'unsupported')
        return { models: [], encodings: [], version: '' };
      throw error;
    } finally {
      session.close();
    }
  }

  private prepare(capabilities: Capabilities): void {
    const { config, context, table, watchdog, keepalive } = this;
    for (const set of pathSetsFor(capabilities.models, config.paths).flatMap((one) => perAsic(one, config.asics))) {
      const paths = set.paths.map(({ path, mode }) => ({
        path,
        mode,
        watch: watchdog.add(
          set.target === '' ? path : `${set.target}:${path}`,
          mode === 'sample' && set.optional !== true,
          mode === 'sample' ? intervalOf(set, config) : config.heartbeat,
        ),
      }));
      const firstWatch = paths[0]?.watch ?? 0;
      const leaves = this.expected.add(set, firstWatch);
      const intake = new Intake(set, table, this.deviceClock, this.rounds, firstWatch, leaves);
      for (const { watch } of paths) this.intakes[watch] = intake;
      const encoding = this.encodingFor(set, capabilities);
      const listener = {
        arriving: (nowMs: number) => this.rounds.arrived(nowMs),
        received: () => this.received(),
        failed: (error: CollectorError) => {
          if (set.optional !== true) this.failed(error);
        },
      };
      const runner = new SetRunner({
        set,
        paths,
        config,
        clock: context.clock,
        encoding,
        watchdog,
        keepalive,
        intake,
        listener,
      });
      this.runners.push(runner);
      if (set.optional !== true) this.needed.push(runner);
    }
  }

  private encodingFor(set: PathSet, { encodings }: Capabilities): EncodingName {
    if (this.config.encoding !== 'auto') return this.config.encoding;
    return set.encodings.find((encoding) => encodings.includes(encoding)) ?? set.encodings.at(-1) ?? 'JSON';
  }

  private received(): void {
    if (this.timer === null && !this.stopped) this.look();
  }

  private look(): void {
    const nextMs = this.rounds.check(this.context.clock.now());
    this.timer = nextMs === null ? null : setTimeout(() => this.look(), Math.max(1, nextMs));
  }

  private cut(startedMs: number, nowMs: number): void {
    if (this.stopped) return;
    const holdMs = HOLD_INTERVALS * this.watchdog.slowestMs(this.config.interval);
    const frame = this.table.frame(this.config.name, startedMs, nowMs, holdMs, this.halfRoundTripMs);
    if (frame === null) return;
    this.meter.started(startedMs);
    if (this.probing) return;
    this.links.look();
    this.context.sink.readings(frame);
    this.status.succeeded();
    this.tell();
  }

  private failed(error: CollectorError): void {
    if (error.code === 'cancelled' || this.probing) return;
    this.status.failed(explainFailure(error, this.config));
    this.tell();
  }

  private tell(): void {
    const health = this.status.toTell(() => ({
      ports: this.table.names.length,
      clockOffsetMs: this.deviceClock.offsetMs,
      // At the fastest delivery seen: half a round trip is what that takes.
      clockErrorMs: this.halfRoundTripMs,
      paths: this.paths(),
      missing: fieldsOf(this.table).missing,
      remarks: this.remarks(),
    }));
    if (health !== null) this.context.sink.health(health);
  }

  private paths(): TargetPathHealth[] {
    const nowMs = this.context.clock.now();
    return this.watchdog.health(nowMs, (watch) => this.missingOf(watch, nowMs));
  }

  /** A path that is silent, or has not had its time, misses nothing yet. */
  private missingOf(watch: number, nowMs: number): MissingOfPath | null {
    if (!this.watchdog.isSettled(watch, nowMs, this.intakes[watch]?.synced === true)) return null;
    const missingLeaves = this.expected.missing(watch);
    return missingLeaves.length === 0
      ? null
      : { missing: this.expected.fieldsMissing(watch, missingLeaves), missingLeaves };
  }

  private remarks(): string[] {
    const refused = this.needed.flatMap((runner) => runner.remarks);
    return [...refused, ...this.watchdog.remarks(this.context.clock.now())];
  }

  private stop(): void {
    this.stopped = true;
    this.links.stop();
    if (this.timer !== null) clearTimeout(this.timer);
  }
}

/** Databases of SONiC are kept by each ASIC for itself; what knows no databases is asked for once. */
function perAsic(set: PathSet, asics: readonly string[]): PathSet[] {
  if (asics.length === 0 || !set.target.endsWith('_DB')) return [set];
  return asics.map((asic) => ({ ...set, target: `${set.target}/${asic}` }));
}

function portFilter({ ports }: GnmiConfig): (port: string) => boolean {
  const include = ports.include.map((text) => new RegExp(text));
  const exclude = ports.exclude.map((text) => new RegExp(text, 'i'));
  return (port) =>
    (include.length === 0 || include.some((one) => one.test(port))) && !exclude.some((one) => one.test(port));
}

function asFailure(error: unknown): CollectorError {
  if (error instanceof CollectorError) return error;
  return new CollectorError('malformed', errorMessage(error), { cause: error });
}
