import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hostPlugin } from '../../../collectors/host/index.ts';
import type { ReadingFrame } from '../../../lib/counters/reading.ts';
import { collectorContext } from '../../collector-context.ts';
import { writeTree } from './trees.ts';

let root: string;
let aheadMs: number;
const clock = { now: () => Date.now() + aheadMs };
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'host-source-'));
  aheadMs = 0;
});
afterEach(() => rmSync(root, { recursive: true }));

function running(frames: ReadingFrame[], signal: AbortSignal): Promise<void> {
  const config = hostPlugin.configSchema.parse({ name: 'gpu07', root, interval: '10ms', optics: '0s' });
  const source = hostPlugin.create(
    config,
    collectorContext(
      {
        readings: (frame) => frames.push(frame),
      },
      { clock, stateDir: root },
    ),
  );
  return source.start(signal);
}

it('notices within ten seconds that an adapter has gone, whenever that was, and within a minute that one has come', async () => {
  const plug = (name: string) => writeTree(root, { [`class/infiniband/${name}/ports/1/hw_counters/np_cnp_sent`]: 5 });
  plug('mlx5_0');
  plug('mlx5_1');
  const frames: ReadingFrame[] = [];
  const stop = new AbortController();
  const done = running(frames, stop.signal);
  const ports = () => frames.at(-1)?.ports.join(' ');
  const polls = async (count: number) => {
    const until = frames.length + count;
    while (frames.length < until) await delay(2);
  };
  await polls(2);
  expect(ports()).toBe('mlx5_0 mlx5_1');

  // Right after the tree was walked: it is not walked again so soon.
  rmSync(join(root, 'class/infiniband/mlx5_1'), { recursive: true });
  await polls(3);
  expect(ports()).toBe('mlx5_0 mlx5_1');
  aheadMs += 10_000;
  await polls(3);
  expect(ports()).toBe('mlx5_0');

  plug('mlx5_2');
  await polls(3);
  expect(ports()).toBe('mlx5_0');
  aheadMs += 60_000;
  await polls(3);
  expect(ports()).toBe('mlx5_0 mlx5_2');
  stop.abort();
  await done;
});
