import type { GaugeColumn } from '../../lib/counters/reading.ts';
import { HuaweiOptics } from './discovery/huawei-optics.ts';
import type { FoundInterface } from './discovery/interfaces.ts';
import { PortOptics } from './discovery/port-optics.ts';
import { EntitySensors } from './discovery/sensors.ts';
import type { SensorKind, WorstPerPort } from './discovery/worst-per-port.ts';
import type { OpticsKind } from './profiles/profile.ts';
import type { SnmpSession } from './wire/session.ts';

/** One way of reading a device's optics. */
interface OpticsTable {
  read(): Promise<WorstPerPort>;
  /** Before the next reading, finds out anew which sensors there are: transceivers come and go. */
  findAgain?(): void;
}

function opticsTable(session: SnmpSession, kind: OpticsKind, interfaces: readonly FoundInterface[]): OpticsTable {
  switch (kind) {
    case 'entity-sensor':
    case 'cisco-entity-sensor':
      return new EntitySensors(session, kind, interfaces);
    case 'juniper-dom':
    case 'ruijie-fiber':
      return new PortOptics(session, kind, interfaces);
    case 'huawei-optics':
      return new HuaweiOptics(session, interfaces);
  }
}

/** Reads the optics of a device, rarely: what was read waits for the next reading and is told once. */
export class OpticsReader {
  private readonly table: OpticsTable;
  private fresh: WorstPerPort | null = null;
  private readonly seen = new Set<SensorKind>();

  constructor(session: SnmpSession, kind: OpticsKind, interfaces: readonly FoundInterface[]) {
    this.table = opticsTable(session, kind, interfaces);
  }

  /** What the device's optics have given so far. */
  get gauges(): SensorKind[] {
    return [...this.seen];
  }

  /** @throws CollectorError in the words of what failed */
  async read(): Promise<void> {
    this.fresh = await this.table.read();
    for (const kind of this.fresh.byKind.keys()) this.seen.add(kind);
  }

  /** The device was looked at afresh: there may be other transceivers than before. */
  findAgain(): void {
    this.table.findAgain?.();
  }

  /** The gauges of the last reading, once; none when there is nothing new. */
  take(ports: readonly string[]): GaugeColumn[] {
    const { fresh } = this;
    this.fresh = null;
    return [...(fresh?.byKind ?? [])].map(([gauge, byPort]) => ({
      gauge,
      priority: -1,
      values: Float64Array.from(ports, (port) => byPort.get(port) ?? Number.NaN),
    }));
  }
}
