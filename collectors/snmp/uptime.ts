import { number } from './discovery/device.ts';
import { parseOid } from './wire/oid.ts';
import type { SnmpSession } from './wire/session.ts';
import { getScalars } from './wire/walk.ts';

/** What tells a restart. */
export interface Uptime {
  /** sysUpTime in ticks of 10 ms; null where the view hides it. */
  ticks: number | null;
  /** snmpEngineBoots; null where the view hides it. */
  engineBoots: number | null;
  /** Monotonic ms at the middle of the exchange. */
  atMs: number;
  /** Changes when interfaces or neighbours came or went, as far as the agent says. */
  changeMark: string;
}

/** @source SNMPv2-MIB, SNMP-FRAMEWORK-MIB, IF-MIB ifTableLastChange, LLDP-MIB lldpStatsRemTablesLastChangeTime */
const UPTIME = {
  ticks: parseOid('1.3.6.1.2.1.1.3.0'),
  engineBoots: parseOid('1.3.6.1.6.3.10.2.1.2.0'),
  interfacesChanged: parseOid('1.3.6.1.2.1.31.1.5.0'),
  neighboursChanged: parseOid('1.0.8802.1.1.2.1.2.1.0'),
} as const;

/** Asked at the start of every poll: one small request, which also finds out whether the device is there at all. */
export async function readUptime(session: SnmpSession): Promise<Uptime> {
  const askedMs = performance.now();
  const values = await getScalars(session, UPTIME, 'urgent');
  return {
    ticks: number(values.ticks) ?? null,
    engineBoots: number(values.engineBoots) ?? session.engineBoots,
    atMs: (askedMs + performance.now()) / 2,
    changeMark: `${number(values.interfacesChanged) ?? ''}/${number(values.neighboursChanged) ?? ''}`,
  };
}

/** sysUpTime starts again after this many ticks (497 days). */
const WRAP_TICKS = 2 ** 32;
const MS_PER_TICK = 10;
/** How far the uptime after a wrap may be from what the clock says, ms. */
const WRAP_TOLERANCE_MS = 60_000;
/** How far an uptime may lag behind the clock: agents cache it, and their clocks are not ours. */
const LAG_MS = 30_000;
const LAG_SHARE = 0.01;

/**
 * Whether a device that was up for `before` ticks has restarted since: it is up for less than it would be. That it is
 * up for longer than before says nothing after an outage. An uptime that stands still tells nothing at all.
 */
export function hasRestarted(before: number, now: number, elapsedMs: number): boolean {
  const lagMs = before * MS_PER_TICK + elapsedMs - now * MS_PER_TICK;
  return now < before || (now > before && lagMs > LAG_MS + elapsedMs * LAG_SHARE);
}

/** Follows a device's uptime: tells a restart from the wrap of sysUpTime after 497 days. */
export class UptimeTracker {
  /** What the device last said; an answer without one of them says nothing new of it. */
  private boots: number | null = null;
  private last: { ticks: number; atMs: number } | null = null;
  /** Ticks of the wraps seen since this process began. */
  private wrapped = 0;
  private hidden = true;

  advance({ ticks, engineBoots, atMs }: Omit<Uptime, 'changeMark'>): 'first' | 'same' | 'restarted' {
    const { last, boots } = this;
    const first = last === null && boots === null;
    this.boots = engineBoots ?? boots;
    this.hidden = ticks === null;
    if (ticks !== null) this.last = { ticks, atMs };
    if (first) return 'first';
    if (engineBoots !== null && boots !== null && engineBoots !== boots) return this.restarted();
    if (ticks === null || last === null) return 'same';
    if (ticks >= last.ticks) return hasRestarted(last.ticks, ticks, atMs - last.atMs) ? this.restarted() : 'same';
    const expected = last.ticks + (atMs - last.atMs) / MS_PER_TICK - WRAP_TICKS;
    if (Math.abs(ticks - expected) * MS_PER_TICK > WRAP_TOLERANCE_MS) return this.restarted();
    this.wrapped += WRAP_TICKS;
    return 'same';
  }

  /** Uptime in ms that goes on growing over a wrap; null where the device hides it. */
  get uptimeMs(): number | null {
    return this.hidden || this.last === null ? null : (this.last.ticks + this.wrapped) * MS_PER_TICK;
  }

  /** snmpEngineBoots as last heard; null where the device hides it. */
  get engineBoots(): number | null {
    return this.boots;
  }

  private restarted(): 'restarted' {
    this.wrapped = 0;
    return 'restarted';
  }
}
