import { join } from 'node:path';
import { Counter64, parseCounter64 } from '../../lib/counters/counter64.ts';
import type { CounterColumn, CounterName, ReadingFrame } from '../../lib/counters/reading.ts';
import { CollectorError, errorMessage } from '../../lib/errors.ts';
import { LinkReader } from './link.ts';
import type { OpticsReader } from './optics.ts';
import type { PortCounter, PortPlan } from './plan.ts';
import { StatisticsIndex } from './statistics.ts';
import type { StatisticsReader } from './statistics-reader.ts';
import { isThere, type TreeReader } from './tree.ts';

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
  private readonly atPath: string;
  /** [port][counter] its column. */
  private readonly columns: readonly (readonly number[])[];

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
    this.columns = plans.map((plan) => plan.counters.map((counter) => this.column(counter)));
    this.atPath = join(tree.root, 'at_ms');
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
    const text = this.tree.recorded && isThere(this.atPath) ? this.tree.text(this.atPath) : undefined;
    const atMs = text === undefined ? Number.NaN : Number(text);
    return atMs > 0 ? atMs : undefined;
  }

  private async readOnce(now: () => number, bootId: string | undefined): Promise<HostReading> {
    const count = this.ports.length;
    const problems: string[] = [];
    const columns = this.freshColumns(count);
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
    for (let port = 0; port < this.plans.length; port++) {
      const plan = this.plans[port];
      if (plan === undefined) continue;
      const startMs = now();
      await this.readPort(port, plan, problems);
      const endMs = now();
      frame.atMs[port] = (startMs + endMs) / 2;
      frame.clockErrorMs = Math.max(frame.clockErrorMs, (endMs - startMs) / 2);
      for (let index = 0; index < plan.counters.length; index++) this.fill(port, plan, index, columns);
      this.links.read(port, frame);
      pciStall[port] = this.pciStall(port, plan);
    }
    if (pciStall.some((value) => !Number.isNaN(value))) {
      frame.gauges.push({ gauge: 'pciStallFraction', priority: -1, values: pciStall });
    }
    this.addOptics(frame, now());
    return { frame, problems };
  }

  /** All in two pieces of memory: making hundreds of small arrays costs more than filling them. */
  private freshColumns(ports: number): CounterColumn[] {
    const words = new Uint32Array(2 * ports * this.keys.length);
    const flags = new Uint8Array(ports * this.keys.length);
    return this.keys.map(({ counter, priority, widthBits, saturates }, index): CounterColumn => {
      const at = 2 * index * ports;
      return {
        counter,
        priority,
        widthBits,
        saturates,
        high: words.subarray(at, at + ports),
        low: words.subarray(at + ports, at + 2 * ports),
        present: flags.subarray(index * ports, (index + 1) * ports),
      };
    });
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
      const text = await this.statistics.read(plan.port.netdev, plan.statistics);
      if (text === undefined)
        problems.push(`${plan.port.name}: driver statistics of ${plan.port.netdev} did not answer`);
      else takeStatistics(text, found);
    }
    for (let index = 0; index < plan.terms.length; index++) {
      const term = plan.terms[index];
      const value = found.values[index];
      if (term?.file === undefined || value === undefined) continue;
      try {
        const length = this.tree.read(term.file);
        if (parseCounter64(this.tree.buffer, 0, length, value)) found.given[index] = 1;
        else problems.push(`${plan.port.name}: ${term.name} is no number`);
      } catch (error) {
        problems.push(`${plan.port.name}: ${term.name}: ${reasonOf(error)}`);
      }
    }
  }

  private fill(port: number, plan: PortPlan, index: number, columns: CounterColumn[]): void {
    const found = this.values[port];
    const counter = plan.counters[index];
    const column = columns[this.columns[port]?.[index] ?? -1];
    if (found === undefined || counter === undefined || column === undefined) return;
    const { sum } = this;
    sum.set(0, 0);
    const { terms } = counter;
    for (let at = 0; at < terms.length; at++) {
      const term = terms[at] ?? -1;
      const value = found.values[term];
      // A sum with a hole would fall and rise again: rather no value.
      if (value === undefined || found.given[term] !== 1) return;
      const { stopsAt } = counter.source;
      // A value past the end proves a wider counter.
      if (value.high === 0 && value.low === stopsAt) return;
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
