import { afterEach, describe, expect, it } from 'vitest';
import { Watchdog } from '../../../collectors/gnmi/watchdog.ts';
import { Bench } from './running.ts';

const bench = new Bench();
afterEach(() => bench.end());

describe('ways of asking', () => {
  it.each([
    ['samples its states where ON_CHANGE is refused', { refuseOnChange: true }, 'falling back to sampling its states'],
    ['polls where STREAM is refused', { refuseStream: true }, 'falling back to poll'],
    ['gets where STREAM and POLL are refused', { refuseStream: true, refusePoll: true }, 'falling back to get'],
    ['gets where Subscribe is refused', { refuseSubscribe: true }, 'falling back to get'],
    ['polls where streams stay silent', { silent: true }, 'falling back to poll'],
  ])('%s, and says so', async (_, options, said) => {
    const target = await bench.target(options);
    const source = bench.source(target.address);
    await source.more(3);
    await source.until(() => source.says(said));
    expect(source.counter('rxBytes')).not.toBeNull();
  });

  it('does only what it is told to', async () => {
    const target = await bench.target({ refuseStream: true });
    const source = bench.source(target.address, { mode: 'stream' });
    await source.until(() => source.says('no STREAM here'));
    expect(source.frames).toEqual([]);
    expect(target.requests.every(({ subscribe }) => subscribe?.mode === 'STREAM')).toBe(true);
  });

  it('leaves modes and intervals to the device where it is told to', async () => {
    const target = await bench.target({ ownChoiceMs: 25 });
    const source = bench.source(target.address, { mode: 'target-defined' });
    await source.more(3);
    const asked = target.requests.flatMap(({ subscribe }) => subscribe?.subscription ?? []);
    expect(asked.length).toBeGreaterThan(0);
    for (const one of asked)
      expect(one).toMatchObject({ mode: 'TARGET_DEFINED', sample_interval: '0', heartbeat_interval: '0' });
    expect(source.health.at(-1)?.lastError).toBeNull();
  });

  it('takes no offence where a set that few devices have is refused', async () => {
    const target = await bench.target({ refusePath: 'forward-error-correction' });
    const source = bench.source(target.address, { paths: ['openconfig-interfaces', 'srlinux-fec'] });
    const refused = () => target.requests.filter(({ get, subscribe }) => (get ?? subscribe) !== undefined).length;
    await source.until(() => refused() >= 5);
    await source.more(3);
    expect(source.health.at(-1)).toMatchObject({ state: 'ok', lastError: null, refused: [], failures: 0 });
    expect(source.health.flatMap(({ paths }) => paths.map(({ path }) => path)).join()).not.toContain('forward-error');
  });

  it.each([
    ['comes more slowly than asked', 600, 'asked every 200ms'],
    ['does not come at all', Number.POSITIVE_INFINITY, 'the device sends nothing for it'],
  ])('polls the one path that %s, and says so', async (_, everyMs, said) => {
    const target = await bench.target({ slow: { 'ethernet/state': everyMs } });
    const source = bench.source(target.address, { interval: '200ms' });
    await source.until(() => source.says('in its stream, polled instead'));
    expect(source.says(`ethernet/state: ${said}`)).toBe(true);
    // What is polled comes again; what streamed goes on.
    await source.until(() => target.requests.filter(({ poll }) => poll).length > 3);
    await source.more(2);
    expect(source.counter('rxPauseFrames')).toBe(7n);
    const streams = target.requests.filter(({ subscribe }) => subscribe?.mode === 'STREAM');
    const names = streams.at(-1)!.subscribe!.subscription.map(({ path }) => path.elem!.at(-1)!.name);
    expect(names).not.toContain('state');
    expect(names).toContain('oper-status');
  });
});

describe('watchdog', () => {
  it('calls a path slow after four intervals, and forgives one that was late once', () => {
    const watchdog = new Watchdog();
    const path = watchdog.add('/a', true, 1000);
    watchdog.started(path, 0);
    for (const atMs of [0, 1000, 2000, 5000, 6000]) watchdog.seen(path, atMs);
    expect(watchdog.isSlow(path)).toBe(false);
    expect(watchdog.complaint(path, 6100)).toBeNull();
    for (const atMs of [8000, 10_000, 12_000, 14_000]) watchdog.seen(path, atMs);
    expect(watchdog.isSlow(path)).toBe(true);
    expect(watchdog.complaint(path, 14_100)).toBe('/a: asked every 1s, comes every 2s');
    watchdog.failed(path, 'the device ended the subscription', 14_050);
    expect(watchdog.health(14_100)).toEqual([
      {
        path: '/a',
        requestedIntervalMs: 1000,
        achievedIntervalMs: 2000,
        staircaseMs: null,
        refused: ['/a: asked every 1s, comes every 2s'],
        lastError: { atMs: 14_050, message: 'the device ended the subscription' },
      },
    ]);
  });

  it('counts the messages of one sample once', () => {
    const watchdog = new Watchdog();
    const path = watchdog.add('/a', true, 1000);
    watchdog.started(path, 0);
    for (const atMs of [0, 5, 9, 1000, 1004, 2000, 2003]) watchdog.seen(path, atMs);
    expect(watchdog.health(2100)[0]!.achievedIntervalMs).toBe(1000);
  });

  it('begins anew where the clock was set back', () => {
    const watchdog = new Watchdog();
    const path = watchdog.add('/a', true, 1000);
    watchdog.started(path, 3_600_000);
    for (const atMs of [3_600_000, 3_601_000, 1000, 2000, 3000]) watchdog.seen(path, atMs);
    expect(watchdog.health(3100)[0]!.achievedIntervalMs).toBe(1000);
    expect(watchdog.isSilent(path, 3100, 1000)).toBe(false);
    expect(watchdog.isSilent(path, 9000, 1000)).toBe(true);
  });

  it('is patient with a slow path, and asks nothing of a path on change', () => {
    const watchdog = new Watchdog();
    const [sampled, onChange] = [watchdog.add('/a', true, 1000), watchdog.add('/b', false, 1000)];
    for (const path of [sampled, onChange]) watchdog.started(path, 0);
    for (const atMs of [0, 10_000, 20_000]) watchdog.seen(sampled, atMs);
    expect(watchdog.isSilent(sampled, 45_000, 1000)).toBe(false);
    expect(watchdog.isSilent(sampled, 51_000, 1000)).toBe(true);
    expect(watchdog.remarks(51_000)).toEqual(['/a: silent']);
  });

  it('does not take the heartbeats of a state for slow counters, which would be held for minutes', () => {
    const watchdog = new Watchdog();
    const [sampled, onChange] = [watchdog.add('/a', true, 1000), watchdog.add('/b', false, 1000)];
    for (const atMs of [0, 2000, 4000]) watchdog.seen(sampled, atMs);
    for (const atMs of [0, 60_000, 120_000]) watchdog.seen(onChange, atMs);
    expect(watchdog.slowestMs(1000)).toBe(2000);
  });
});
