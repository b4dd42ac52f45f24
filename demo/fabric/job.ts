import { at } from './columns.ts';
import { normal, STREAM } from './draws.ts';
import type { Network } from './network.ts';

export type JobPattern = 'ring' | 'all-to-all';

/** A barrier-synchronised training job: every step is compute, then a collective, then the next step for all. */
export interface JobSpec {
  name: string;
  pattern: JobPattern;
  /** Device index of each rank's host. */
  hosts: number[];
  warmupSteps: number;
  /** Number of the first step. */
  firstStep?: number;
  startMs: number;
  /** Mean compute time per step, ms, and its spread per rank and step. */
  computeMs: number;
  computeSpread: number;
  /** Bytes each rank sends per step. */
  bytesPerRank: number;
  /** MoE: spread of the logarithm of expert popularity. */
  expertSkew: number;
  /** MoE: compute between dispatch and combine, ms. */
  expertMs: number;
}

/** What faults do to a job: asked at the moments where it matters, so a job knows nothing of faults. */
export interface JobEffects {
  /** Factor on a rank's compute time for a step that begins now. */
  computeFactor(job: number, rank: number, nowMs: number): number;
  /** Time a rank waits for input data before computing, ms. */
  dataWaitMs(job: number, rank: number, nowMs: number): number;
  /** Time all ranks write a checkpoint after the collective, ms. */
  checkpointMs(job: number, step: number, nowMs: number): number;
}

interface RankStep {
  rank: number;
  endMs: number;
  computeEndMs: number;
  dataWaitMs: number;
}

/** A finished step of the model. */
export interface FinishedStep {
  job: number;
  step: number;
  startMs: number;
  /** When the last rank was done. */
  endMs: number;
  checkpointMs: number;
  ranks: RankStep[];
}

type RankPhase = 'compute' | 'exchange' | 'expert' | 'combine' | 'done';

interface RankState {
  phase: RankPhase;
  computeEndMs: number;
  expertEndMs: number;
  endMs: number;
  dataWaitMs: number;
}

interface JobState {
  step: number;
  startMs: number;
  started: boolean;
  /** When every rank is done: 0 = not yet. */
  doneMs: number;
  checkpointMs: number;
  ranks: RankState[];
  /** [pair][flow] delivered when the step began. */
  base: number[][];
  /** [pair] bytes of the step's first exchange. */
  planned: number[];
}

/** Time between the last rank's end and the next common start, ms. */
const BARRIER_MS = 5;

/** Runs one job over the network's flows. */
export class JobRun {
  private state: JobState;
  /** `flowsOf[from * n + to]`: the flows of that pair, which share its bytes evenly; empty where there is none. */
  constructor(
    readonly index: number,
    readonly spec: JobSpec,
    private readonly seed: number,
    private readonly flowsOf: readonly (readonly number[])[],
    state?: JobState,
  ) {
    this.state = state ?? {
      step: spec.firstStep ?? 0,
      startMs: spec.startMs,
      started: false,
      doneMs: 0,
      checkpointMs: 0,
      ranks: [],
      base: [],
      planned: [],
    };
  }

  get step(): number {
    return this.state.step;
  }
  get stepStartMs(): number {
    return this.state.startMs;
  }
  get stepStarted(): boolean {
    return this.state.started;
  }
  get flows(): number[] {
    return this.flowsOf.flat();
  }

  clone(): JobRun {
    return new JobRun(this.index, this.spec, this.seed, this.flowsOf, structuredClone(this.state));
  }

  /** @returns the step that ended in this tick, if one did. */
  tick(network: Network, effects: JobEffects): FinishedStep | undefined {
    const now = network.nowMs;
    const { state } = this;
    if (now < state.startMs) return undefined;
    if (!state.started) this.begin(network, effects);
    if (this.spec.pattern === 'ring') this.advanceRing(network);
    else this.advanceAllToAll(network);
    if (state.doneMs === 0 && state.ranks.every((rank) => rank.phase === 'done')) this.finishCollective(effects, now);
    if (state.doneMs > 0 && now >= state.doneMs) return this.finish();
    return undefined;
  }

  private get size(): number {
    return this.spec.hosts.length;
  }

  /** Lets a pair have sent this much of the step in all. */
  private allow(network: Network, from: number, to: number, bytes: number): void {
    const pair = from * this.size + to;
    const flows = this.flowsOf[pair] ?? [];
    flows.forEach((flow, i) => {
      network.flows.credit[flow] = (this.state.base[pair]?.[i] ?? 0) + bytes / flows.length;
    });
  }

  private begin(network: Network, effects: JobEffects): void {
    const { state, spec } = this;
    state.started = true;
    state.doneMs = 0;
    state.checkpointMs = 0;
    state.ranks = spec.hosts.map((_, rank) => {
      const dataWaitMs = effects.dataWaitMs(this.index, rank, state.startMs);
      const spread = 1 + spec.computeSpread * normal(this.seed, STREAM.compute, this.index, state.step, rank);
      // Warm-up: compilation and cold caches make the first steps longer on every rank alike.
      const warm = state.step - (spec.firstStep ?? 0) < spec.warmupSteps ? 1.4 : 1;
      const computeMs =
        spec.computeMs * Math.max(0.5, spread) * warm * effects.computeFactor(this.index, rank, state.startMs);
      return {
        phase: 'compute',
        dataWaitMs,
        computeEndMs: state.startMs + dataWaitMs + computeMs,
        expertEndMs: 0,
        endMs: 0,
      };
    });
    state.base = this.flowsOf.map((flows) => flows.map((flow) => at(network.flows.delivered, flow)));
    state.planned = this.planBytes();
    this.flowsOf.forEach((_, pair) => {
      this.allow(network, Math.floor(pair / this.size), pair % this.size, 0);
    });
  }

  /** Bytes from rank to rank in this step's first exchange. */
  private planBytes(): number[] {
    const { size, spec, state } = this;
    const planned = new Array<number>(size * size).fill(0);
    if (spec.pattern === 'ring') {
      for (let rank = 0; rank < size; rank++) planned[rank * size + ((rank + 1) % size)] = spec.bytesPerRank;
      return planned;
    }
    const weights = spec.hosts.map((_, expert) =>
      Math.exp(spec.expertSkew * normal(this.seed, STREAM.expertSkew, this.index, state.step, expert)),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    // Half of the bytes go out in the dispatch; the combine brings the same amounts back.
    for (let from = 0; from < size; from++) {
      for (let to = 0; to < size; to++) {
        if (from === to) continue;
        planned[from * size + to] = (spec.bytesPerRank / 2) * ((weights[to] ?? 0) / total) * (size / (size - 1));
      }
    }
    return planned;
  }

  private sentSoFar(network: Network, from: number, to: number): number {
    const pair = from * this.size + to;
    const base = this.state.base[pair] ?? [];
    return (this.flowsOf[pair] ?? []).reduce(
      (sum, flow, i) => sum + at(network.flows.delivered, flow) - (base[i] ?? 0),
      0,
    );
  }

  /** Ring: a rank sends its own chunk once it has computed, and passes on what has reached it. */
  private advanceRing(network: Network): void {
    const { size, state, spec } = this;
    const chunk = spec.bytesPerRank / (2 * (size - 1));
    for (let rank = 0; rank < size; rank++) {
      const it = state.ranks[rank];
      if (!it || it.phase === 'done' || network.nowMs < it.computeEndMs) continue;
      it.phase = 'exchange';
      const before = (rank + size - 1) % size;
      const next = (rank + 1) % size;
      const received = this.sentSoFar(network, before, rank);
      this.allow(network, rank, next, Math.min(spec.bytesPerRank, chunk + received));
      const left = Math.min(received, this.sentSoFar(network, rank, next)) - spec.bytesPerRank;
      if (left > -1) this.done(it, network.nowMs);
    }
  }

  /** All-to-all: dispatch tokens to experts, compute them, bring the results back. */
  private advanceAllToAll(network: Network): void {
    for (let rank = 0; rank < this.size; rank++) {
      const it = this.state.ranks[rank];
      if (!it) continue;
      if (it.phase === 'compute' && network.nowMs >= it.computeEndMs) {
        it.phase = 'exchange';
        this.send(network, rank, false);
      }
      if (it.phase === 'exchange' && this.receivedAll(network, rank, false)) {
        it.phase = 'expert';
        it.expertEndMs = network.nowMs + this.spec.expertMs;
      }
      if (it.phase === 'expert' && network.nowMs >= it.expertEndMs) {
        it.phase = 'combine';
        this.send(network, rank, true);
      }
      if (it.phase === 'combine' && this.receivedAll(network, rank, true)) this.done(it, network.nowMs);
    }
  }

  private send(network: Network, rank: number, combine: boolean): void {
    const { size, state } = this;
    for (let to = 0; to < size; to++) {
      const dispatch = state.planned[rank * size + to] ?? 0;
      const back = combine ? (state.planned[to * size + rank] ?? 0) : 0;
      this.allow(network, rank, to, dispatch + back);
    }
  }

  private receivedAll(network: Network, rank: number, combine: boolean): boolean {
    const { size, state } = this;
    for (let from = 0; from < size; from++) {
      if (from === rank) continue;
      const dispatch = state.planned[from * size + rank] ?? 0;
      const back = combine ? (state.planned[rank * size + from] ?? 0) : 0;
      if (this.sentSoFar(network, from, rank) < dispatch + back - 1) return false;
    }
    return true;
  }

  private done(rank: RankState, nowMs: number): void {
    rank.phase = 'done';
    rank.endMs = nowMs;
  }

  private finishCollective(effects: JobEffects, nowMs: number): void {
    const { state } = this;
    state.checkpointMs = effects.checkpointMs(this.index, state.step, nowMs);
    state.doneMs = nowMs + state.checkpointMs;
    if (state.checkpointMs > 0) for (const rank of state.ranks) rank.endMs = state.doneMs;
  }

  private finish(): FinishedStep {
    const { state } = this;
    const finished: FinishedStep = {
      job: this.index,
      step: state.step,
      startMs: state.startMs,
      endMs: Math.max(...state.ranks.map((rank) => rank.endMs)),
      checkpointMs: state.checkpointMs,
      ranks: state.ranks.map((rank, index) => ({
        rank: index,
        endMs: rank.endMs,
        computeEndMs: rank.computeEndMs,
        dataWaitMs: rank.dataWaitMs,
      })),
    };
    state.step++;
    state.startMs = finished.endMs + BARRIER_MS;
    state.started = false;
    state.doneMs = 0;
    return finished;
  }
}
