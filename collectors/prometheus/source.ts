import { plainPath, portlessHealth } from '../../lib/collect/portless-health.ts';
import { realSleep } from '../../lib/collect/sleep.ts';
import type { CollectorContext, ProbeResult, Source } from '../../lib/collect/types.ts';
import { errorMessage } from '../../lib/errors.ts';
import { type PrometheusConfig, timeoutOf } from './config.ts';
import { type FoundTarget, TargetList } from './discover.ts';
import { Instance } from './instance.ts';
import { HttpReader, shownUrl } from './scrape.ts';

interface Running {
  stop: AbortController;
  done: Promise<void>;
}

/** One `targets:` entry: one exporter, or all those that its lists name. */
export class PrometheusSource implements Source {
  private readonly lists: TargetList[];
  private readonly running = new Map<string, Running>();
  private readonly http: HttpReader;
  private failures = 0;
  private lastSuccessMs: number | null = null;

  constructor(
    private readonly config: PrometheusConfig,
    private readonly context: CollectorContext,
  ) {
    const { auth, tls, maxBodyBytes, discover } = config;
    this.http = new HttpReader({ auth, tls, maxBodyBytes, timeoutMs: timeoutOf(config) });
    this.lists = [
      ...(discover?.files ?? []).map((file) => new TargetList(file, undefined)),
      ...(discover?.urls ?? []).map((url) => new TargetList(url, this.http)),
    ];
  }

  async start(signal: AbortSignal): Promise<void> {
    const single = this.single();
    if (single !== undefined) return await single.start(signal);
    while (!signal.aborted) {
      await this.refresh(signal);
      await realSleep(this.config.discover?.refresh ?? 0, signal);
    }
    await Promise.all([...this.running.values()].map(({ done }) => done));
    this.http.close();
  }

  private single(): Instance | undefined {
    const { url, address, name, device } = this.config;
    const text = url ?? (address === undefined ? undefined : `http://${address}/metrics`);
    if (text === undefined) return undefined;
    return new Instance(name, device ?? name, new URL(text), this.config, this.context);
  }

  /** Reads the lists, starts what is new and stops what is gone. A list that cannot be read keeps its last targets. */
  private async refresh(signal: AbortSignal): Promise<void> {
    const errors: string[] = [];
    for (const list of this.lists) {
      await list.refresh(signal).catch((error: unknown) => errors.push(errorMessage(error)));
    }
    if (signal.aborted) return;
    const wanted = new Map(
      this.lists.flatMap(({ targets }) => targets.map((target) => [keyOf(target), target] as const)),
    );
    for (const [key, { stop }] of this.running) {
      if (wanted.has(key)) continue;
      stop.abort();
      this.running.delete(key);
    }
    for (const [key, target] of wanted) if (!this.running.has(key)) this.begin(key, target, signal);
    this.report(errors);
  }

  private begin(key: string, { url, device }: FoundTarget, signal: AbortSignal): void {
    const stop = new AbortController();
    const name = `${this.config.name}/${device}/${url.host}`;
    const instance = new Instance(name, device, url, this.config, this.context);
    const done = instance.start(AbortSignal.any([signal, stop.signal])).catch((error: unknown) => {
      this.context.logger.error({ target: name, err: error }, 'exporter stopped with an error');
    });
    this.running.set(key, { stop, done });
  }

  /** Health of the lists themselves; each exporter tells its own. */
  private report(errors: readonly string[]): void {
    const { name, discover } = this.config;
    const nowMs = this.context.clock.now();
    if (errors.length === 0) this.lastSuccessMs = nowMs;
    else this.failures++;
    const refreshMs = discover?.refresh ?? 0;
    const health = portlessHealth(this.context, {
      target: name,
      device: name,
      collector: 'prometheus',
      address: this.lists.map(({ where }) => (URL.canParse(where) ? shownUrl(new URL(where)) : where)).join(', '),
      state: errors.length === 0 ? 'ok' : this.running.size > 0 ? 'degraded' : 'down',
      lastSuccessMs: this.lastSuccessMs,
      lastError: errors.length === 0 ? null : { atMs: nowMs, message: errors.join('; ') },
      polls: 0,
      failures: this.failures,
      paths: [plainPath('targets', refreshMs)],
      refused: [],
    });
    this.context.sink.health(health);
  }

  async probe(signal: AbortSignal): Promise<ProbeResult> {
    const single = this.single();
    if (single !== undefined) return await single.probe(signal);
    try {
      for (const list of this.lists) await list.refresh(signal);
      const [first, ...others] = this.lists.flatMap(({ targets }) => targets);
      if (first === undefined) return { ok: false, message: 'the lists name no target', shows: [], cannotShow: [] };
      const probe = await new Instance(first.device, first.device, first.url, this.config, this.context).probe(signal);
      return { ...probe, message: `${others.length + 1} targets; the first, ${first.device}: ${probe.message}` };
    } catch (error) {
      return { ok: false, message: errorMessage(error), shows: [], cannotShow: [] };
    } finally {
      this.http.close();
    }
  }
}

function keyOf({ url, device }: FoundTarget): string {
  return `${device} ${url.href}`;
}
