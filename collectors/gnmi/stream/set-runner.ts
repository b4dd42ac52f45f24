import { linkedStop } from '../../../lib/collect/linked-stop.ts';
import { CollectorError } from '../../../lib/errors.ts';
import { Runner, type RunnerOptions } from './runner.ts';
import { type RunPath, STAGES, type Stage } from './stages.ts';

/** How long a path that polling could not better stays in its stream. */
const SPARED_MS = 3_600_000;

/**
 * Keeps one set of paths coming. A path that its stream gives more slowly than asked, or not at all while it gives the
 * others, is taken out of the stream and polled.
 */
export class SetRunner {
  /** Paths that are polled, and why, by number. */
  private readonly polled = new Map<number, string>();
  private readonly sparedUntilMs = new Map<number, number>();
  private streaming: Runner | null = null;
  private polling: Runner | null = null;

  constructor(private readonly options: Omit<RunnerOptions, 'stages' | 'lagging' | 'endsWhenRefused'>) {}

  /** Until the signal says stop. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const part = linkedStop(signal);
      const runs = [this.stream(part.signal), this.poll(part.signal)];
      // Whichever ends first ends the other: the paths are shared out anew.
      await Promise.race(runs);
      part.stop();
      await Promise.all(runs);
    }
  }

  /** What is not asked as wanted. */
  get remarks(): string[] {
    return [...this.polled.values(), ...[this.streaming?.remark, this.polling?.remark].flatMap((one) => one ?? [])];
  }

  private async stream(signal: AbortSignal): Promise<void> {
    const { config, paths } = this.options;
    const own = paths.filter(({ watch }) => !this.polled.has(watch));
    this.streaming = null;
    if (own.length === 0) return wait(signal);
    const part = linkedStop(signal);
    const lagging = (stage: Stage, nowMs: number): CollectorError | null => {
      if (config.mode !== 'auto' || stage === 'poll' || stage === 'get' || !this.takeOut(own, nowMs)) return null;
      part.stop();
      return new CollectorError('cancelled', 'paths are shared out anew');
    };
    this.streaming = new Runner({ ...this.options, paths: own, stages: STAGES[config.mode], lagging });
    await this.streaming.run(part.signal);
    part.stop();
  }

  private async poll(signal: AbortSignal): Promise<void> {
    const { paths, clock } = this.options;
    const own = paths.filter(({ watch }) => this.polled.has(watch));
    this.polling = null;
    if (own.length === 0) return wait(signal);
    this.polling = new Runner({ ...this.options, paths: own, stages: STAGES.polled, endsWhenRefused: true });
    await this.polling.run(signal);
    if (signal.aborted) return;
    // No better: back into the stream, and left there.
    for (const { watch } of own) this.sparedUntilMs.set(watch, clock.now() + SPARED_MS);
    this.polled.clear();
  }

  /** Finds paths that are better polled. Those of a wholly slow device are polled all together. */
  private takeOut(paths: readonly RunPath[], nowMs: number): boolean {
    const { watchdog, config } = this.options;
    const silent = (watch: number): boolean => watchdog.isSilent(watch, nowMs, config.timeout);
    // A stream that gives nothing at all is another matter.
    if (paths.every(({ mode, watch }) => mode !== 'sample' || silent(watch))) return false;
    let found = false;
    for (const { watch } of paths) {
      if (nowMs < (this.sparedUntilMs.get(watch) ?? 0)) continue;
      if (!watchdog.isSlow(watch) && !silent(watch)) continue;
      this.polled.set(watch, `${watchdog.complaint(watch, nowMs, config.timeout)} in its stream, polled instead`);
      found = true;
    }
    return found;
  }
}

async function wait(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
