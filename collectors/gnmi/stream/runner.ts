import type { Clock } from '../../../lib/clock.ts';
import { pollLoop } from '../../../lib/collect/poll-loop.ts';
import { realSleep } from '../../../lib/collect/sleep.ts';
import { CollectorError } from '../../../lib/errors.ts';
import type { GnmiConfig } from '../config.ts';
import type { Intake } from '../intake/intake.ts';
import type { PathSet } from '../paths/types.ts';
import { type EncodingName, encodeGet, encodePoll, encodeSubscribe, type SubscribeOptions } from '../proto/requests.ts';
import type { Watchdog } from '../watchdog.ts';
import { Backoff } from './backoff.ts';
import { GnmiSession } from './session.ts';

/** Ways to get a set's values, best first. A device that refuses one, or stays silent, is tried with the next. */
const STAGES = {
  auto: ['stream', 'sampled', 'poll', 'get'],
  stream: ['stream', 'sampled'],
  poll: ['poll'],
  get: ['get'],
} as const;
type Stage = (typeof STAGES.auto)[number];

/** How long a set that no way gave is left alone. */
const GIVE_UP_MS = 600_000;

/** What a runner tells its source. */
export interface RunnerListener {
  /** A message is about to be read. */
  arriving(nowMs: number): void;
  received(): void;
  failed(error: CollectorError): void;
}

export interface RunnerOptions {
  set: PathSet;
  intake: Intake;
  config: GnmiConfig;
  clock: Clock;
  encoding: EncodingName;
  watchdog: Watchdog;
  firstWatch: number;
  listener: RunnerListener;
}

/** Keeps the values of one set of paths coming, on a connection of its own: what fails here stops no other set. */
export class SetRunner {
  private readonly backoff: Backoff;
  private stage = 0;
  private working = false;
  /** Why this set is not asked at the moment, or is not asked as wanted; null = all is well. */
  remark: string | null = null;

  constructor(private readonly options: RunnerOptions) {
    this.backoff = new Backoff(Math.min(1000, options.config.interval));
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.once(signal);
      } catch (error) {
        if (signal.aborted) return;
        await realSleep(this.failed(error), signal);
      }
    }
  }

  /** Decides what is tried next and returns how long to wait before, ms. */
  private failed(error: unknown): number {
    const { listener, set, config } = this.options;
    const failure =
      error instanceof CollectorError ? error : new CollectorError('malformed', String(error), { cause: error });
    const stages = STAGES[config.mode];
    if (failure.code !== 'unsupported') {
      this.stage = 0;
      listener.failed(failure);
      return this.backoff.next();
    }
    this.remark = `${set.name}: ${stages[this.stage]} refused (${failure.message})`;
    this.stage++;
    const next = stages[this.stage];
    if (next !== undefined) {
      this.remark += `, falling back to ${next === 'sampled' ? 'sampling its states' : next}`;
      return 0;
    }
    this.stage = 0;
    listener.failed(new CollectorError('unsupported', this.remark, { cause: failure }));
    return GIVE_UP_MS;
  }

  private async once(signal: AbortSignal): Promise<never> {
    const { config, watchdog, firstWatch, set, clock } = this.options;
    const session = new GnmiSession(config);
    this.working = false;
    watchdog.started(firstWatch, set.paths.length, clock.now());
    try {
      const stage = STAGES[config.mode][this.stage] ?? 'get';
      return stage === 'get' ? await this.getting(session, signal) : await this.subscribed(session, stage, signal);
    } finally {
      session.close();
    }
  }

  private request(stage: Stage): SubscribeOptions {
    const { set, config, encoding } = this.options;
    return {
      target: config.target ?? set.target,
      origin: set.origin === 'openconfig' ? (config.origin ?? set.origin) : set.origin,
      paths: stage === 'stream' ? set.paths : set.paths.map(({ path }) => ({ path, mode: 'sample' })),
      encoding,
      list: stage === 'poll' ? 'poll' : 'stream',
      intervalMs: config.interval,
      heartbeatMs: config.heartbeat,
    };
  }

  private async subscribed(session: GnmiSession, stage: Stage, signal: AbortSignal): Promise<never> {
    const { intake } = this.options;
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const call = session.subscribe(encodeSubscribe(this.request(stage)), (message) =>
      this.take((nowMs) => intake.subscribeResponse(message, nowMs)),
    );
    const abort = (): void => call.cancel();
    both.addEventListener('abort', abort, { once: true });
    if (stage === 'poll') void this.polling(both, async () => call.send(encodePoll()), stop);
    try {
      return await Promise.race([call.ended, this.silence(both)]);
    } finally {
      stop.abort();
      // The race may have been lost by the call: its end is expected then.
      call.ended.catch(() => {});
    }
  }

  private async getting(session: GnmiSession, signal: AbortSignal): Promise<never> {
    const { intake } = this.options;
    const stop = new AbortController();
    let failure: unknown = new CollectorError('cancelled', 'stopped');
    await this.polling(
      AbortSignal.any([signal, stop.signal]),
      async (own) => {
        const answer = await session.get(encodeGet(this.request('get')), own);
        this.take((nowMs) => intake.getResponse(answer, nowMs));
      },
      stop,
      (error) => {
        failure = error;
      },
    );
    throw failure;
  }

  private polling(
    signal: AbortSignal,
    poll: (signal: AbortSignal) => Promise<void>,
    stop: AbortController,
    failed: (error: unknown) => void = () => {},
  ): Promise<void> {
    const { config, clock, set } = this.options;
    return pollLoop({
      key: `${config.name}/${set.name}`,
      intervalMs: config.interval,
      clock,
      signal,
      poll,
      failed: (error) => {
        failed(error);
        stop.abort();
      },
    });
  }

  /** Rejects when the device has sent none of the set's sampled paths for longer than it may. */
  private async silence(signal: AbortSignal): Promise<never> {
    const { watchdog, firstWatch, set, config, clock } = this.options;
    const startedMs = clock.now();
    const sampled = set.paths.filter(({ mode }) => mode === 'sample').length;
    for (;;) {
      await realSleep(Math.max(config.interval, 100), signal);
      if (signal.aborted) throw new CollectorError('cancelled', 'stopped');
      const nowMs = clock.now();
      if (!this.working && nowMs - startedMs < config.timeout) continue;
      if (watchdog.silent(firstWatch, set.paths.length, nowMs).length < sampled) continue;
      // Without any answer the connection is to blame, not the way of asking.
      if (!this.working) throw new CollectorError('timeout', `no message within ${config.timeout} ms`);
      throw new CollectorError('unsupported', 'the device is silent');
    }
  }

  /** A message nobody understands is told and passed over: the ones after it may be good. */
  private take(read: (nowMs: number) => void): void {
    const { listener, clock } = this.options;
    const nowMs = clock.now();
    listener.arriving(nowMs);
    try {
      read(nowMs);
      if (!this.working) {
        this.working = true;
        this.backoff.reset();
        if (this.stage === 0) this.remark = null;
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      listener.failed(
        new CollectorError('malformed', `a message of ${this.options.set.name} is unreadable: ${message}`, {
          cause: error,
        }),
      );
    }
    listener.received();
  }
}
