import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prometheusPlugin } from '../../../collectors/prometheus/index.ts';
import type { Fabric } from '../../../demo/fabric/fabric.ts';
import { TotalCounters } from '../../../demo/fabric/totals.ts';
import { goNumber, HostExporter } from '../../../demo/hosts/exporter.ts';
import { HostNic } from '../../../demo/hosts/nic.ts';
import type { ReadingFrame } from '../../../lib/counters/reading.ts';
import type { TargetHealth } from '../../../lib/events/events.ts';
import { collectorContext } from '../../collector-context.ts';
import { counterOf } from '../../collectors/prometheus/pages.ts';
import { freshFabric } from '../fabric/small-cluster.ts';

describe('a number of an exporter', () => {
  it.each([
    [0n, '0'],
    [999_999n, '999999'],
    [1_000_000n, '1e+06'],
    [1_234_567n, '1.234567e+06'],
    [12_500_000_000n, '1.25e+10'],
    [2n ** 53n + 1n, '9.007199254740992e+15'],
    [2n ** 64n - 1n, '1.8446744073709552e+19'],
  ])('%s is printed as Go prints it', (value, text) => {
    expect(goNumber(value)).toBe(text);
  });
});

describe('the page of a demo host', () => {
  let exporter: HostExporter;
  let fabric: Fabric;
  let nicPort: number;
  let port: number;
  let refreshes = 0;
  beforeEach(async () => {
    const made = freshFabric();
    fabric = made.fabric;
    fabric.advance(5000);
    nicPort = made.cluster.topology.devices[made.cluster.topology.hosts[0]!]!.ports[0]!;
    const nic = new HostNic(fabric.network, new TotalCounters(fabric.network, () => 2n ** 40n), nicPort);
    exporter = new HostExporter({ nic, bootSeconds: 1_700_000_000, refresh: () => refreshes++ });
    port = await exporter.start();
  });
  afterEach(() => exporter.stop());

  it('is under /metrics, in the text format, and nothing else is there', async () => {
    const before = refreshes;
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const page = await answer.text();
    expect(refreshes).toBe(before + 1);
    expect(page).toMatch(/^node_infiniband_port_data_received_bytes_total\{device="mlx5_0",port="1"\} 1\.\d+e\+12$/m);
    expect(page).toMatch(/^node_ethtool_received_prio3_pause_duration\{device="ens1np0"\} /m);
    expect(page).toMatch(/^node_ethtool_transmitted_pause_storm_warning_events\{device="ens1np0"\} /m);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })).status).toBe(404);
  });

  it('is read by the prometheus collector: one port, with bytes, pause and state', async () => {
    const frames: ReadingFrame[] = [];
    const health: TargetHealth[] = [];
    const config = prometheusPlugin.configSchema.parse({
      name: 'gpu02',
      collector: 'prometheus',
      address: `127.0.0.1:${port}`,
      interval: '50ms',
      ports: { alias: { ens1np0: 'mlx5_0' } },
    });
    const context = collectorContext({
      readings: (frame: ReadingFrame) => void frames.push(frame),
      health: (one: TargetHealth) => void health.push(one),
    });
    const stop = new AbortController();
    const running = prometheusPlugin.create(config, context).start(stop.signal);
    while (frames.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    fabric.network.up[nicPort] = 0;
    const before = frames.length;
    while (frames.length < before + 2) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    await running;
    const [first] = frames;
    expect(first).toMatchObject({ device: 'gpu02', ports: ['mlx5_0'], linkUp: new Uint8Array([1]) });
    expect([...first!.linkRateBitsPerSec]).toEqual([100e9]);
    expect(counterOf(first, 'mlx5_0', 'rxBytes')).toBe(
      2n ** 40n + BigInt(Math.floor(fabric.network.counters.rxBytes[nicPort]!)),
    );
    expect(counterOf(first, 'mlx5_0', 'txPauseUs', 3)).toBe(2n ** 40n);
    expect([...frames.at(-1)!.linkUp]).toEqual([0]);
    expect(health.at(-1)).toMatchObject({ state: 'ok', refused: [] });
  });
});
