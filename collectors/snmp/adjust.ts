import type { CounterColumn, ReadingFrame } from '../../lib/counters/reading.ts';
import type { PollPlan, SlotValues } from './plan/plan.ts';

const MS_PER_TICK = 10;
const WORD = 2 ** 32;
/** A device whose counters are older than this, or from the future, does not mean what we think by its time stamps. */
const OLDEST_SAMPLE_MS = 60_000;
const CLOCK_SLACK_MS = 1000;
/** A duration in ms cannot grow by more than this in a second; 5 % for clocks that differ. */
const MAX_MS_PER_SEC = 1050;

/**
 * What must be known of a device's earlier polls to read this one rightly: sample times, watermarks that are never
 * cleared, and durations whose unit is in doubt.
 */
export class Adjustments {
  private ports: readonly string[] = [];
  /** What was seen last, [port]; NaN = nothing yet. */
  private readonly last = new Map<string, Float64Array>();
  /** Durations of this device have grown faster than ms can: they are µs. Kept with the row map. */
  microseconds: boolean;

  constructor(microseconds: boolean) {
    this.microseconds = microseconds;
  }

  /** The last values of one kind; none are remembered over a new port list. */
  private lastOf(key: string, ports: readonly string[]): Float64Array {
    if (ports !== this.ports) {
      this.last.clear();
      this.ports = ports;
    }
    let values = this.last.get(key);
    if (values === undefined) {
      values = new Float64Array(ports.length).fill(Number.NaN);
      this.last.set(key, values);
    }
    return values;
  }

  /**
   * Where the agent says when it read a port from hardware, that is the port's time; a port it has not read since the
   * last poll has nothing new and counts as not read.
   * @param uptime ticks and the monotonic time of the same answer
   * @param portMs [port] monotonic ms, changed in place
   */
  toSampleTime(
    plan: PollPlan,
    values: SlotValues,
    uptime: { ticks: number; atMs: number },
    portMs: Float64Array,
  ): void {
    const output = plan.states.find(({ state }) => state === 'sampledTicks');
    if (!output) return;
    const sampled = this.lastOf('sampledTicks', plan.ports);
    for (let port = 0; port < plan.ports.length; port++) {
      const slot = output.base + port;
      const polledMs = portMs[port] ?? Number.NaN;
      if (values.present[slot] !== 1 || Number.isNaN(polledMs)) continue;
      const ticks = values.low[slot] ?? 0;
      const ageMs = (uptime.ticks - ticks) * MS_PER_TICK + (polledMs - uptime.atMs);
      if (ageMs < -CLOCK_SLACK_MS || ageMs > OLDEST_SAMPLE_MS) continue;
      portMs[port] = sampled[port] === ticks ? Number.NaN : polledMs - ageMs;
      sampled[port] = ticks;
    }
  }

  /** Blanks watermarks that did not rise since the last poll, and withholds durations of unproven unit. */
  apply(plan: PollPlan, frame: ReadingFrame): void {
    for (const [g, { sinceCleared, gauge, priority }] of plan.gauges.entries()) {
      const column = frame.gauges[g];
      if (sinceCleared && column) this.onlyRisen(`${gauge}|${priority}`, frame.ports, column.values);
    }
    const doubtful = frame.counters.filter((_, c) => plan.counters[c]?.unprovenUs === true);
    if (doubtful.length === 0) return;
    if (!this.microseconds) this.microseconds = doubtful.some((column) => this.outgrowsMs(column, frame));
    if (!this.microseconds) frame.counters = frame.counters.filter((column) => !doubtful.includes(column));
  }

  /** Why durations are withheld now, for target health. */
  refused(plan: PollPlan): string[] {
    if (this.microseconds) return [];
    const objects = new Set(plan.counters.filter(({ unprovenUs }) => unprovenUs).map(({ object }) => object));
    return [...objects].map(
      (object) => `${object}: ms by its MIB, µs by the hardware; not used until a pause shows which`,
    );
  }

  private onlyRisen(key: string, ports: readonly string[], values: Float64Array): void {
    const marks = this.lastOf(key, ports);
    for (let port = 0; port < ports.length; port++) {
      const value = values[port] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      // Comparison with NaN, nothing seen yet, is false as well.
      if (!(value > (marks[port] ?? Number.NaN))) values[port] = Number.NaN;
      marks[port] = value;
    }
  }

  /** An agent that refreshes its values seldom gives what grew since the refresh before at once. */
  private outgrowsMs(column: CounterColumn, frame: ReadingFrame): boolean {
    const key = `${column.counter}|${column.priority}`;
    const amounts = this.lastOf(key, frame.ports);
    const changes = this.lastOf(`${key}|change`, frame.ports);
    const polls = this.lastOf(`${key}|poll`, frame.ports);
    let outgrows = false;
    for (let port = 0; port < frame.ports.length; port++) {
      const atMs = frame.atMs[port] ?? Number.NaN;
      if (column.present[port] !== 1 || Number.isNaN(atMs)) continue;
      const amount = (column.high[port] ?? 0) * WORD + (column.low[port] ?? 0);
      const before = amounts[port] ?? Number.NaN;
      // The refresh before was up to one poll earlier than it was seen.
      const elapsedMs = atMs - (changes[port] ?? Number.NaN) + atMs - (polls[port] ?? Number.NaN);
      if (elapsedMs > 0 && amount - before > (elapsedMs / 1000) * MAX_MS_PER_SEC) outgrows = true;
      if (amount !== before) changes[port] = atMs;
      amounts[port] = amount;
      polls[port] = atMs;
    }
    return outgrows;
  }
}
