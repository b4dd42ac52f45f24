import type { Clock } from '../../../lib/clock.ts';
import { linkedStop } from '../../../lib/collect/linked-stop.ts';
import { pollLoop } from '../../../lib/collect/poll-loop.ts';
import { realSleep, type Sleep } from '../../../lib/collect/sleep.ts';
import { CollectorError, errorMessage } from '../../../lib/errors.ts';
import type { GnmiConfig } from '../config.ts';
import type { KeepaliveInterval } from '../grpc/keepalive.ts';
import type { Intake } from '../intake/intake.ts';
import type { PathSet } from '../paths/types.ts';
import { type EncodingName, encodeGet, encodePoll, encodeSubscribe } from '../proto/requests.ts';
import type { Watchdog } from '../watchdog.ts';
import { Backoff } from './backoff.ts';
import { GnmiSession } from './session.ts';
import { intervalOf, type RunPath, requestFor, type STAGES, type Stage } from './stages.ts';

/**
 * How long a set that no way gave is left alone. Shortly at first: a device that starts refuses what it cannot give yet.
 */
const REFUSED_MS = { first: 60_000, longest: 600_000 };

/** A stream that worked this long has recovered: what fails then is a new failure, not the old one going on. */
const HEALTHY_MS = 30_000;

/** What a runner tells its source. */
export interface RunnerListener {
  /** A message is about to be read. */
  arriving(nowMs: number): void;
  received(): void;
  failed(error: CollectorError): void;
}

export interface RunnerOptions {
  set: PathSet;
  paths: readonly RunPath[];
  /** Ways to try, in this order. */
  stages: (typeof STAGES)[keyof typeof STAGES];
  /** Where no way is left: end instead of starting over later. */
  endsWhenRefused?: true;
  intake: Intake;
  config: GnmiConfig;
  clock: Clock;
  encoding: EncodingName;
  watchdog: Watchdog;
  keepalive: KeepaliveInterval;
  listener: RunnerListener;
  /** Called while a stream works: paths that are better asked for in another way end it. */
  lagging?: (stage: Stage, nowMs: number) => CollectorError | null;
  sleep?: Sleep;
}

/** Keeps the values of some paths coming, on a connection of its own: what fails here stops no other. */
export class Runner {
  private readonly backoff: Backoff;
  private readonly refusals = new Backoff(REFUSED_MS.first, REFUSED_MS.longest);
  private readonly sleep: Sleep;
  private stage = 0;
  /** When the first message of this connection came; null = none has. */
  private workingSinceMs: number | null = null;
  /** Why these paths are not asked at the moment, or are not asked as wanted; null = all is well. */
  remark: string | null = null;

  constructor(private readonly options: RunnerOptions) {
    this.backoff = new Backoff(Math.min(1000, options.config.interval));
    this.sleep = options.sleep ?? realSleep;
  }

  /** Ends with the signal; or, where it may, when the device has refused every way. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.once(signal);
      } catch (error) {
        if (signal.aborted) return;
        const waitMs = this.failed(error);
        if (waitMs === null) return;
        await this.sleep(waitMs, signal);
      }
    }
  }

  /** Decides what is tried next and returns how long to wait before, ms; null = nothing is left. */
  private failed(error: unknown): number | null {
    const { listener, set, stages, endsWhenRefused } = this.options;
    const failure =
      error instanceof CollectorError ? error : new CollectorError('malformed', errorMessage(error), { cause: error });
    const { paths, watchdog, clock } = this.options;
    const worked = this.workingSinceMs !== null && clock.now() - this.workingSinceMs >= HEALTHY_MS;
    if (worked) {
      this.backoff.reset();
      this.refusals.reset();
    }
    for (const { watch } of paths) watchdog.failed(watch, failure.message, clock.now());
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
    if (endsWhenRefused) return null;
    this.stage = 0;
    listener.failed(new CollectorError('unsupported', this.remark, { cause: failure }));
    return this.refusals.next();
  }

  private async once(signal: AbortSignal): Promise<never> {
    const { config, watchdog, paths, clock, stages, keepalive } = this.options;
    const session = new GnmiSession(config, keepalive);
    this.workingSinceMs = null;
    for (const { watch } of paths) watchdog.started(watch, clock.now());
    const own = linkedStop(signal);
    const stage = stages[this.stage] ?? 'get';
    const ways = stage === 'get' ? this.getting(session, own.signal) : this.subscribed(session, stage, own.signal);
    try {
      return await Promise.race([ways, this.silence(stage, own.signal)]);
    } finally {
      own.stop();
      session.close();
      // The race may have been lost by the call: its end is expected then.
      ways.catch(() => {});
    }
  }

  private async subscribed(session: GnmiSession, stage: Stage, signal: AbortSignal): Promise<never> {
    const { intake, paths, set, config, encoding } = this.options;
    const request = encodeSubscribe(requestFor(stage, paths, set, config, encoding));
    let answered = true;
    const call = session.subscribe(request, (message) => {
      answered = true;
      this.take((nowMs) => intake.subscribeResponse(message, nowMs));
    });
    signal.addEventListener('abort', () => call.cancel(), { once: true });
    if (stage !== 'poll') return call.ended;
    const poll = async (): Promise<void> => {
      // A device that is slower than we ask must not find the questions of minutes in its queue.
      if (!answered) return;
      answered = false;
      call.send(encodePoll());
    };
    return Promise.race([call.ended, this.polling(signal, poll)]);
  }

  private getting(session: GnmiSession, signal: AbortSignal): Promise<never> {
    const { intake, paths, set, config, encoding } = this.options;
    const request = encodeGet(requestFor('get', paths, set, config, encoding));
    return this.polling(signal, async (own) => {
      const answer = await session.get(request, own);
      this.take((nowMs) => intake.getResponse(answer, nowMs));
    });
  }

  /** Rejects with the first failure. */
  private async polling(signal: AbortSignal, poll: (signal: AbortSignal) => Promise<void>): Promise<never> {
    const { config, clock, set } = this.options;
    const own = linkedStop(signal);
    let failure: unknown = new CollectorError('cancelled', 'stopped');
    await pollLoop({
      key: `${config.name}/${set.name}`,
      intervalMs: intervalOf(set, config),
      clock,
      signal: own.signal,
      poll,
      sleep: this.sleep,
      failed: (error) => {
        failure = error;
        own.stop();
      },
    });
    own.stop();
    throw failure;
  }

  /** Rejects when the device has sent none of the sampled paths for longer than it may. */
  private async silence(stage: Stage, signal: AbortSignal): Promise<never> {
    const { watchdog, paths, config, clock, set, lagging } = this.options;
    const startedMs = clock.now();
    const sampled = paths.filter(({ mode }) => mode === 'sample');
    // The first question of a poll has to wait for its turn.
    const patienceMs = config.timeout + (stage === 'poll' ? intervalOf(set, config) : 0);
    for (;;) {
      await this.sleep(Math.max(config.interval, 100), signal);
      if (signal.aborted) throw new CollectorError('cancelled', 'stopped');
      // States alone may rest for as long as they like; keepalive tells a dead connection.
      if (sampled.length === 0) continue;
      const nowMs = clock.now();
      const working = this.workingSinceMs !== null;
      if (!working && nowMs - startedMs < patienceMs) continue;
      // Without any answer the connection is to blame, not the way of asking.
      if (!working && stage !== 'get') throw new CollectorError('timeout', `no message within ${patienceMs} ms`);
      const proven = sampled.some(({ watch }) => watchdog.isProven(watch));
      // A stream that has kept coming may pause while either side is busy; one that never came has been refused.
      const leastMs = Math.max(proven ? config.timeout : 1000, intervalOf(set, config));
      if (sampled.every(({ watch }) => watchdog.isSilent(watch, nowMs, leastMs)))
        throw new CollectorError(proven ? 'timeout' : 'unsupported', 'the device is silent');
      const better = lagging?.(stage, nowMs) ?? null;
      if (better !== null) throw better;
    }
  }

  /** A message nobody understands is told and passed over: the ones after it may be good. */
  private take(read: (nowMs: number) => void): void {
    const { listener, clock, set } = this.options;
    const nowMs = clock.now();
    listener.arriving(nowMs);
    try {
      read(nowMs);
      if (this.workingSinceMs === null) {
        this.workingSinceMs = nowMs;
        if (this.stage === 0) this.remark = null;
      }
    } catch (error) {
      const message = `a message of ${set.name} is unreadable: ${errorMessage(error)}`;
      const said = error instanceof CollectorError ? error : null;
      listener.failed(said ?? new CollectorError('malformed', message, { cause: error }));
    }
    listener.received();
  }
}
