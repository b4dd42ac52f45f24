import { describe, expect, it } from 'vitest';
import { type EventSourceLike, LiveConnection, retryDelayMs } from '../../../app/_lib/live-connection.ts';

class FakeSource implements EventSourceLike {
  closed = false;
  readonly #listeners = new Map<string, (event: { data?: unknown }) => void>();

  constructor(readonly url: string) {}

  addEventListener(type: string, listener: (event: { data?: unknown }) => void): void {
    this.#listeners.set(type, listener);
  }

  close(): void {
    this.closed = true;
  }

  emit(type: string, data?: unknown): void {
    this.#listeners.get(type)?.({ data });
  }
}

function setUp() {
  const sources: FakeSource[] = [];
  const timers: { run: () => void; delayMs: number; cleared: boolean }[] = [];
  const seen: string[] = [];
  let resumed = 0;
  let nowMs = 1000;
  const connection = new LiveConnection({
    open: (url) => {
      const source = new FakeSource(url);
      sources.push(source);
      return source;
    },
    events: ['overview'],
    onEvent: (event, data) => seen.push(`${event} ${data}`),
    onResume: () => {
      resumed += 1;
    },
    nowMs: () => nowMs,
    random: () => 1,
    setTimer: (run, delayMs) => {
      const timer = { run, delayMs, cleared: false };
      timers.push(timer);
      return timer;
    },
    clearTimer: (timer) => {
      (timer as { cleared: boolean }).cleared = true;
    },
  });
  return {
    connection,
    sources,
    timers,
    seen,
    resumed: () => resumed,
    later: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('the event stream', () => {
  it('is live once it opens, and passes events on', () => {
    const { connection, sources, seen, resumed } = setUp();
    connection.connect('/stream');
    expect(connection.state.kind).toBe('connecting');
    sources[0]?.emit('open');
    sources[0]?.emit('overview', '{}');
    expect(connection.state.kind).toBe('live');
    expect(seen).toEqual(['overview {}']);
    expect(resumed()).toBe(0);
  });

  it('says since when it is lost, waits longer each time, and reads everything again when it is back', () => {
    const { connection, sources, timers, resumed, later } = setUp();
    connection.connect('/stream');
    sources[0]?.emit('open');
    later(5000);
    sources[0]?.emit('error');
    expect(connection.state).toEqual({ kind: 'reconnecting', sinceMs: 6000, attempt: 1 });
    expect(sources[0]?.closed).toBe(true);
    timers[0]?.run();
    later(1000);
    sources[1]?.emit('error');
    expect(connection.state).toEqual({ kind: 'reconnecting', sinceMs: 6000, attempt: 2 });
    expect(timers[1]?.delayMs).toBeGreaterThan(timers[0]?.delayMs ?? 0);
    timers[1]?.run();
    sources[2]?.emit('open');
    expect(connection.state.kind).toBe('live');
    expect(resumed()).toBe(1);
  });

  it('ignores what a dropped source still says', () => {
    const { connection, sources, seen } = setUp();
    connection.connect('/stream');
    sources[0]?.emit('open');
    connection.connect('/stream?port=a');
    sources[0]?.emit('overview', 'late');
    sources[0]?.emit('error');
    expect(seen).toEqual([]);
    expect(connection.state.kind).not.toBe('reconnecting');
    expect(sources[1]?.url).toBe('/stream?port=a');
  });

  it('closes while the tab is hidden and catches up when it is shown', () => {
    const { connection, sources, resumed } = setUp();
    connection.connect('/stream');
    sources[0]?.emit('open');
    connection.setHidden(true);
    expect(connection.state).toEqual({ kind: 'paused', by: 'hidden' });
    expect(sources[0]?.closed).toBe(true);
    expect(sources).toHaveLength(1);
    connection.setHidden(false);
    sources[1]?.emit('open');
    expect(resumed()).toBe(1);
  });

  it('stays paused by the reader when the tab comes back', () => {
    const { connection, sources } = setUp();
    connection.connect('/stream');
    connection.setPaused(true);
    connection.setHidden(true);
    connection.setHidden(false);
    expect(connection.state).toEqual({ kind: 'paused', by: 'reader' });
    expect(sources).toHaveLength(1);
    connection.setPaused(false);
    expect(sources).toHaveLength(2);
  });

  it('does not come back after it was closed', () => {
    const { connection, sources, timers } = setUp();
    connection.connect('/stream');
    sources[0]?.emit('error');
    connection.close();
    expect(timers[0]?.cleared).toBe(true);
    expect(sources).toHaveLength(1);
  });

  it('spreads retries over the whole delay and never past 15 s', () => {
    expect(retryDelayMs(0, 0)).toBe(250);
    expect(retryDelayMs(0, 1)).toBe(1000);
    expect(retryDelayMs(50, 1)).toBe(15_000);
  });
});
