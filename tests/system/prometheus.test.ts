import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prometheusPlugin } from '../../collectors/prometheus/index.ts';
import type { ReadingFrame } from '../../lib/counters/reading.ts';
import type { TargetHealth } from '../../lib/events/events.ts';
import { collectorContext } from '../collector-context.ts';
import { roceTree, writeTree } from '../collectors/host/trees.ts';
import { counterOf } from '../collectors/prometheus/pages.ts';
import { freePort } from '../free-port.ts';

const EXPORTER = '/usr/bin/prometheus-node-exporter';
const installed = existsSync(EXPORTER);
const WHY = installed ? '' : ' (skipped: Debian package prometheus-node-exporter is not installed)';

/** Past 2^53 as bytes. */
const WORDS = 3_000_000_000_000_001n;

/** A recorded tree with the further files that node_exporter insists on. */
function recordedTree(): Record<string, string | number | bigint> {
  const card = 'class/infiniband/mlx5_0';
  return {
    ...roceTree(),
    [`${card}/board_id`]: 'MT_0000000838',
    [`${card}/fw_ver`]: '28.39.1002',
    [`${card}/hca_type`]: 'MT4129',
    [`${card}/ports/1/phys_state`]: '5: LinkUp',
    [`${card}/ports/1/counters/port_rcv_data`]: WORDS,
  };
}

/** Debian's node_exporter on a recorded tree. */
describe.skipIf(!installed)(`against node_exporter${WHY}`, () => {
  let directory: string;
  let exporter: ChildProcess;
  let port: number;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'node-exporter-'));
    writeTree(directory, recordedTree());
    port = await freePort();
    exporter = spawn(
      EXPORTER,
      [
        `--path.sysfs=${directory}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--collector.disable-defaults',
        '--collector.infiniband',
        '--collector.netclass',
      ],
      { stdio: 'ignore' },
    );
    while (!(await source([], []).probe(AbortSignal.timeout(2000))).ok) await delay(100);
  });
  afterAll(() => {
    exporter.kill();
    rmSync(directory, { recursive: true });
  });

  const source = (frames: ReadingFrame[], health: TargetHealth[]) =>
    prometheusPlugin.create(
      prometheusPlugin.configSchema.parse({
        name: 'gpu07',
        address: `127.0.0.1:${port}`,
        interval: '100ms',
        timeout: '5s',
      }),
      collectorContext(
        {
          readings: (frame) => frames.push(frame),
          health: (entry) => health.push(entry),
        },
        { collectorId: 'system', stateDir: directory },
      ),
    );

  it('gives the counters of the tree', async () => {
    const frames: ReadingFrame[] = [];
    const health: TargetHealth[] = [];
    const stop = new AbortController();
    const running = source(frames, health).start(stop.signal);
    while (frames.length < 2) await delay(20);
    stop.abort();
    await running;
    const frame = frames.at(-1);
    expect(frame?.ports).toEqual(['ens1np0', 'mlx5_0']);
    expect(frame?.linkRateBitsPerSec[1]).toBe(400e9);
    expect(frame?.linkUp[1]).toBe(1);
    // node_exporter multiplies words by four, and its floats end at 2^53.
    expect(counterOf(frame, 'mlx5_0', 'rxBytes')).toBe(4n * WORDS);
    expect(counterOf(frame, 'mlx5_0', 'txBytes')).toBe(2000n);
    // hw_counters are read by newer versions than Debian's: what it does not show is absent.
    expect([undefined, 12n]).toContain(counterOf(frame, 'mlx5_0', 'cnpSent'));
    expect(counterOf(frame, 'ens1np0', 'linkDowns')).toBe(2n);
    expect(health.at(-1)).toMatchObject({ state: 'ok', ports: 2 });
    expect(health.at(-1)?.refused).toEqual([expect.stringContaining('2^53')]);
  });
});
