import type { CounterColumn } from '../../lib/counters/reading.ts';
import type { PollPlan, SlotValues } from './plan/plan.ts';

/** How far ifLastChange may lie before the last poll or behind this one: neither is read in the moment of sysUpTime. */
const SLACK_TICKS = 100;
const LONGEST_POLL_TICKS = 1000;

interface PortChanges {
  ticks: number;
  count: number;
}

/**
 * Counts changes of link state that no poll sees: a link that went down and came back in between is up in both, but
 * its ifLastChange has moved. It must have moved into the time since the last poll: agents that work it out anew each
 * time, or by another clock than sysUpTime, tell nothing.
 * @source RFC 2863 ifLastChange
 */
export class FlapCounter {
  private readonly ports = new Map<string, PortChanges>();
  private polledTicks = Number.NaN;

  /**
   * @param uptimeTicks sysUpTime of this poll
   * @returns changes so far of every port, as a counter; null where the device tells none, or counts them itself
   */
  count(plan: PollPlan, values: SlotValues, uptimeTicks: number | null): CounterColumn | null {
    const output = plan.states.find(({ state }) => state === 'lastChangeTicks');
    if (output === undefined || uptimeTicks === null) return null;
    if (plan.counters.some(({ counter }) => counter === 'linkDowns')) return null;
    const since = this.polledTicks - SLACK_TICKS;
    this.polledTicks = uptimeTicks;
    const low = new Uint32Array(plan.ports.length);
    const present = values.present.slice(output.base, output.base + plan.ports.length);
    for (const [p, port] of plan.ports.entries()) {
      const before = this.ports.get(port);
      low[p] = before?.count ?? 0;
      if (present[p] !== 1) continue;
      const ticks = values.low[output.base + p] ?? 0;
      // After a restart the uptime is behind the last poll's: nothing lies between them.
      const isNew = ticks > since && ticks <= uptimeTicks + LONGEST_POLL_TICKS;
      if (before !== undefined && ticks !== before.ticks && isNew) low[p] = before.count + 1;
      this.ports.set(port, { ticks, count: low[p] ?? 0 });
    }
    return { counter: 'linkDowns', priority: -1, widthBits: 64, high: new Uint32Array(low.length), low, present };
  }
}
