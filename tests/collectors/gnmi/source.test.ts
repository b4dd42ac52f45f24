import { tmpdir } from 'node:os';
import { afterEach, expect, it } from 'vitest';
import { gnmiPlugin } from '../../../collectors/gnmi/index.ts';
import { systemClock } from '../../../lib/clock.ts';
import type { ReadingFrame } from '../../../lib/counters/reading.ts';
import type { TargetHealth } from '../../../lib/events/events.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { type FakeOptions, type FakeTarget, startFakeTarget } from './fake-target.ts';

let target: FakeTarget;
let stop: AbortController;
let running: Promise<void>;
afterEach(async () => {
  stop.abort();
  await running;
  await target.close();
});

async function run(options: FakeOptions) {
  target = await startFakeTarget(options);
  stop = new AbortController();
  const frames: ReadingFrame[] = [];
  const health: TargetHealth[] = [];
  const sink = {
    readings: (frame: ReadingFrame) => frames.push(frame),
    links: () => {},
    steps: () => {},
    collectives: () => {},
    jobs: () => {},
    health: (one: TargetHealth) => health.push(one),
  };
  const config = gnmiPlugin.configSchema.parse({
    name: 'leaf1',
    collector: 'gnmi',
    address: target.address,
    tls: false,
    interval: '20ms',
    timeout: '200ms',
  });
  running = gnmiPlugin
    .create(config, { sink, clock: systemClock, logger: silentLogger, collectorId: 'test', stateDir: tmpdir() })
    .start(stop.signal);
  const until = async (done: () => boolean) => {
    while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { frames, health, until };
}

it('cuts one frame of all ports per sample', async () => {
  const { frames, until } = await run({});
  await until(() => frames.length > 3);
  const frame = frames.at(-1)!;
  expect(frame.ports).toEqual(['Ethernet1', 'Ethernet2']);
  expect([...frame.linkUp]).toEqual([1, 1]);
  expect([...frame.linkRateBitsPerSec]).toEqual([400e9, 400e9]);
  const rx = frame.counters.find(({ counter }) => counter === 'rxBytes')!;
  expect([...rx.present, rx.high[0]]).toEqual([1, 1, 2 ** 8]);
});

it.each([
  ['POLL where STREAM is refused', { refuseStream: true }, 'falling back to poll'],
  ['Get where Subscribe is refused', { refuseSubscribe: true }, 'falling back to get'],
])('falls back to %s and says so', async (_, options, said) => {
  const { frames, health, until } = await run(options);
  await until(() => frames.length > 2 && health.some(({ refused }) => refused.join().includes(said)));
});

it('comes back after the device ended its calls', async () => {
  const { frames, health, until } = await run({});
  await until(() => frames.length > 1);
  target.drop();
  await until(() => health.some(({ lastError }) => lastError?.message.includes('restarting') === true));
  const before = frames.length;
  await until(() => frames.length > before + 2);
});
