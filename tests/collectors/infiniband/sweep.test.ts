import { expect, it } from 'vitest';
import type { FabricPort } from '../../../collectors/infiniband/fabric.ts';
import { Sweeper } from '../../../collectors/infiniband/sweep.ts';
import type { ToolOutput } from '../../../collectors/infiniband/tools.ts';
import { CollectorError } from '../../../lib/errors.ts';
import { counterOf } from '../prometheus/pages.ts';

const port = (lid: number, number: number, more: Partial<FabricPort> = {}): FabricPort => ({
  device: `leaf${lid}`,
  port: String(number),
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
    const extended = args[0] === '-x';
    const [lid = '', list = ''] = extended ? args.slice(1) : args;
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
    parallel: 2,
    hotUtilisation: 0.01,
    coldEvery: 2,
    now: () => nowMs,
  });
  const sweep = async () => {
    nowMs += 5000;
    model.calls.length = 0;
    return await sweeper.sweep(new AbortController().signal);
  };
  return { model, sweeper, sweep };
}

it('reads every port once, then busy ones always and quiet ones in turns', async () => {
  const { model, sweeper, sweep } = fabric({ extendedWait: true });
  sweeper.set([port(1, 1), port(1, 2), port(1, 3), port(1, 4)]);
  expect((await sweep()).read).toBe(4);
  const lists: string[] = [];
  for (let i = 0; i < 6; i++) {
    // 19 Gbit/s on port 1; port 3 carries nothing but waits for credits; port 2 is below the threshold.
    model.words.set('1 1', (model.words.get('1 1') ?? 0n) + 3_000_000_000n);
    model.words.set('1 2', (model.words.get('1 2') ?? 0n) + 1000n);
    model.wait.set('1 3', (model.wait.get('1 3') ?? 0n) + 5n);
    await sweep();
    lists.push(model.calls[0]!);
  }
  expect(sweeper.hotPorts).toBe(2);
  expect(lists.slice(2).sort()).toEqual(['-x 1 1,2,3,4', '-x 1 1,2,3,4', '-x 1 1,3', '-x 1 1,3']);
  // And once they have gone quiet, they take turns again.
  for (let i = 0; i < 3; i++) await sweep();
  expect(sweeper.hotPorts).toBe(0);
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
  const asked: boolean[] = [];
  for (let i = 0; i < 12; i++) {
    const { frames } = await sweep().catch(() => ({ frames: [] }));
    asked.push(model.calls.some((call) => call.startsWith('-x 2')));
    if (i % 2 === 0) expect(frames.length).toBeGreaterThan(0);
  }
  expect(asked.filter(Boolean).length).toBeLessThan(6);
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
