import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { IntervalMeter, pollLoop } from '../../lib/collect/poll-loop.ts';
import type { CollectorContext, ProbeResult, ReportedPath, Source } from '../../lib/collect/types.ts';
import { CollectorError, errorMessage } from '../../lib/errors.ts';
import type { HostConfig } from './config.ts';
import { discoverPorts } from './discover.ts';
import { isThisHost, moduleReader, statisticsReader } from './ethtool.ts';
import { linkPaths } from './link.ts';
import { OpticsReader } from './optics.ts';
import { hostPaths } from './paths.ts';
import { type PortPlan, planPort } from './plan.ts';
import { HostReader } from './read.ts';
import { fieldsMissing, fieldsShown } from './shows.ts';
import { statisticNames } from './statistics.ts';
import type { StatisticsReader } from './statistics-reader.ts';
import { isThere, TreeReader, textOf } from './tree.ts';

/** NICs come and go (hot plug, driver reload): how often the tree is walked again, and how soon when one seems gone. */
const REDISCOVER_MS = 60_000;
const SETTLE_MS = 10_000;

/** The NICs of one host. */
export class HostSource implements Source {
  private reader: HostReader | undefined;
  private plans: PortPlan[] = [];
  private missing: string[] = [];
  private discoveredMs = Number.NEGATIVE_INFINITY;
  /** More files could not be read than before: the tree may have changed. */
  private outdated = false;
  private signature = '';
  private failures = 0;
  private lastSuccessMs: number | null = null;
  private lastError: { atMs: number; message: string } | null = null;
  private unreadable: string[] = [];
  private ownBootId: string | undefined;
  private readonly tree: TreeReader;
  private readonly statistics: StatisticsReader;
  private readonly optics: OpticsReader;
  private readonly meter: IntervalMeter;

  constructor(
    private readonly config: HostConfig,
    private readonly context: CollectorContext,
  ) {
    this.tree = new TreeReader(config.root);
    this.statistics = statisticsReader(config.root, config.ethtool);
    this.optics = new OpticsReader(moduleReader(config.root, config.optics > 0), config.optics);
    this.meter = new IntervalMeter(config.interval);
  }

  async start(signal: AbortSignal): Promise<void> {
    this.context.sink.links(this.config.name, [{ device: this.config.name, role: 'host', polled: true }], []);
    // Before the beat begins: a first poll that had to look around first would be late, and the second too close to it.
    await this.discover(this.context.clock.now()).catch((error: unknown) => this.failed(error));
    await pollLoop({
      key: this.config.name,
      intervalMs: this.config.interval,
      clock: this.context.clock,
      signal,
      meter: this.meter,
      poll: () => this.poll(),
      failed: (error) => this.failed(error),
    });
    this.tree.close();
    this.statistics.close();
    this.optics.close();
  }

  private async poll(): Promise<void> {
    const nowMs = this.context.clock.now();
    const waitMs = this.outdated ? SETTLE_MS : REDISCOVER_MS;
    if (this.reader === undefined || nowMs - this.discoveredMs >= waitMs) await this.discover(nowMs);
    void this.optics.refresh(
      this.plans.flatMap((plan) => plan.port.netdev ?? []),
      nowMs,
    );
    const { frame, problems } = (await this.reader?.read(() => this.context.clock.now(), this.bootId())) ?? {};
    if (frame === undefined || problems === undefined) return;
    // A port that vanished shows as unreadable files: walk the tree again, but not at every poll.
    this.outdated ||= problems.length > this.unreadable.length;
    this.unreadable = problems;
    this.lastSuccessMs = this.context.clock.now();
    this.context.sink.readings(frame);
    this.report();
  }

  private async discover(nowMs: number): Promise<void> {
    this.plans = await this.plan();
    await this.tree.probe(
      this.plans.flatMap(({ port, terms }) => [
        ...linkPaths(this.config.root, port),
        ...terms.flatMap(({ file }) => file ?? []),
      ]),
    );
    this.discoveredMs = nowMs;
    this.outdated = false;
    this.missing = fieldsMissing(this.plans);
    const signature = JSON.stringify(this.plans.map((plan) => [plan.port, plan.terms, plan.counters.length]));
    if (this.reader !== undefined && signature === this.signature) return;
    this.signature = signature;
    // Files of a device that was renamed would stay open under its old name.
    this.tree.close();
    this.reader = new HostReader(this.config.name, this.tree, this.statistics, this.plans, this.optics);
    this.context.logger.info(
      { target: this.config.name, ports: this.plans.map((plan) => plan.port.name) },
      'ports found',
    );
  }

  private async plan(): Promise<PortPlan[]> {
    const { root } = this.config;
    if (!existsSync(join(root, 'class'))) {
      throw new CollectorError('not_found', `${root} has no class directory: is it the root of a sysfs tree?`);
    }
    const ports = discoverPorts(root, this.config.interfaces);
    if (ports.length === 0) {
      const wanted = this.config.interfaces?.join(', ');
      throw new CollectorError(
        'not_found',
        wanted ? `no port of ${root} is called ${wanted}` : `${root} shows no physical port`,
      );
    }
    const plans: PortPlan[] = [];
    for (const port of ports) {
      const text = port.netdev === undefined ? undefined : await this.statistics.read(port.netdev);
      plans.push(planPort(root, port, text === undefined ? [] : statisticNames(text)));
    }
    return plans;
  }

  /** This machine's own cannot change while we run; a recorded tree may be that of a host that restarts. */
  private bootId(): string | undefined {
    if (!isThisHost(this.config.root)) {
      const path = join(this.config.root, 'boot_id');
      return isThere(path) ? textOf(path) : undefined;
    }
    this.ownBootId ??= textOf('/proc/sys/kernel/random/boot_id');
    return this.ownBootId;
  }

  private failed(error: unknown): void {
    this.failures++;
    this.lastError = { atMs: this.context.clock.now(), message: errorMessage(error) };
    this.report();
  }

  private report(): void {
    const { name, root } = this.config;
    const achieved = this.meter.achievedIntervalMs();
    this.context.sink.health({
      target: name,
      device: name,
      collector: 'host',
      address: root,
      state: this.state(),
      lastSuccessMs: this.lastSuccessMs,
      lastError: this.lastError,
      polls: this.meter.polls,
      failures: this.failures,
      ports: this.plans.length,
      // The same machine.
      clockOffsetMs: 0,
      clockErrorMs: 0,
      paths: this.paths(achieved),
      missing: this.missing,
      refused: this.unreadable.slice(0, 50),
      shortestStormMs: achieved === null ? null : 2 * achieved,
      collectedBy: this.context.collectorId,
      atMs: this.context.clock.now(),
    });
  }

  private paths(achievedIntervalMs: number | null): ReportedPath[] {
    const { interval: requestedIntervalMs, optics } = this.config;
    const { lastError, unreadable } = this;
    const polls = { requestedIntervalMs, achievedIntervalMs, lastError, problems: unreadable };
    const lines = hostPaths(this.plans, polls);
    if (this.optics.achievedMs !== null)
      lines.push({
        path: 'optics (ethtool -m)',
        requestedIntervalMs: optics,
        achievedIntervalMs: this.optics.achievedMs,
        staircaseMs: null,
        counters: [],
      });
    return lines;
  }

  private state(): 'starting' | 'ok' | 'degraded' | 'down' {
    const failing =
      this.lastError !== null && (this.lastSuccessMs === null || this.lastError.atMs >= this.lastSuccessMs);
    if (failing) return 'down';
    if (this.lastSuccessMs === null) return 'starting';
    return this.unreadable.length > 0 ? 'degraded' : 'ok';
  }

  async probe(_signal: AbortSignal): Promise<ProbeResult> {
    try {
      this.plans = await this.plan();
      const names = this.plans.map((plan) => plan.port.name).join(', ');
      return {
        ok: true,
        message: `${this.plans.length} ports: ${names}`,
        device: this.config.name,
        ports: this.plans.length,
        shows: fieldsShown(this.plans),
        cannotShow: fieldsMissing(this.plans),
      };
    } catch (error) {
      return { ok: false, message: errorMessage(error), shows: [], cannotShow: [] };
    } finally {
      this.statistics.close();
      this.optics.close();
      this.tree.close();
    }
  }
}
