import { COUNTERS, type CounterColumn, type CounterName, type ReadingFrame } from '../../lib/counters/reading.ts';
import { CollectorError, errorMessage } from '../../lib/errors.ts';
import type { FabricPort } from './fabric.ts';
import { type PortCounters, parsePerfquery } from './parse.ts';
import type { Tools } from './tools.ts';

/** Values of one port in one sweep. */
interface PortValues {
  atMs: number;
  values: PortCounters['values'];
}

/** What is known of one node from asking it. */
interface Node {
  lid: number;
  ports: FabricPort[];
  /** False once it has refused the 64-bit counters. */
  extended: boolean;
  /** True where the 64-bit set lacks what only the classic one has. */
  classic: boolean;
  /** Sweeps to let pass after failures. */
  pause: number;
  failures: number;
}

export interface SweepOptions {
  tools: Pick<Tools, 'run'>;
  timeoutMs: number;
  parallel: number;
  hotUtilisation: number;
  coldEvery: number;
  now(): number;
}

export interface SweepResult {
  frames: ReadingFrame[];
  problems: string[];
  /** Ports read, and ports that were due. */
  read: number;
  due: number;
}

const LONGEST_PAUSE = 16;
/** Ports of one node that fail each cost one more command. */
const MOST_TRIES = 3;

/** Reads the counters of a fabric's ports, node by node, a few commands at once: busy ports always, quiet ones in turns. */
export class Sweeper {
  private nodes: Node[] = [];
  private byDevice = new Map<string, FabricPort[]>();
  private names = new Map<string, readonly string[]>();
  private before = new Map<FabricPort, PortValues>();
  private readonly hot = new Set<FabricPort>();
  private sweeps = 0;

  constructor(private readonly options: SweepOptions) {}

  /** Takes a fabric, as it now is. */
  set(ports: readonly FabricPort[]): void {
    const kept = new Map([...this.before].map(([port, values]) => [`${port.device}\n${port.port}`, values]));
    const nodes = new Map<number, Node>(this.nodes.map((node) => [node.lid, { ...node, ports: [] }]));
    this.byDevice = new Map();
    this.before = new Map();
    this.hot.clear();
    for (const port of ports) {
      const values = kept.get(`${port.device}\n${port.port}`);
      if (values !== undefined) this.before.set(port, values);
      this.byDevice.set(port.device, [...(this.byDevice.get(port.device) ?? []), port]);
      if (!port.up) continue;
      const node = nodes.get(port.lid) ?? fresh(port.lid);
      node.ports.push(port);
      nodes.set(port.lid, node);
    }
    this.nodes = [...nodes.values()].filter((node) => node.ports.length > 0);
    this.names = new Map([...this.byDevice].map(([device, entries]) => [device, entries.map(({ port }) => port)]));
  }

  /** Ports that are read in every sweep. */
  get hotPorts(): number {
    return this.hot.size;
  }

  /**
   * One sweep.
   * @throws CollectorError where no node answered
   */
  async sweep(signal: AbortSignal): Promise<SweepResult> {
    const turn = this.sweeps++;
    const got = new Map<FabricPort, PortValues>();
    const problems: string[] = [];
    const waiting = this.nodes.filter((node) => node.pause-- <= 0);
    let due = 0;
    const work = async (): Promise<void> => {
      for (let node = waiting.shift(); node !== undefined && !signal.aborted; node = waiting.shift()) {
        const ports = node.ports.filter((port, index) => this.isDue(port, index, turn));
        due += ports.length;
        if (ports.length > 0) await this.askNode(node, ports, got, problems, signal);
      }
    };
    await Promise.all(Array.from({ length: this.options.parallel }, work));
    if (got.size === 0 && due > 0) throw new CollectorError('unavailable', problems[0] ?? 'no node answered');
    for (const [port, values] of got) this.judge(port, values);
    return { frames: this.frames(got), problems, read: got.size, due };
  }

  /** Quiet ports take turns, so that every sweep costs the same. */
  private isDue(port: FabricPort, index: number, turn: number): boolean {
    const { coldEvery } = this.options;
    return !this.before.has(port) || this.hot.has(port) || (turn + index) % coldEvery === 0;
  }

  private async askNode(
    node: Node,
    ports: readonly FabricPort[],
    got: Map<FabricPort, PortValues>,
    problems: string[],
    signal: AbortSignal,
  ): Promise<void> {
    try {
      if (node.extended) {
        await this.ask(node, ports, true, got, problems, signal);
        if (ports.every((port) => !got.has(port))) node.extended = false;
        else node.classic = ports.some((port) => got.get(port)?.values.has('xmitWaitTicks') === false);
      }
      if (!node.extended || node.classic) await this.ask(node, ports, false, got, problems, signal);
    } catch (error) {
      problems.push(`LID ${node.lid} (${ports[0]?.device}): ${errorMessage(error)}`);
    }
    if (ports.some((port) => got.has(port))) {
      node.failures = 0;
      return;
    }
    // Neither set was given: it may have been the node, not the set.
    node.extended = true;
    node.pause = Math.min(2 ** node.failures++, LONGEST_PAUSE);
  }

  /** Asks one command for several ports; it ends at the first port that fails, so the rest is asked again. */
  private async ask(
    node: Node,
    ports: readonly FabricPort[],
    extended: boolean,
    got: Map<FabricPort, PortValues>,
    problems: string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { tools, timeoutMs, now } = this.options;
    let rest = [...ports];
    for (let attempt = 0; attempt < MOST_TRIES && rest.length > 0; attempt++) {
      const list = rest.map(({ number }) => number).join(',');
      const startMs = now();
      const output = await tools.run(
        'perfquery',
        [...(extended ? ['-x'] : []), String(node.lid), list],
        timeoutMs,
        signal,
      );
      const atMs = (startMs + now()) / 2;
      const found = parsePerfquery(output.text).filter(({ lid }) => lid === node.lid);
      for (const counters of found) {
        const port = rest.find(({ number }) => number === counters.port);
        if (port !== undefined) this.take(port, counters, atMs, got, problems);
      }
      rest = rest.filter(({ number }) => !found.some(({ port }) => port === number));
      if (output.failure === undefined || rest.length === 0) return;
      const failed = rest.shift();
      problems.push(`${failed?.device}/${failed?.port}: ${output.failure}`);
    }
  }

  private take(
    port: FabricPort,
    { values, saturated }: PortCounters,
    atMs: number,
    got: Map<FabricPort, PortValues>,
    problems: string[],
  ): void {
    for (const text of saturated) problems.push(`${port.device}/${port.port}: ${text}`);
    const known = got.get(port);
    if (known === undefined) {
      got.set(port, { atMs, values });
      return;
    }
    // The 64-bit set came first; the classic one only fills what it lacks. Both are read within one command's time.
    for (const [counter, value] of values) if (!known.values.has(counter)) known.values.set(counter, value);
  }

  /** A port is busy while it carries more than a little, or waits for credits. */
  private judge(port: FabricPort, now: PortValues): void {
    const last = this.before.get(port);
    this.before.set(port, now);
    const seconds = last === undefined ? Number.NaN : (now.atMs - last.atMs) / 1000;
    if (last === undefined || !(seconds > 0)) return;
    const grew = (counter: CounterName): number => {
      const [a, b] = [last.values.get(counter), now.values.get(counter)];
      return a === undefined || b === undefined ? 0 : (b.high - a.high) * 2 ** 32 + (b.low - a.low);
    };
    const bits = Math.max(grew('rxBytes'), grew('txBytes')) * 8;
    const busy = bits / seconds >= this.options.hotUtilisation * port.linkRateBitsPerSec || grew('xmitWaitTicks') > 0;
    if (busy) this.hot.add(port);
    else this.hot.delete(port);
  }

  private frames(got: ReadonlyMap<FabricPort, PortValues>): ReadingFrame[] {
    const frames: ReadingFrame[] = [];
    for (const [device, ports] of this.byDevice) {
      if (ports.some((port) => got.has(port) || !port.up)) frames.push(this.frame(device, ports, got));
    }
    return frames;
  }

  private frame(device: string, ports: readonly FabricPort[], got: ReadonlyMap<FabricPort, PortValues>): ReadingFrame {
    const count = ports.length;
    const nowMs = this.options.now();
    const columns = new Map<CounterName, CounterColumn>();
    const atMs = new Float64Array(count).fill(Number.NaN);
    for (const [index, port] of ports.entries()) {
      const values = got.get(port);
      // A port without a cable is known to be down although there is nothing to read.
      if (!port.up) atMs[index] = nowMs;
      if (values === undefined) continue;
      atMs[index] = values.atMs;
      for (const [counter, value] of values.values) put(columns, counter, value, index, count);
    }
    return {
      device,
      ports: this.names.get(device) ?? [],
      atMs,
      clockErrorMs: 0,
      linkRateBitsPerSec: Float64Array.from(ports, (port) => port.linkRateBitsPerSec),
      linkUp: Uint8Array.from(ports, (port) => (port.up ? 1 : 0)),
      counters: COUNTERS.flatMap((counter) => columns.get(counter) ?? []),
      gauges: [],
    };
  }
}

function put(
  columns: Map<CounterName, CounterColumn>,
  counter: CounterName,
  { high, low, widthBits }: { high: number; low: number; widthBits: 32 | 64 },
  index: number,
  count: number,
): void {
  let column = columns.get(counter);
  if (column === undefined) {
    column = {
      counter,
      priority: -1,
      widthBits,
      ...(widthBits === 32 ? { saturates: true } : {}),
      high: new Uint32Array(count),
      low: new Uint32Array(count),
      present: new Uint8Array(count),
    };
    columns.set(counter, column);
  }
  // Ports of one device with counters of different width cannot share a column: the wider one is kept.
  if (column.widthBits !== widthBits) return;
  column.high[index] = high;
  column.low[index] = low;
  column.present[index] = 1;
}

function fresh(lid: number): Node {
  return { lid, ports: [], extended: true, classic: false, pause: 0, failures: 0 };
}
