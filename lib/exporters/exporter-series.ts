import type { ReadingFrame } from '../counters/reading.ts';
import { assembleFrame, type ScrapeTime } from './assemble.ts';
import { Collectives } from './collectives.ts';
import { buildPlan, type DevicePlan, type PortKinds } from './device-plan.ts';
import type { PlannedSeries } from './plan.ts';
import { copySlot, emptyValues, grownValues, type SlotValues } from './slot-values.ts';

/** Protocol types of interfaces. @source Linux include/uapi/linux/if_arp.h */
const ETHERNET = 1;
const INFINIBAND = 32;

/**
 * The series of one exporter that are of use: a slot for each, its value of this reading, and what they are together.
 * Whoever reads them (a page, a remote write) fills the slots.
 */
export class ExporterSeries {
  /** [slot] */
  series: PlannedSeries[] = [];
  values: SlotValues = emptyValues(0);
  private plan: DevicePlan[] | undefined;
  private readonly collectives = new Collectives();

  /** Devices and columns, as of the last reading. */
  get devices(): readonly DevicePlan[] {
    return this.plan ?? [];
  }

  /** @returns its slot */
  add(planned: PlannedSeries): number {
    const slot = this.series.length;
    this.series.push(planned);
    this.plan = undefined;
    if (slot >= this.values.given.length) this.values = grownValues(this.values, (slot + 1) * 2);
    return slot;
  }

  /** Begins a reading: nothing is given yet. */
  begin(): void {
    this.values.given.fill(0);
  }

  /** Series that this reading has. */
  get present(): number {
    const { given } = this.values;
    let present = 0;
    for (let slot = 0; slot < this.series.length; slot++) present += given[slot] ?? 0;
    return present;
  }

  /** Forgets the series this reading does not have: sources are chosen anew and slots move together. */
  forgetMissing(): void {
    const old = this.values;
    const kept = this.series.map((series, slot) => ({ series, slot })).filter(({ slot }) => old.given[slot] === 1);
    this.values = emptyValues(Math.max(1, kept.length * 2));
    for (const [slot, { slot: from }] of kept.entries()) copySlot(old, from, this.values, slot);
    this.series = kept.map(({ series }) => series);
    this.plan = undefined;
  }

  /** What this reading says, device by device. @param problem told of values that cannot be right */
  frames(time: ScrapeTime, problem: (text: string) => void): ReadingFrame[] {
    this.plan ??= buildPlan(this.series, this.portKinds());
    return this.plan.map((device) => assembleFrame(device, this.values, time, problem));
  }

  /** Collective operations of this reading that were not in the one before. @param atMs when it was read */
  collectiveMeans(atMs: number): ReturnType<Collectives['finish']> {
    const { given, value } = this.values;
    for (const [slot, { collective }] of this.series.entries()) {
      if (collective !== undefined && given[slot] === 1) this.collectives.take(collective, value[slot] ?? Number.NaN);
    }
    return this.collectives.finish(atMs);
  }

  /** By protocol types: IP over InfiniBand and tunnels are no ports of their own. */
  private portKinds(): PortKinds {
    const others = new Set<string>();
    const types = new Set<number>();
    for (const [slot, { uses }] of this.series.entries()) {
      if (this.values.given[slot] !== 1) continue;
      for (const { rule, device, port } of uses) {
        if (!('state' in rule.to) || rule.to.state !== 'protocolType') continue;
        const type = this.values.value[slot] ?? Number.NaN;
        types.add(type);
        if (type !== ETHERNET) others.add(`${device}\n${port}`);
      }
    }
    return { others, noInfiniband: types.has(ETHERNET) && !types.has(INFINIBAND) };
  }
}
