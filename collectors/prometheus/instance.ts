import { IntervalMeter, pollLoop } from '../../lib/collect/poll-loop.ts';
import type { CollectorContext, ProbeResult } from '../../lib/collect/types.ts';
import { CollectorError, errorMessage } from '../../lib/errors.ts';
import type { TargetHealth } from '../../lib/events/events.ts';
import { ruleTable } from '../../lib/exporters/rules.ts';
import { readGuid, readNodeName } from '../../lib/topology/infiniband-names.ts';
import { type PrometheusConfig, timeoutOf } from './config.ts';
import { PageReader } from './page.ts';
import { PageClock } from './page-clock.ts';
import type { PageReading } from './page-reading.ts';
import { HttpReader, shownUrl } from './scrape.ts';
import { fieldsOf, givenIn } from './shows.ts';
import { Standstill } from './standstill.ts';

/** Problems shown with a page. */
const MOST_PROBLEMS = 20;

/** One exporter: an address that is read on a beat of its own. */
export class Instance {
  private readonly http: HttpReader;
  private readonly pages: PageReader;
  private readonly meter: IntervalMeter;
  private readonly standstill = new Standstill();
  private readonly pageClock = new PageClock();
  private stale: string | undefined;
  private problems: string[] = [];
  private readonly told = new Set<string>();
  private failures = 0;
  private lastSuccessMs: number | null = null;
  private lastError: TargetHealth['lastError'] = null;
  private ports = 0;
  private collectiveMeans = 0;
  private missing: string[] = [];

  constructor(
    private readonly target: string,
    private readonly device: string,
    private readonly url: URL,
    private readonly config: PrometheusConfig,
    private readonly context: CollectorContext,
  ) {
    const { auth, tls, maxBodyBytes, ports } = config;
    this.http = new HttpReader({ auth, tls, maxBodyBytes, timeoutMs: timeoutOf(config) });
    this.pages = new PageReader({
      device,
      deviceLabel: config.deviceLabel,
      rules: ruleTable({ ufmDataUnit: config.ufmDataUnit }),
      include: ports.include.map((text) => new RegExp(text)),
      exclude: ports.exclude.map((text) => new RegExp(text)),
      alias: ports.alias,
      names: new Map(Object.entries(config.names).map(([guid, name]) => [readGuid(guid) ?? guid, readNodeName(name)])),
      job: config.job,
    });
    this.meter = new IntervalMeter(config.interval);
  }

  async start(signal: AbortSignal): Promise<void> {
    await pollLoop({
      key: this.target,
      intervalMs: this.config.interval,
      clock: this.context.clock,
      signal,
      meter: this.meter,
      poll: async () => {
        const reading = await this.read(signal);
        if (signal.aborted) return;
        this.lastSuccessMs = this.context.clock.now();
        for (const frame of reading.frames) this.context.sink.readings(frame);
        if (reading.collectives.length > 0) this.context.sink.collectives(reading.collectives);
        this.tellDevices();
        this.report();
      },
      failed: (error) => {
        this.failures++;
        this.lastError = { atMs: this.context.clock.now(), message: errorMessage(error) };
        this.report();
      },
    });
    this.http.close();
  }

  private async read(signal: AbortSignal): Promise<PageReading> {
    const { clock } = this.context;
    const startMs = clock.now();
    const page = await this.http.get(this.url, signal);
    const endMs = clock.now();
    const { body, format, contentType } = page;
    this.pageClock.saw(page, startMs, endMs);
    try {
      const reading = this.pages.read(body, format, { atMs: (startMs + endMs) / 2, errorMs: (endMs - startMs) / 2 });
      this.note(reading);
      return reading;
    } catch (error) {
      if (!(error instanceof CollectorError)) throw error;
      const hint = sentInstead(this.url, contentType);
      throw new CollectorError(error.code, `${shownUrl(this.url)}: ${error.message}${hint}`, { cause: error });
    }
  }

  private note({ frames, problems, samples, newestMs, collectiveMeans }: PageReading): void {
    this.stale = this.standstill.advance(newestMs, this.context.clock.now());
    this.problems = this.stale === undefined ? problems : [this.stale, ...problems];
    this.ports = frames.reduce((sum, frame) => sum + frame.ports.length, 0);
    this.missing = fieldsOf(givenIn(frames)).missing;
    this.collectiveMeans = collectiveMeans;
    if (this.isEmpty()) {
      this.problems = [`the page has ${samples} samples but no counter of a port`, ...problems];
    }
  }

  /** Devices of the page, as they are first seen. */
  private tellDevices(): void {
    const fresh = this.pages.devices.map(({ device }) => device).filter((device) => !this.told.has(device));
    if (fresh.length === 0) return;
    for (const device of fresh) this.told.add(device);
    const devices = [...this.told].map((device) => ({
      device,
      role: this.config.role ?? ('unknown' as const),
      polled: true,
    }));
    this.context.sink.links(this.device, devices, []);
  }

  private report(): void {
    const { interval } = this.config;
    const achieved = this.meter.achievedIntervalMs();
    const { offsetMs, errorMs } = this.pageClock;
    this.context.sink.health({
      target: this.target,
      device: this.device,
      collector: 'prometheus',
      address: shownUrl(this.url),
      state: this.state(),
      lastSuccessMs: this.lastSuccessMs,
      lastError: this.lastError,
      polls: this.meter.polls,
      failures: this.failures,
      ports: this.ports,
      clockOffsetMs: offsetMs,
      ...(errorMs === null ? {} : { clockErrorMs: errorMs }),
      paths: [
        {
          path: 'page',
          requestedIntervalMs: interval,
          achievedIntervalMs: achieved,
          staircaseMs: null,
          missing: this.missing,
          refused: this.problems.slice(0, MOST_PROBLEMS),
          lastError: this.lastError,
        },
      ],
      missing: this.missing,
      refused: this.problems,
      shortestStormMs: achieved === null ? null : 2 * achieved,
      collectedBy: this.context.collectorId,
      atMs: this.context.clock.now(),
    });
  }

  private state(): TargetHealth['state'] {
    const { lastError, lastSuccessMs } = this;
    if (lastError !== null && (lastSuccessMs === null || lastError.atMs >= lastSuccessMs)) return 'down';
    return lastSuccessMs === null ? 'starting' : this.isEmpty() || this.stale !== undefined ? 'degraded' : 'ok';
  }

  private isEmpty(): boolean {
    return this.ports + this.collectiveMeans === 0;
  }

  async probe(signal: AbortSignal): Promise<ProbeResult> {
    try {
      const { samples, problems, frames } = await this.read(signal);
      if (this.isEmpty()) {
        return {
          ok: false,
          message: `${shownUrl(this.url)}: ${this.problems[0]}`,
          shows: [],
          cannotShow: this.missing,
        };
      }
      const { shows, missing: cannotShow } = fieldsOf(givenIn(frames));
      const names = this.pages.devices.map(({ device }) => device);
      const collectives = this.collectiveMeans === 0 ? '' : `, ${this.collectiveMeans} means of NCCL operations`;
      const more = problems.length === 0 ? '' : `; ${problems[0]}`;
      return {
        ok: true,
        message: `${samples} samples, ${this.ports} ports of ${names.slice(0, 5).join(', ') || 'no device'}${names.length > 5 ? ', ...' : ''}${collectives}${more}`,
        device: this.device,
        ports: this.ports,
        shows: [...shows, ...(this.collectiveMeans === 0 ? [] : ['collectives'])],
        cannotShow,
      };
    } catch (error) {
      return { ok: false, message: errorMessage(error), shows: [], cannotShow: [] };
    } finally {
      this.http.close();
    }
  }
}

/** What came instead of an exporter's page, where that can be told. */
function sentInstead(url: URL, contentType: string): string {
  // UFM telemetry has every page in three forms, by the beginning of its path.
  const form = /^\/(csv|json)(?=\/)/.exec(url.pathname)?.[0];
  if (form !== undefined) return `: leave ${form} out of the address`;
  const sent = /html|json|csv|protobuf|utf-16/i.exec(contentType)?.[0];
  return sent === undefined ? '' : ` (it sends ${sent})`;
}
