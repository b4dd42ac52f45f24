import type { CounterColumn, GaugeColumn, ReadingFrame } from '../../lib/counters/reading.ts';
import type { Folds, GaugeOutput, PollPlan, SlotValues, StateOutput } from './plan/plan.ts';

/** What a poll knows beside the counters. */
export interface PollFacts {
  device: string;
  /** [port] midpoint of request and answer, Unix ms; NaN = not read. */
  atMs: Float64Array;
  /** Half the longest round trip plus the agent's refresh period, ms. */
  clockErrorMs: number;
  bootId: string | null;
  uptimeMs: number | null;
}

/** ifOperStatus up(1). @source RFC 2863 */
const OPER_UP = 1;
const OPER_UNKNOWN = 4;
const LINK_UNKNOWN = 255;
const BITS_PER_MEGABIT = 1_000_000;
/** TimeTicks are hundredths of a second. */
const MS_PER_TICK = 10;
const WORD = 2 ** 32;

/** Turns the slots of one poll into a reading: the only place of this collector where units change. Pure but for the folds it writes into `values`. */
export function toReading(plan: PollPlan, values: SlotValues, facts: PollFacts): ReadingFrame {
  const ports = plan.ports.length;
  fold(plan.folds, values);
  const counters: CounterColumn[] = plan.counters.map(({ counter, priority, widthBits, base }) => {
    const high = values.high.subarray(base, base + ports);
    // Sums of 32-bit counters are counters modulo 2^32.
    if (widthBits === 32) high.fill(0);
    return {
      counter,
      priority,
      widthBits,
      high,
      low: values.low.subarray(base, base + ports),
      present: values.present.subarray(base, base + ports),
    };
  });
  const frame: ReadingFrame = {
    device: facts.device,
    ports: plan.ports,
    atMs: facts.atMs,
    clockErrorMs: facts.clockErrorMs,
    linkRateBitsPerSec: linkRates(plan, values),
    linkUp: linkStates(plan, values),
    counters,
    gauges: plan.gauges.map((gauge) => gaugeColumn(gauge, ports, values)),
  };
  if (facts.bootId !== null) frame.bootId = facts.bootId;
  if (facts.uptimeMs !== null) frame.uptimeMs = facts.uptimeMs;
  const discontinuity = stateOf(plan, 'discontinuityTicks');
  if (discontinuity) {
    const discontinuityMs = new Float64Array(ports).fill(Number.NaN);
    for (let port = 0; port < ports; port++) {
      const slot = discontinuity.base + port;
      if (values.present[slot] === 1) discontinuityMs[port] = (values.low[slot] ?? 0) * MS_PER_TICK;
    }
    frame.discontinuityMs = discontinuityMs;
  }
  return frame;
}

function stateOf(plan: PollPlan, state: StateOutput['state']): StateOutput | undefined {
  return plan.states.find((output) => output.state === state);
}

/** ifHighSpeed now; where this poll has none, the speed at discovery. 0 Mbit/s means "does not say". */
function linkRates(plan: PollPlan, values: SlotValues): Float64Array {
  const rates = plan.linkRateBitsPerSec.slice();
  const output = stateOf(plan, 'highSpeedMbps');
  if (!output) return rates;
  for (let port = 0; port < rates.length; port++) {
    const slot = output.base + port;
    if (values.present[slot] !== 1) continue;
    const mbps = values.low[slot] ?? 0;
    if (mbps > 0) rates[port] = mbps * BITS_PER_MEGABIT;
  }
  return rates;
}

function linkStates(plan: PollPlan, values: SlotValues): Uint8Array {
  const states = new Uint8Array(plan.ports.length).fill(LINK_UNKNOWN);
  const output = stateOf(plan, 'operStatus');
  if (!output) return states;
  for (let port = 0; port < states.length; port++) {
    const slot = output.base + port;
    if (values.present[slot] !== 1) continue;
    const status = values.low[slot] ?? 0;
    if (status === OPER_UP) states[port] = 1;
    else states[port] = status === OPER_UNKNOWN ? LINK_UNKNOWN : 0;
  }
  return states;
}

function gaugeColumn({ gauge, priority, scale, base }: GaugeOutput, ports: number, values: SlotValues): GaugeColumn {
  const column = new Float64Array(ports).fill(Number.NaN);
  for (let port = 0; port < ports; port++) {
    const slot = base + port;
    if (values.present[slot] !== 1) continue;
    const low = values.low[slot] ?? 0;
    column[port] = scale * ((values.high[slot] ?? 0) * WORD + low);
  }
  return { gauge, priority, values: column };
}

/** Adds up (or takes the largest of) the cells of each folded value; absent where one of them is. */
function fold(folds: Folds, values: SlotValues): void {
  for (let f = 0; f < folds.dest.length; f++) {
    const dest = folds.dest[f] ?? 0;
    const first = folds.start[f] ?? 0;
    const end = folds.start[f + 1] ?? first;
    if (folds.largest[f] === 1) largest(folds, first, end, dest, values);
    else sum(folds, first, end, dest, values);
  }
}

function sum(folds: Folds, first: number, end: number, dest: number, values: SlotValues): void {
  const { high, low, present } = values;
  let upper = 0;
  let lower = 0;
  for (let i = first; i < end; i++) {
    const slot = folds.source[i] ?? 0;
    if (present[slot] !== 1) {
      present[dest] = 0;
      return;
    }
    // Both products stay below 2^53: scales are small.
    const scale = folds.scale[i] ?? 1;
    lower += (low[slot] ?? 0) * scale;
    upper += (high[slot] ?? 0) * scale + Math.floor(lower / WORD);
    lower %= WORD;
    upper %= WORD;
  }
  high[dest] = upper;
  low[dest] = lower;
  present[dest] = 1;
}

function largest(folds: Folds, first: number, end: number, dest: number, values: SlotValues): void {
  const { high, low, present } = values;
  let best = -1;
  let bestValue = -1;
  for (let i = first; i < end; i++) {
    const slot = folds.source[i] ?? 0;
    if (present[slot] !== 1) continue;
    const value = (high[slot] ?? 0) * WORD + (low[slot] ?? 0);
    if (value <= bestValue) continue;
    best = slot;
    bestValue = value;
  }
  if (best < 0) return;
  high[dest] = high[best] ?? 0;
  low[dest] = low[best] ?? 0;
  present[dest] = 1;
}
