import { add, at } from './columns.ts';
import type { Network } from './network.ts';
import { STRETCH } from './settings.ts';

/** A receiver answers marks with at most one CNP per flow in this time: 50 µs of the fabric. */
export const CNP_PERIOD_MS = 50;

const GAIN = 1 / 16;
/** Congestion a queue pair assumes before it has seen any. */
const START_ALPHA = 0.4;
/** Periods of fast recovery before the target itself grows. */
const FAST_RECOVERY_PERIODS = 5;
/** Additive increase per period, share of line rate; ten times that after another five periods. */
const ADDITIVE_SHARE = 0.01;
const MIN_SHARE = 0.02;

/**
 * DCQCN as a sender sees it once per CNP period: marks in the period cut the rate by half of alpha, periods
 * without marks let it recover toward the target and then probe beyond it.
 *
 * @source Zhu et al., Congestion Control for Large-Scale RDMA Deployments, SIGCOMM 2015, section 3.1
 */
export class RateControl {
  private target: Float64Array;
  private alpha: Float64Array;
  private quiet: Float64Array;

  constructor(private readonly network: Network) {
    this.target = new Float64Array(0);
    this.alpha = new Float64Array(0);
    this.quiet = new Float64Array(0);
    this.fit();
  }

  /** A new queue pair starts at line rate and knows of no congestion. */
  restart(flow: number): void {
    this.fit();
    const line = this.lineRate(flow);
    this.network.flows.flowRate[flow] = line;
    this.target[flow] = line;
    this.alpha[flow] = START_ALPHA;
    this.quiet[flow] = 0;
  }

  /** One CNP period of every flow. */
  update(): void {
    this.fit();
    const { network } = this;
    for (let flow = 0; flow < network.flows.count; flow++) {
      const marks = at(network.flows.marked, flow);
      const line = this.lineRate(flow);
      // Marks are counted at link scale: STRETCH of them are one marked packet within a real CNP period.
      if (marks >= STRETCH) {
        network.flows.marked[flow] = 0;
        this.notify(flow, marks, line);
      } else if (at(network.flows.flowRate, flow) < line) {
        this.recover(flow, line);
      }
    }
  }

  private notify(flow: number, marks: number, line: number): void {
    const { network } = this;
    const { cnpSent, cnpHandled, ecnReceivedPackets } = network.counters;
    add(ecnReceivedPackets, at(network.flows.sink, flow), marks);
    add(cnpSent, at(network.flows.sink, flow), STRETCH);
    add(cnpHandled, at(network.flows.source, flow), STRETCH);
    const rate = at(network.flows.flowRate, flow);
    // Cuts in a row keep the first one's target, as adapters do unless told to clamp it.
    if (at(this.quiet, flow) > FAST_RECOVERY_PERIODS) this.target[flow] = rate;
    network.flows.flowRate[flow] = Math.max(line * MIN_SHARE, rate * (1 - at(this.alpha, flow) / 2));
    this.alpha[flow] = (1 - GAIN) * at(this.alpha, flow) + GAIN;
    this.quiet[flow] = 0;
  }

  private recover(flow: number, line: number): void {
    const quiet = at(this.quiet, flow) + 1;
    this.quiet[flow] = quiet;
    this.alpha[flow] = (1 - GAIN) * at(this.alpha, flow);
    if (quiet > FAST_RECOVERY_PERIODS) {
      const step = quiet > 2 * FAST_RECOVERY_PERIODS ? 10 * ADDITIVE_SHARE : ADDITIVE_SHARE;
      this.target[flow] = Math.min(line, at(this.target, flow) + step * line);
    }
    this.network.flows.flowRate[flow] = Math.min(
      line,
      (at(this.network.flows.flowRate, flow) + at(this.target, flow)) / 2,
    );
  }

  private lineRate(flow: number): number {
    return at(this.network.nominalRate, at(this.network.flows.source, flow));
  }

  clone(network: Network): RateControl {
    const copy = new RateControl(network);
    copy.target.set(this.target);
    copy.alpha.set(this.alpha);
    copy.quiet.set(this.quiet);
    return copy;
  }

  private fit(): void {
    const size = this.network.flows.capacity;
    if (this.target.length === size) return;
    const widen = (column: Float64Array): Float64Array => {
      const wider = new Float64Array(size);
      wider.set(column);
      return wider;
    };
    const from = this.target.length;
    this.target = widen(this.target);
    this.alpha = widen(this.alpha).fill(START_ALPHA, from);
    this.quiet = widen(this.quiet);
    for (let flow = from; flow < size; flow++) {
      this.target[flow] = flow < this.network.flows.count ? this.lineRate(flow) : 0;
    }
  }
}
