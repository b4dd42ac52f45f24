import { join } from 'node:path';
import { IntervalMeter, pollLoop } from '../../lib/collect/poll-loop.ts';
import { stateFileName } from '../../lib/collect/state-file.ts';
import type { CollectorContext, ProbeResult, Source } from '../../lib/collect/types.ts';
import type { CounterName } from '../../lib/counters/reading.ts';
import { CollectorError, errorMessage } from '../../lib/errors.ts';
import type { TargetHealth } from '../../lib/events/events.ts';
import { fieldsOf } from '../prometheus/shows.ts';
import type { InfinibandConfig } from './config.ts';
import { buildFabric, type Fabric } from './fabric.ts';
import { FabricScanner } from './scan.ts';
import { Sweeper } from './sweep.ts';
import { Tools } from './tools.ts';
import { ErrorWatch } from './watch.ts';

/** What a fabric's ports give when all goes well. */
const GIVES: ReadonlySet<CounterName> = new Set<CounterName>([
  'rxBytes',
  'txBytes',
  'xmitWaitTicks',
  'drops',
  'symbolErrors',
]);

/** Share of the time between two looks at the fabric after which changed links have it looked at again. */
const SOONEST_LOOK = 1 / 6;

/** Problems shown with a path. */
const MOST_PROBLEMS = 20;

/** One InfiniBand fabric, seen from one adapter of this machine. */
export class InfinibandSource implements Source {
  private readonly sweeper: Sweeper;
  private readonly watch: ErrorWatch;
  private readonly scanner: FabricScanner;
  private readonly meter: IntervalMeter;
  private readonly looks: IntervalMeter;
  private fabric: Fabric | undefined;
  private lookedMs = Number.NEGATIVE_INFINITY;
  private looking: Promise<void> | undefined;
  /** Links have changed since the fabric was looked at. */
  private isOutdated = false;
  private topologyProblem: string | undefined;
  private told = '';
  private problems: string[] = [];
  private gives: ReadonlySet<CounterName> = GIVES;
  private failures = 0;
  private lastSuccessMs: number | null = null;
  private lastError: TargetHealth['lastError'] = null;

  constructor(
    private readonly config: InfinibandConfig,
    private readonly context: CollectorContext,
  ) {
    const tools = new Tools(config);
    const { interval: intervalMs, timeout, hosts, name, ca = '', caPort = '' } = config;
    const now = () => context.clock.now();
    this.meter = new IntervalMeter(intervalMs);
    this.looks = new IntervalMeter(config.topologyInterval);
    this.sweeper = new Sweeper({ ...config, tools, timeoutMs: timeout, intervalMs, now });
    this.watch = new ErrorWatch({ tools, timeoutMs: Math.min(timeout, intervalMs / 2), hosts });
    // Another adapter may see another fabric.
    const key = stateFileName(`${name} ${ca} ${caPort}`).replace(/json$/, 'fabric');
    const file = join(context.stateDir, `infiniband-${key}`);
    this.scanner = new FabricScanner(tools, file, config.topologyTimeout);
  }

  async start(signal: AbortSignal): Promise<void> {
    await pollLoop({
      key: this.config.name,
      intervalMs: this.config.interval,
      clock: this.context.clock,
      signal,
      meter: this.meter,
      poll: () => this.poll(signal),
      failed: (error) => {
        this.failures++;
        this.lastError = { atMs: this.context.clock.now(), message: errorMessage(error) };
        this.report();
      },
    });
    await this.looking;
  }

  private async poll(signal: AbortSignal): Promise<void> {
    await this.keepLooking(signal);
    const watching = this.sweeper.counts.cold > 0;
    const { ports, linkChanged } = await this.watch.look(watching ? this.scanner.cacheFile : undefined, signal);
    // A link that was trained anew may have come back narrower.
    this.isOutdated ||= linkChanged;
    const { frames, problems } = await this.sweeper.sweep(signal, ports);
    if (signal.aborted) return;
    this.problems = problems;
    this.gives = new Set(frames.flatMap(({ counters }) => counters.map(({ counter }) => counter)));
    this.lastSuccessMs = this.context.clock.now();
    for (const frame of frames) this.context.sink.readings(frame);
    this.report();
  }

  private async keepLooking(signal: AbortSignal): Promise<void> {
    const nowMs = this.context.clock.now();
    if (this.fabric === undefined) {
      const { cachedMs } = this.scanner;
      const isFresh = cachedMs !== undefined && nowMs - cachedMs < this.config.topologyInterval;
      const isKept = isFresh && (await this.takeKept(cachedMs, signal));
      if (!isKept) await this.look(true, signal);
      return;
    }
    const { topologyInterval } = this.config;
    const waitMs = this.isOutdated ? topologyInterval * SOONEST_LOOK : topologyInterval;
    if (nowMs - this.lookedMs >= waitMs && this.looking === undefined) {
      this.isOutdated = false;
      // Counters do not wait: a large fabric takes a minute to look through.
      this.looking = this.look(true, signal)
        .catch((error: unknown) => {
          this.topologyProblem = `topology: ${errorMessage(error)}: the last one is used`;
          this.lookedMs = this.context.clock.now();
        })
        .finally(() => {
          this.looking = undefined;
        });
    }
  }

  /** @returns whether what was kept of the fabric could be read */
  private async takeKept(keptMs: number, signal: AbortSignal): Promise<boolean> {
    try {
      await this.look(false, signal);
      this.lookedMs = keptMs;
      return true;
    } catch (error) {
      this.context.logger.info(
        { target: this.config.name, reason: errorMessage(error) },
        'the kept fabric is of no use',
      );
      return false;
    }
  }

  private async look(walk: boolean, signal: AbortSignal): Promise<void> {
    const fabric = await this.discover(walk, signal);
    this.fabric = fabric;
    this.lookedMs = this.context.clock.now();
    this.looks.started(this.lookedMs);
    this.topologyProblem = undefined;
    this.sweeper.set(fabric.ports);
    const told = JSON.stringify([fabric.devices, fabric.links]);
    if (told === this.told) return;
    this.told = told;
    this.context.sink.links(this.config.name, fabric.devices, fabric.links);
    this.context.logger.info(
      { target: this.config.name, devices: fabric.devices.length, links: fabric.links.length },
      'fabric found',
    );
  }

  private async discover(walk: boolean, signal: AbortSignal): Promise<Fabric> {
    const { names, hosts } = this.config;
    const { ports, hints, noHints } = await this.scanner.scan(walk, signal);
    if (noHints !== undefined) this.context.logger.info({ target: this.config.name, reason: noHints }, 'no link hints');
    const known = this.fabric?.ports;
    return buildFabric(ports, hints, names, { hosts, ...(known === undefined ? {} : { known }) });
  }

  private report(): void {
    const { name, interval, topologyInterval, ca, caPort } = this.config;
    const achieved = this.meter.achievedIntervalMs();
    const unreadable = this.topologyProblem === undefined ? this.problems : [this.topologyProblem, ...this.problems];
    const remarks = this.watch.problem === undefined ? [] : [this.watch.problem];
    this.context.sink.health({
      target: name,
      device: name,
      collector: 'infiniband',
      address: `${ca ?? 'first active adapter'}${caPort === undefined ? '' : ` port ${caPort}`}`,
      state: this.state(unreadable.length > 0),
      lastSuccessMs: this.lastSuccessMs,
      lastError: this.lastError,
      polls: this.meter.polls,
      failures: this.failures,
      ports: this.fabric?.ports.length ?? 0,
      // Read by this machine's own adapter, and stamped by this machine's clock.
      clockOffsetMs: 0,
      clockErrorMs: 0,
      paths: [
        {
          path: 'busy ports',
          requestedIntervalMs: interval,
          achievedIntervalMs: achieved,
          staircaseMs: null,
          refused: this.problems.slice(0, MOST_PROBLEMS),
          lastError: this.lastError,
        },
        {
          path: 'quiet ports',
          requestedIntervalMs: interval * this.config.coldEvery,
          achievedIntervalMs: achieved === null ? null : achieved * this.config.coldEvery,
          staircaseMs: null,
          refused: remarks,
        },
        {
          path: 'topology',
          requestedIntervalMs: topologyInterval,
          achievedIntervalMs: this.looks.achievedIntervalMs(),
          staircaseMs: null,
          counters: [],
          refused: this.topologyProblem === undefined ? [] : [this.topologyProblem],
        },
      ],
      missing: fieldsOf(new Set([...this.gives, 'xmitWaitTicks'])).missing.concat(
        this.gives.has('xmitWaitTicks') ? [] : ['xmitWaitFraction'],
      ),
      refused: [...unreadable, ...remarks, ...(this.fabric?.remarks ?? [])].slice(0, 50),
      shortestStormMs: achieved === null ? null : 2 * achieved,
      collectedBy: this.context.collectorId,
      atMs: this.context.clock.now(),
    });
  }

  private state(degraded: boolean): TargetHealth['state'] {
    const { lastError, lastSuccessMs } = this;
    if (lastError !== null && (lastSuccessMs === null || lastError.atMs >= lastSuccessMs)) return 'down';
    if (lastSuccessMs === null) return 'starting';
    return degraded ? 'degraded' : 'ok';
  }

  async probe(signal: AbortSignal): Promise<ProbeResult> {
    try {
      const fabric = await this.discover(true, signal);
      // One port that answers shows that counters can be read at all.
      const first = fabric.ports.find(({ up }) => up);
      if (first === undefined)
        throw new CollectorError('not_found', 'no port of a switch is in use; set hosts: true for a fabric without');
      this.sweeper.set([first]);
      const { frames } = await this.sweeper.sweep(signal);
      const given = new Set(frames.flatMap(({ counters }) => counters.map(({ counter }) => counter)));
      const { shows, missing } = fieldsOf(given);
      return {
        ok: true,
        message: `${fabric.devices.length} devices, ${fabric.links.length} links, ${fabric.ports.length} ports to read`,
        device: this.config.name,
        ports: fabric.ports.length,
        shows,
        cannotShow: missing,
      };
    } catch (error) {
      return { ok: false, message: errorMessage(error), shows: [], cannotShow: [] };
    }
  }
}
