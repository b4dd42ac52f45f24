import type { CounterName } from '../../lib/counters/reading.ts';
import { errorMessage } from '../../lib/errors.ts';
import type { FabricPort } from './fabric.ts';
import { type PortCounters, parsePerfquery } from './parse.ts';
import type { Tools } from './tools.ts';

/** Values of one port in one sweep. */
export interface PortValues {
  atMs: number;
  values: PortCounters['values'];
}

/** What one sweep has found so far. */
export interface SweepFindings {
  got: Map<FabricPort, PortValues>;
  problems: string[];
}

interface NodeReaderOptions {
  tools: Pick<Tools, 'run'>;
  /** How long one command may take, and one answer of a node. */
  timeoutMs: number;
  answerTimeoutMs: number;
  now(): number;
}

const LONGEST_PAUSE = 16;
/** Ports of one node that fail each cost one more command. */
const MOST_TRIES = 3;

/** One node, and what is known of it from asking it with `perfquery`. */
export class NodeReader {
  readonly ports: FabricPort[] = [];
  /** False once it has refused the 64-bit counters. */
  private extended = true;
  /** True where the 64-bit set lacks what only the classic one has. */
  private classic = false;
  /** Sweeps to let pass after failures. */
  private pause = 0;
  private failures = 0;

  constructor(
    readonly lid: number,
    private readonly options: NodeReaderOptions,
  ) {}

  /** The same node after the fabric was looked at again: its ports may be others. */
  withPorts(): NodeReader {
    const node = new NodeReader(this.lid, this.options);
    const { extended, classic, pause, failures } = this;
    return Object.assign(node, { extended, classic, pause, failures });
  }

  /** Whether it is its turn again after failures; to be asked once a sweep. */
  isReady(): boolean {
    return this.pause-- <= 0;
  }

  /** Reads these of its ports. Never throws: what fails is among the problems. */
  async read(ports: readonly FabricPort[], into: SweepFindings, signal: AbortSignal): Promise<void> {
    const { got } = into;
    try {
      if (this.extended) {
        await this.ask(ports, true, into, signal);
        if (ports.every((port) => !got.has(port))) this.extended = false;
        else this.classic = ports.some((port) => got.get(port)?.values.has('xmitWaitTicks') === false);
      }
      if (!this.extended || this.classic) await this.ask(ports, false, into, signal);
    } catch (error) {
      into.problems.push(`LID ${this.lid} (${ports[0]?.device}): ${errorMessage(error)}`);
    }
    if (ports.some((port) => got.has(port))) {
      this.failures = 0;
      return;
    }
    // Neither set was given: it may have been the node, not the set.
    this.extended = true;
    this.pause = Math.min(2 ** this.failures++, LONGEST_PAUSE);
  }

  /** Asks one command for several ports; it ends at the first port that fails, so the rest is asked again. */
  private async ask(
    ports: readonly FabricPort[],
    extended: boolean,
    into: SweepFindings,
    signal: AbortSignal,
  ): Promise<void> {
    const { tools, timeoutMs, answerTimeoutMs, now } = this.options;
    let rest = [...ports];
    for (let attempt = 0; attempt < MOST_TRIES && rest.length > 0; attempt++) {
      const list = rest.map(({ number }) => number).join(',');
      const set = extended ? ['-x'] : [];
      const args = [...set, '-t', String(answerTimeoutMs), String(this.lid), list];
      const startMs = now();
      const output = await tools.run('perfquery', args, timeoutMs, signal);
      const atMs = (startMs + now()) / 2;
      const found = parsePerfquery(output.text).filter(({ lid }) => lid === this.lid);
      for (const counters of found) {
        const port = rest.find(({ number }) => number === counters.port);
        if (port !== undefined) take(port, counters, atMs, into);
      }
      rest = rest.filter(({ number }) => !found.some(({ port }) => port === number));
      if (output.failure === undefined || rest.length === 0) return;
      const failed = rest.shift();
      into.problems.push(`${failed?.device}/${failed?.port}: ${output.failure}`);
    }
  }
}

function take(port: FabricPort, { values, saturated }: PortCounters, atMs: number, into: SweepFindings): void {
  for (const text of saturated) into.problems.push(`${port.device}/${port.port}: ${text}`);
  const known = into.got.get(port);
  if (known === undefined) {
    into.got.set(port, { atMs, values });
    return;
  }
  // The 64-bit set came first; the classic one only fills what it lacks. Both are read within one command's time.
  for (const [counter, value] of values) if (!known.values.has(counter)) known.values.set(counter, value);
}

/** How much a counter grew between two readings of a port; 0 where one of them lacks it. */
export function grownBy(counter: CounterName, last: PortValues, now: PortValues): number {
  const [a, b] = [last.values.get(counter), now.values.get(counter)];
  return a === undefined || b === undefined ? 0 : (b.high - a.high) * 2 ** 32 + (b.low - a.low);
}
