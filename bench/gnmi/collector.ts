import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkStallscopeConfig } from '../../collectors/config.ts';
import { type Collector, startCollector } from '../../collectors/main.ts';
import { PLUGINS } from '../../collectors/registry.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { BenchResult } from '../benchmark.ts';
import { UPDATES } from './messages.ts';

const MIB = 1024 * 1024;

export interface FabricShape {
  address: string;
  monitorUrl: string;
  devices: number;
  ports: number;
  /** Each port sends two messages of 30 updates in this time. */
  intervalMs: number;
}

/** A whole collector with its devices: streams, normaliser, detectors, spool, line protocol to a monitor. */
export class CollectorUnderLoad {
  private constructor(
    private readonly shape: FabricShape,
    private readonly collector: Collector,
    private readonly end: () => void,
  ) {}

  static async start(shape: FabricShape): Promise<CollectorUnderLoad> {
    const dataDir = mkdtempSync(join(tmpdir(), 'stallscope-bench-gnmi-'));
    const targets = Array.from({ length: shape.devices }, (_, index) => ({
      name: `leaf${index}`,
      collector: 'gnmi',
      address: shape.address,
      tls: false,
      interval: `${shape.intervalMs}ms`,
      paths: ['openconfig-interfaces', 'arista-pfc'],
    }));
    const { value: config, problems } = checkStallscopeConfig({ targets }, null, PLUGINS);
    if (config === undefined) throw new Error(problems.map(({ message }) => message).join('; '));
    const collector = await startCollector({ config, dataDir, monitorUrl: shape.monitorUrl, logger: silentLogger });
    const end = (): void => rmSync(dataDir, { recursive: true, force: true });
    const started = new CollectorUnderLoad(shape, collector, end);
    while (started.frames().some((frames) => frames < 5)) await delay(200);
    return started;
  }

  private frames(): number[] {
    return this.collector.status().targets.map(({ polls }) => polls);
  }

  /** Updates per CPU-second of this process over some time. */
  async measure(ms: number): Promise<number> {
    const before = this.frames();
    const cpu = process.cpuUsage();
    await delay(ms);
    const { user, system } = process.cpuUsage(cpu);
    const frames = this.frames().reduce((sum, count, index) => sum + count - (before[index] ?? 0), 0);
    return ((frames * this.shape.ports * 2 * UPDATES) / (user + system)) * 1e6;
  }

  /** What went wrong, and how well the interval was kept. */
  facts(): BenchResult {
    const { targets, channels } = this.collector.status();
    const late = targets.flatMap(({ paths }) => paths).map((path) => path.achievedIntervalMs ?? Number.NaN);
    return {
      devices: this.shape.devices,
      ports: this.shape.ports,
      intervalMs: this.shape.intervalMs,
      worstIntervalMs: Math.max(...late),
      failures: targets.reduce((sum, { failures }) => sum + failures, 0),
      samplesSent: channels.samples.writer,
      rssMiB: Math.round(process.memoryUsage.rss() / MIB),
    };
  }

  async close(): Promise<void> {
    await this.collector.close();
    this.end();
  }
}
