import { gnmiPlugin } from '../../../collectors/gnmi/index.ts';
import type { CollectSink, ProbeResult, Source } from '../../../lib/collect/types.ts';
import type { ReadingFrame } from '../../../lib/counters/reading.ts';
import type { TargetHealth } from '../../../lib/events/events.ts';
import type { DeviceInfo, Link } from '../../../lib/topology/types.ts';
import { collectorContext } from '../../collector-context.ts';
import { type FakeOptions, type FakeTarget, startFakeTarget } from './fake-target.ts';

export interface Collected {
  frames: ReadingFrame[];
  health: TargetHealth[];
  links: { devices: DeviceInfo[]; links: Link[] }[];
}

function sourceOf(address: string, config: Record<string, unknown>, sink: Partial<CollectSink>): Source {
  const fast = { interval: '20ms', timeout: '2s', heartbeat: '50ms' };
  const entry = { name: 'leaf1', collector: 'gnmi', address, tls: false, ...fast, ...config };
  return gnmiPlugin.create(gnmiPlugin.configSchema.parse(entry), collectorContext(sink));
}

/** A collector that runs against an address until the test ends. */
export class RunningSource implements Collected {
  readonly frames: ReadingFrame[] = [];
  readonly health: TargetHealth[] = [];
  readonly links: { devices: DeviceInfo[]; links: Link[] }[] = [];
  private readonly stopped = new AbortController();
  private readonly done: Promise<void>;

  constructor(address: string, config: Record<string, unknown> = {}) {
    const sink = {
      readings: (frame: ReadingFrame) => void this.frames.push(frame),
      links: (_: string, devices: DeviceInfo[], links: Link[]) => void this.links.push({ devices, links }),
      health: (one: TargetHealth) => void this.health.push(one),
    };
    this.done = sourceOf(address, config, sink).start(this.stopped.signal);
  }

  /** Waits for something to be so; vitest ends a test that waits for ever. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Waits for so many frames more. */
  async more(count: number): Promise<void> {
    const before = this.frames.length;
    await this.until(() => this.frames.length >= before + count);
  }

  says(text: string): boolean {
    return this.health.some(({ refused, lastError }) => [...refused, lastError?.message].join().includes(text));
  }

  counter(counter: string, port = 'Ethernet1', priority = -1): bigint | null {
    const frame = this.frames.at(-1);
    const index = frame?.ports.indexOf(port) ?? -1;
    const column = frame?.counters.find((one) => one.counter === counter && one.priority === priority);
    if (column?.present[index] !== 1) return null;
    return (BigInt(column.high[index] ?? 0) << 32n) | BigInt(column.low[index] ?? 0);
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.done;
  }
}

/** What one test has started, to be ended after it. */
export class Bench {
  private readonly ends: (() => Promise<void>)[] = [];

  async target(options: FakeOptions = {}): Promise<FakeTarget> {
    const target = await startFakeTarget(options);
    this.ends.unshift(() => target.close());
    return target;
  }

  source(address: string, config: Record<string, unknown> = {}): RunningSource {
    const source = new RunningSource(address, config);
    this.ends.unshift(() => source.stop());
    return source;
  }

  probe(address: string, config: Record<string, unknown> = {}): Promise<ProbeResult> {
    return sourceOf(address, config, {}).probe(new AbortController().signal);
  }

  async end(): Promise<void> {
    for (const end of this.ends.splice(0)) await end();
  }
}
