import { expect, it } from 'vitest';
import type { FabricPort } from '../../../collectors/infiniband/fabric.ts';
import { Sweeper } from '../../../collectors/infiniband/sweep.ts';
import type { ToolOutput } from '../../../collectors/infiniband/tools.ts';
import { createNormaliser } from '../../../lib/counters/index.ts';
import { CollectorError } from '../../../lib/errors.ts';
import { counterOf } from '../prometheus/pages.ts';

const port = (lid: number, number: number, more: Partial<FabricPort> = {}): FabricPort => ({
  device: `leaf${lid}`,
  port: String(number),
  guid: `0x${lid}`,
  lid,
  number,
  kind: 'SW',
  linkRateBitsPerSec: 400e9,
  up: true,
  ...more,
});

interface Model {
  /** Words by "lid port". */
  words: Map<string, bigint>;
  wait: Map<string, bigint>;
  /** "lid port" that make the command end. */
  broken: Set<string>;
  deadLids: Set<number>;
  extendedWait: boolean;
  calls: string[];
  onCall?: () => void;
}

/** A perfquery that answers from a model, one port after the other, and ends at the first broken one. */
function fabric(over: Partial<Model> = {}) {
  const model: Model = {
    words: new Map(),
    wait: new Map(),
    broken: new Set(),
    deadLids: new Set(),
    extendedWait: true,
    calls: [],
    ...over,
  };
  let nowMs = 1_800_000_000_000;
  const run = async (_tool: string, args: readonly string[]): Promise<ToolOutput> => {
    model.calls.push(args.join(' '));
    model.onCall?.();
    const extended = args[0] === '-x';
    const [lid = '', list = ''] = args.slice(-2);
    if (model.deadLids.has(Number(lid))) throw new CollectorError('timeout', 'perfquery did not end within 10 ms');
    let text = '';
    for (const number of list.split(',')) {
      const key = `${lid} ${number}`;
      if (model.broken.has(key)) return { text, failure: 'perfquery: iberror: failed: perfextquery' };
      text += `# Port ${extended ? 'extended ' : ''}counters: Lid ${lid} port ${number} (CapMask: 0x0)\n`;
      text += `PortXmitData:....................${model.words.get(key) ?? 0n}\n`;
      if (!extended || model.extendedWait) text += `PortXmitWait:....................${model.wait.get(key) ?? 0n}\n`;
    }
    return { text, failure: undefined };
  };
  const sweeper = new Sweeper({
    tools: { run },
    timeoutMs: 10,
    intervalMs: 5000,
    parallel: 2,
    hotUtilisation: 0.01,
    coldEvery: 6,
    now: () => nowMs,
  });
  const sweep = async (alarmed?: ReadonlySet<string>) => {
    nowMs += 5000;
    model.calls.length = 0;
    return await sweeper.sweep(new AbortController().signal, alarmed);
  };
  return { model, sweeper, sweep, pass: (ms: number) => (nowMs += ms) };
}

/** Port numbers asked for in a sweep, of one node. */
const asked = (calls: readonly string[], lid: number) =>
  calls
    .filter((call) => call.startsWith(`-x -t 625 ${lid} `))
    .flatMap((call) => (call.split(' ').at(-1) ?? '').split(',').map(Number));

it('reads every port once, then busy ones always and quiet ones in turns', async () => {
  const { model, sweeper, sweep } = fabric({ extendedWait: true });
  sweeper.set([1, 2, 3, 4, 5, 6].map((number) => port(1, number)));
  expect((await sweep()).read).toBe(6);
  const times = new Map<number, number>();
  const grow = () => {
    // 19 Gbit/s on port 1; port 3 carries nothing but waits for credits; port 2 is below the threshold.
    model.words.set('1 1', (model.words.get('1 1') ?? 0n) + 3_000_000_000n);
    model.words.set('1 2', (model.words.get('1 2') ?? 0n) + 1000n);
    model.wait.set('1 3', (model.wait.get('1 3') ?? 0n) + 5n);
  };
  const count = async (sweeps: number) => {
    times.clear();
    for (let i = 0; i < sweeps; i++) {
      grow();
      await sweep();
      for (const number of asked(model.calls, 1)) times.set(number, (times.get(number) ?? 0) + 1);
    }
    return [1, 2, 3, 4, 5, 6].map((number) => times.get(number) ?? 0);
  };
  // Each has been found busy at its first turn at the latest.
  await count(6);
  expect(sweeper.counts).toEqual({ hot: 2, cold: 4 });
  expect(await count(6)).toEqual([6, 1, 6, 1, 1, 1]);
  expect(await count(12)).toEqual([12, 2, 12, 2, 2, 2]);
  // Quiet ports do not all have their turn in the same sweep.
  expect(model.calls).toHaveLength(1);
  expect(asked(model.calls, 1).length).toBeLessThan(6);
  // Once they have gone quiet, they stay busy for a few sweeps and then take turns again.
  for (let i = 0; i < 4; i++) await sweep();
  expect(sweeper.counts).toEqual({ hot: 0, cold: 6 });
});

it('tells how often a port is read, so that its longer interval is no gap', async () => {
  const { model, sweeper, sweep } = fabric();
  sweeper.set([port(1, 1), port(1, 2)]);
  const normaliser = createNormaliser();
  const seconds: number[] = [];
  for (let i = 0; i < 20; i++) {
    model.words.set('1 1', (model.words.get('1 1') ?? 0n) + 3_000_000_000n);
    for (const reading of (await sweep()).frames) {
      for (const { startMs, endMs } of normaliser.advance(reading).frames) {
        const length = (endMs[1]! - startMs[1]!) / 1000;
        if (length > 0) seconds.push(length);
      }
    }
  }
  // From the second turn on each is a whole interval of six sweeps; the first turn comes earlier.
  expect(seconds).toEqual([20, 30, 30]);
});

it('reads a quiet port at once when something has happened there', async () => {
  const { model, sweeper, sweep } = fabric();
  sweeper.set([1, 2, 3, 4, 5, 6].map((number) => port(1, number)));
  await sweep();
  await sweep();
  await sweep(new Set(['0x1 6']));
  expect(asked(model.calls, 1)).toContain(6);
  await sweep();
  expect(asked(model.calls, 1)).toContain(6);
});

it('asks no node for quiet ports that would make the next sweep late; they come first next time', async () => {
  const { model, sweeper, sweep, pass } = fabric();
  const lids = [1, 2, 3, 4, 5, 6, 7, 8];
  sweeper.set(lids.map((lid) => port(lid, 6)));
  // Two commands at once, two seconds each: the third pair would end after the beat.
  model.onCall = () => pass(1100);
  const read = new Set<string>();
  let sweeps = 0;
  for (; read.size < lids.length; sweeps++) {
    const { read: count } = await sweep();
    expect(count).toBeLessThanOrEqual(5);
    for (const call of model.calls) read.add(call.split(' ').at(-2) ?? '');
    if (sweeps > 3) break;
  }
  expect(read.size).toBe(lids.length);
  expect(sweeps).toBe(2);
});

it('takes from the classic set only what the extended one lacks: credit waits, in 32 bits that stop', async () => {
  const { model, sweeper, sweep } = fabric({ extendedWait: false });
  model.words.set('1 1', 2n ** 40n);
  model.wait.set('1 1', 77n);
  sweeper.set([port(1, 1)]);
  const { frames, problems } = await sweep();
  expect(counterOf(frames[0], '1', 'txBytes')).toBe(2n ** 42n);
  expect(counterOf(frames[0], '1', 'xmitWaitTicks')).toBe(77n);
  const widths = frames[0]?.counters.map(({ counter, widthBits, saturates }) => [counter, widthBits, saturates]);
  expect(widths).toEqual([
    ['txBytes', 64, undefined],
    ['xmitWaitTicks', 32, true],
  ]);
  expect(problems).toEqual(['leaf1/1: PortXmitData stands at its end (4294967295)']);
});

it('a port that fails costs itself, not those behind it', async () => {
  const { model, sweeper, sweep } = fabric();
  model.broken.add('1 2');
  sweeper.set([port(1, 1), port(1, 2), port(1, 3)]);
  const { frames, problems, read } = await sweep();
  expect(read).toBe(2);
  expect(counterOf(frames[0], '2', 'txBytes')).toBeUndefined();
  expect(counterOf(frames[0], '3', 'txBytes')).toBe(0n);
  expect(frames[0]?.atMs[1]).toBeNaN();
  expect(problems).toEqual(['leaf1/2: perfquery: iberror: failed: perfextquery']);
});

it('a dead node is asked less and less; the others are read', async () => {
  const { model, sweeper, sweep } = fabric();
  model.deadLids.add(2);
  sweeper.set([port(1, 1), port(2, 1)]);
  const tries: boolean[] = [];
  for (let i = 0; i < 12; i++) {
    // The dead one alone may be due: that is no failure of the fabric.
    const { frames } = await sweep();
    tries.push(asked(model.calls, 2).length > 0);
    if ([0, 5, 11].includes(i)) expect(frames.map(({ device }) => device)).toEqual(['leaf1']);
  }
  expect(tries.filter(Boolean).length).toBeLessThan(6);
  model.deadLids.clear();
  let back = false;
  for (let i = 0; i < 20; i++) {
    const { frames } = await sweep().catch(() => ({ frames: [] }));
    back ||= frames.some(({ device }) => device === 'leaf2');
  }
  expect(back).toBe(true);
});

it('fails in one sentence where no node answers', async () => {
  const { model, sweeper, sweep } = fabric();
  model.deadLids.add(1);
  sweeper.set([port(1, 1)]);
  await expect(sweep()).rejects.toThrow('LID 1 (leaf1): perfquery did not end within 10 ms');
});

it('an unplugged port is down, not silent', async () => {
  const { sweeper, sweep } = fabric();
  sweeper.set([port(1, 1), port(1, 2, { up: false })]);
  const { frames } = await sweep();
  expect([...frames[0]!.linkUp]).toEqual([1, 0]);
  expect(frames[0]?.atMs[1]).not.toBeNaN();
});

it('loses nothing of a sweep during which the fabric was looked at again', async () => {
  const { model, sweeper, sweep } = fabric();
  const ports = () => [1, 2].map((number) => port(1, number));
  sweeper.set(ports());
  model.onCall = () => sweeper.set([...ports(), port(2, 1)]);
  const { frames, read } = await sweep();
  expect(read).toBe(2);
  expect(frames.map(({ device }) => device)).toEqual(['leaf1']);
  expect(counterOf(frames[0], '2', 'xmitWaitTicks')).toBe(0n);
  delete model.onCall;
  // What is new has its turn in the next one, and what was read is remembered.
  await sweep();
  expect(asked(model.calls, 2)).toEqual([1]);
  expect(sweeper.counts).toEqual({ hot: 0, cold: 3 });
});
