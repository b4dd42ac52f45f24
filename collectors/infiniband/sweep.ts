import type { CounterName, ReadingFrame } from '../../lib/counters/reading.ts';
import { CollectorError } from '../../lib/errors.ts';
import type { FabricPort } from './fabric.ts';
import { deviceFrame } from './frames.ts';
import { grownBy, NodeReader, type PortValues } from './node-reader.ts';
import type { Tools } from './tools.ts';

export interface SweepOptions {
  tools: Pick<Tools, 'run'>;
  timeoutMs: number;
  intervalMs: number;
  parallel: number;
  hotUtilisation: number;
  /** Quiet ports are read in every so-manieth sweep. */
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

/** Sweeps a port stays busy after it was: training alternates between computing and communicating. */
const COOLING_SWEEPS = 3;
/** Share of the interval after which no node is asked for quiet ports any more: the next sweep must not be late. */
const TIME_SHARE = 0.8;
/** Anything that grows here is worth looking at often. */
const TELLING: readonly CounterName[] = [
  'xmitWaitTicks',
  'drops',
  'rxErrors',
  'symbolErrors',
  'linkRecoveries',
  'linkDowns',
];
/** Limits of what one answer may take, ms: perfquery asks several times before it gives a node up. */
const ANSWER_MS = { shortest: 50, longest: 1000, shareOfInterval: 1 / 8 };

/** What is known of one port from sweep to sweep. */
interface PortState {
  /** The sweep it was last read in; from here on its turn is counted. */
  lastTurn: number;
  /** Busy up to this sweep. */
  hotUntil: number;
  values: PortValues;
}

/** What a sweep asks of one node. */
interface Task {
  node: NodeReader;
  ports: FabricPort[];
  isHot: boolean;
  oldestTurn: number;
}

/**
 * Reads the counters of a fabric's ports, node by node, a few commands at once: busy ports in every sweep, quiet ones in
 * turns and only as far as the time goes.
 */
export class Sweeper {
  private nodes: NodeReader[] = [];
  private byDevice = new Map<string, FabricPort[]>();
  private names = new Map<string, readonly string[]>();
  private states = new Map<FabricPort, PortState>();
  private turn = 0;
  private isSweeping = false;
  /** The fabric as it was found during a sweep. */
  private next: readonly FabricPort[] | undefined;
  private lastAnswered = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: SweepOptions) {}

  /** Takes a fabric, as it now is; a sweep that is under way ends with the ports it began with. */
  set(ports: readonly FabricPort[]): void {
    if (this.isSweeping) this.next = ports;
    else this.take(ports);
  }

  private take(ports: readonly FabricPort[]): void {
    const known = new Map([...this.states].map(([port, state]) => [`${port.device}\n${port.port}`, state]));
    const nodes = new Map(this.nodes.map((node) => [node.lid, node.withPorts()]));
    this.byDevice = new Map();
    this.states = new Map();
    for (const port of ports) {
      const state = known.get(`${port.device}\n${port.port}`);
      if (state !== undefined) this.states.set(port, state);
      const siblings = this.byDevice.get(port.device);
      if (siblings === undefined) this.byDevice.set(port.device, [port]);
      else siblings.push(port);
      if (!port.up) continue;
      let node = nodes.get(port.lid);
      if (node === undefined) {
        node = new NodeReader(port.lid, { ...this.options, answerTimeoutMs: this.answerTimeoutMs() });
        nodes.set(port.lid, node);
      }
      node.ports.push(port);
    }
    this.nodes = [...nodes.values()].filter((node) => node.ports.length > 0);
    this.names = new Map([...this.byDevice].map(([device, entries]) => [device, entries.map(({ port }) => port)]));
  }

  private answerTimeoutMs(): number {
    const { shortest, longest, shareOfInterval } = ANSWER_MS;
    return Math.round(Math.min(longest, Math.max(shortest, this.options.intervalMs * shareOfInterval)));
  }

  /** Ports that are read in every sweep, and those that take turns. */
  get counts(): { hot: number; cold: number } {
    const hot = [...this.states.values()].filter(({ hotUntil }) => hotUntil >= this.turn).length;
    return { hot, cold: this.states.size - hot };
  }

  /**
   * One sweep.
   * @param alarmed "guid port" of ports where something has happened, which are read now
   * @throws CollectorError where no node answered
   */
  async sweep(signal: AbortSignal, alarmed: ReadonlySet<string> = new Set()): Promise<SweepResult> {
    this.isSweeping = true;
    try {
      return await this.sweepOnce(signal, alarmed);
    } finally {
      this.isSweeping = false;
      if (this.next !== undefined) this.take(this.next);
      this.next = undefined;
    }
  }

  private async sweepOnce(signal: AbortSignal, alarmed: ReadonlySet<string>): Promise<SweepResult> {
    const turn = this.turn++;
    const { now, intervalMs, parallel } = this.options;
    const deadlineMs = now() + TIME_SHARE * intervalMs;
    const found = { got: new Map<FabricPort, PortValues>(), problems: [] as string[] };
    const tasks = this.tasks(turn, alarmed);
    const due = tasks.reduce((sum, { ports }) => sum + ports.length, 0);
    const isWhole = tasks.length === this.nodes.length;
    const work = async (): Promise<void> => {
      for (let task = tasks.shift(); task !== undefined && !signal.aborted; task = tasks.shift()) {
        if (!task.isHot && found.got.size > 0 && now() > deadlineMs) return;
        await task.node.read(task.ports, found, signal);
      }
    };
    await Promise.all(Array.from({ length: parallel }, work));
    const { got, problems } = found;
    if (got.size > 0) this.lastAnswered = turn;
    // A sweep may have asked the dead nodes alone.
    else if (due > 0 && (isWhole || turn - this.lastAnswered >= this.options.coldEvery))
      throw new CollectorError('unavailable', problems[0] ?? 'no node answered');
    const frames = this.frames(got, turn);
    for (const [port, values] of got) this.judge(port, values, turn, alarmed);
    return { frames, problems, read: got.size, due };
  }

  /** Busy nodes first, then those that have waited longest. */
  private tasks(turn: number, alarmed: ReadonlySet<string>): Task[] {
    const tasks: Task[] = [];
    for (const node of this.nodes) {
      if (!node.isReady()) continue;
      const task: Task = { node, ports: [], isHot: false, oldestTurn: turn };
      for (const port of node.ports) {
        const state = this.states.get(port);
        const lastTurn = state?.lastTurn ?? Number.NEGATIVE_INFINITY;
        const isHot = (state?.hotUntil ?? -1) >= turn || alarmed.has(`${port.guid} ${port.number}`);
        if (!isHot && turn - lastTurn < this.options.coldEvery) continue;
        task.ports.push(port);
        task.isHot ||= isHot;
        task.oldestTurn = Math.min(task.oldestTurn, lastTurn);
      }
      if (task.ports.length > 0) tasks.push(task);
    }
    return tasks.sort((a, b) => Number(b.isHot) - Number(a.isHot) || a.oldestTurn - b.oldestTurn);
  }

  /** A port is busy while it carries more than a little, waits for credits or has errors. */
  private judge(port: FabricPort, values: PortValues, turn: number, alarmed: ReadonlySet<string>): void {
    const last = this.states.get(port);
    if (last === undefined) {
      // Turns are spread, so that every sweep costs the same.
      const spread = port.number % this.options.coldEvery;
      this.states.set(port, { lastTurn: turn - spread, hotUntil: -1, values });
      return;
    }
    const seconds = (values.atMs - last.values.atMs) / 1000;
    const bits = Math.max(grownBy('rxBytes', last.values, values), grownBy('txBytes', last.values, values)) * 8;
    const isBusy =
      bits >= this.options.hotUtilisation * port.linkRateBitsPerSec * seconds ||
      alarmed.has(`${port.guid} ${port.number}`) ||
      TELLING.some((counter) => grownBy(counter, last.values, values) > 0);
    const hotUntil = isBusy && seconds > 0 ? turn + COOLING_SWEEPS : last.hotUntil;
    this.states.set(port, { lastTurn: turn, hotUntil, values });
  }

  private frames(got: ReadonlyMap<FabricPort, PortValues>, turn: number): ReadingFrame[] {
    const nowMs = this.options.now();
    const coldMs = this.options.intervalMs * this.options.coldEvery;
    const frames: ReadingFrame[] = [];
    for (const [device, ports] of this.byDevice) {
      if (!ports.some((port) => got.has(port) || !port.up)) continue;
      const swept = ports.map((port) => {
        const state = this.states.get(port);
        const wasHot = state !== undefined && state.hotUntil >= turn - 1 && state.lastTurn === turn - 1;
        return { port, values: got.get(port), expectedIntervalMs: wasHot ? 0 : coldMs };
      });
      frames.push(deviceFrame(device, this.names.get(device) ?? [], swept, nowMs));
    }
    return frames;
  }
}
