import { join } from 'node:path';
import type { CounterColumn, CounterName, ReadingFrame } from '../../lib/counters/reading.ts';
import { CollectorError, errorMessage } from '../../lib/errors.ts';
import { Counter64, parseCounter64 } from './counter64.ts';
import type { StatisticsReader } from './ethtool.ts';
import { LinkReader } from './link.ts';
import type { OpticsReader } from './optics.ts';
import type { PortCounter, PortPlan } from './plan.ts';
import { StatisticsIndex } from './statistics.ts';
import type { TreeReader } from './tree.ts';

/** [term] values of one port; `given` is 1 where this poll had it. */
interface TermValues {
  values: Counter64[];
  given: Uint8Array;
  statistics: StatisticsIndex;
}

export interface HostReading {
  frame: ReadingFrame;
  /** "hw_counters/x: EINVAL": values that cost only themselves. */
  problems: string[];
}

/** Reads of a tree that is being rewritten. */
const MOST_ATTEMPTS = 3;

/** Columns of all ports: the same keys in the same order while the plans do not change. */
interface ColumnKey {
  counter: CounterName;
  priority: number;
  widthBits: 32 | 64;
  saturates: boolean;
}

/** Reads all ports of a host once. Missing files cost their own value only. */
export class HostReader {
  private readonly ports: readonly string[];
  private readonly keys: ColumnKey[] = [];
  private readonly keyIndex = new Map<string, number>();
  private readonly values: TermValues[];
  private readonly sum = new Counter64();
  private readonly links: LinkReader;

  constructor(
    private readonly device: string,
    private readonly tree: TreeReader,
    private readonly statistics: StatisticsReader,
    private readonly plans: readonly PortPlan[],
    private readonly optics?: OpticsReader,
  ) {
    this.ports = plans.map((plan) => plan.port.name);
    this.links = new LinkReader(
      tree,
      plans.map((plan) => plan.port),
    );
    this.values = plans.map((plan) => ({
      values: plan.terms.map(() => new Counter64()),
      given: new Uint8Array(plan.terms.length),
      statistics: new StatisticsIndex(plan.statistics),
    }));
    for (const plan of plans) for (const counter of plan.counters) this.column(counter);
  }

  private column({ counter, priority, widthBits, saturates }: PortCounter): number {
    const key = `${counter}:${priority}`;
    let index = this.keyIndex.get(key);
    if (index === undefined) {
      index = this.keys.length;
      this.keyIndex.set(key, index);
      this.keys.push({ counter, priority, widthBits, saturates });
    }
    return index;
  }

  /**
   * One poll. Values of a port are true at the middle of its reads; in a living copy of a tree that says when it was
   * written (`at_ms`), then.
   * @param now the clock, ms
   */
  async read(now: () => number, bootId: string | undefined): Promise<HostReading> {
    for (let attempt = 1; ; attempt++) {
      const writtenMs = this.writtenMs();
      const reading = await this.readOnce(now, bootId);
      if (writtenMs === undefined) return reading;
      reading.frame.atMs.fill(writtenMs);
      // Rewritten while it was read: half old, half new. Once more.
      if (this.writtenMs() === writtenMs || attempt === MOST_ATTEMPTS) return reading;
    }
  }

  private writtenMs(): number | undefined {
    const text = this.tree.recorded ? this.tree.text(join(this.tree.root, 'at_ms')) : undefined;
    const atMs = text === undefined ? Number.NaN : Number(text);
    return atMs > 0 ? atMs : undefined;
  }

  private async readOnce(now: () => number, bootId: string | undefined): Promise<HostReading> {
    const count = this.ports.length;
    const problems: string[] = [];
    const columns = this.keys.map(
      (key): CounterColumn => ({
        ...key,
        high: new Uint32Array(count),
        low: new Uint32Array(count),
        present: new Uint8Array(count),
      }),
    );
    const frame: ReadingFrame = {
      device: this.device,
      ports: this.ports,
      atMs: new Float64Array(count).fill(Number.NaN),
      clockErrorMs: 0,
      ...(bootId === undefined ? {} : { bootId }),
      linkRateBitsPerSec: new Float64Array(count).fill(Number.NaN),
      linkUp: new Uint8Array(count).fill(255),
      counters: columns,
      gauges: [],
    };
    const pciStall = new Float64Array(count).fill(Number.NaN);
    for (const [port, plan] of this.plans.entries()) {
      const startMs = now();
      await this.readPort(port, plan, problems);
      const endMs = now();
      frame.atMs[port] = (startMs + endMs) / 2;
      frame.clockErrorMs = Math.max(frame.clockErrorMs, (endMs - startMs) / 2);
      for (const counter of plan.counters) this.fill(port, counter, columns);
      this.links.read(port, frame);
      pciStall[port] = this.pciStall(port, plan);
    }
    if (pciStall.some((value) => !Number.isNaN(value))) {
      frame.gauges.push({ gauge: 'pciStallFraction', priority: -1, values: pciStall });
    }
    this.addOptics(frame, now());
    return { frame, problems };
  }

  private addOptics(frame: ReadingFrame, nowMs: number): void {
    const found = this.plans.map((plan) => this.optics?.of(plan.port.netdev, nowMs));
    if (found.every((optics) => optics === undefined)) return;
    for (const gauge of ['rxPowerDbm', 'temperatureC'] as const) {
      const values = Float64Array.from(found, (optics) => optics?.[gauge] ?? Number.NaN);
      if (values.some((value) => !Number.isNaN(value))) frame.gauges.push({ gauge, priority: -1, values });
    }
  }

  private async readPort(port: number, plan: PortPlan, problems: string[]): Promise<void> {
    const found = this.values[port];
    if (found === undefined) return;
    found.given.fill(0);
    if (plan.statistics.size > 0 && plan.port.netdev !== undefined) {
      const text = await this.statistics.read(plan.port.netdev);
      if (text === undefined)
        problems.push(`${plan.port.name}: driver statistics of ${plan.port.netdev} did not answer`);
      else takeStatistics(text, found);
    }
    for (const [index, term] of plan.terms.entries()) {
      const value = found.values[index];
      if (term.file === undefined || value === undefined) continue;
      try {
        const length = this.tree.read(term.file);
        if (parseCounter64(this.tree.buffer, 0, length, value)) found.given[index] = 1;
        else problems.push(`${plan.port.name}: ${term.name} is no number`);
      } catch (error) {
        problems.push(`${plan.port.name}: ${term.name}: ${reasonOf(error)}`);
      }
    }
  }

  private fill(port: number, counter: PortCounter, columns: CounterColumn[]): void {
    const found = this.values[port];
    const column = columns[this.column(counter)];
    if (found === undefined || column === undefined) return;
    const { sum } = this;
    sum.set(0, 0);
    for (const term of counter.terms) {
      const value = found.values[term];
      // A sum with a hole would fall and rise again: rather no value.
      if (value === undefined || found.given[term] !== 1) return;
      const { stopsAt } = counter.source;
      if (stopsAt !== undefined && (value.high > 0 || value.low >= stopsAt)) return;
      sum.add(value);
    }
    if (counter.source.unit === 'words') sum.timesFour();
    if (counter.source.unit === 'halved') sum.half();
    // Newer kernels keep the wait counter in 64 bits: a value past 32 proves it.
    if (sum.high > 0 && column.saturates === true) {
      column.widthBits = 64;
      column.saturates = false;
    }
    column.high[port] = sum.high;
    column.low[port] = sum.low;
    column.present[port] = 1;
  }

  private pciStall(port: number, plan: PortPlan): number {
    const found = this.values[port];
    let worst = Number.NaN;
    for (const term of plan.pciStall) {
      const percent = found?.given[term] === 1 ? (found.values[term]?.low ?? Number.NaN) : Number.NaN;
      if (percent <= 100 && !(percent / 100 <= worst)) worst = percent / 100;
    }
    return worst;
  }
}

function takeStatistics(text: Buffer, found: TermValues): void {
  found.statistics.read(text, (term, value) => {
    found.values[term]?.set(value.high, value.low);
    found.given[term] = 1;
  });
}

/** "EINVAL" of the file system, a sentence of ours. */
function reasonOf(error: unknown): string {
  const code = error instanceof CollectorError ? undefined : (error as NodeJS.ErrnoException).code;
  return code ?? errorMessage(error);
}
