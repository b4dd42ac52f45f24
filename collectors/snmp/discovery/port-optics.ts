import { parseOid } from '../wire/oid.ts';
import type { SnmpSession } from '../wire/session.ts';
import { walkTable } from '../wire/walk.ts';
import { number } from './device.ts';
import type { FoundInterface } from './interfaces.ts';
import { WorstPerPort } from './worst-per-port.ts';

/** A table of transceivers by ifIndex, and one of their lanes by ifIndex.lane. */
interface OpticsTables {
  module: { entry: number[]; temperature: number; rxPower: number; txPower: number };
  lane: { entry: number[]; rxPower: number; txPower: number };
  /** Power in hundredths of a dBm that stands for "no reading". */
  noPower: number;
}

const UNITS_PER_DBM = 100;

/** @source JUNIPER-DOM-MIB jnxDomCurrentTable, jnxDomModuleLaneTable: 0.01 dBm and °C */
const JUNIPER: OpticsTables = {
  module: { entry: parseOid('1.3.6.1.4.1.2636.3.60.1.1.1.1'), temperature: 8, rxPower: 5, txPower: 7 },
  lane: { entry: parseOid('1.3.6.1.4.1.2636.3.60.1.2.1.1'), rxPower: 6, txPower: 8 },
  noPower: Number.NaN,
};

/** @source RUIJIE-FIBER-MIB ruijieFiberTable, ruijieFiberChannelTable: 0.01 dBm and °C */
const RUIJIE: OpticsTables = {
  module: { entry: parseOid('1.3.6.1.4.1.4881.1.1.10.2.105.1.1.1'), temperature: 17, rxPower: 76, txPower: 81 },
  lane: { entry: parseOid('1.3.6.1.4.1.4881.1.1.10.2.105.1.4.1'), rxPower: 5, txPower: 8 },
  noPower: -10_000,
};

/**
 * Optics of a device that has them by ifIndex. An empty cage and a copper cable have rows of zeros: 0 °C is none, and
 * neither is 0 dBm received where 0 dBm are sent.
 */
export class PortOptics {
  private readonly tables: OpticsTables;
  private readonly ports: ReadonlyMap<number, string>;

  constructor(
    private readonly session: SnmpSession,
    kind: 'juniper-dom' | 'ruijie-fiber',
    interfaces: readonly FoundInterface[],
  ) {
    this.tables = kind === 'juniper-dom' ? JUNIPER : RUIJIE;
    this.ports = new Map(interfaces.filter((found) => found.polled).map((found) => [found.ifIndex, found.name]));
  }

  /** @throws CollectorError in the words of what failed */
  async read(): Promise<WorstPerPort> {
    const { module, lane } = this.tables;
    const worst = new WorstPerPort();
    const modules = await walkTable(this.session, module.entry, [module.temperature, module.rxPower, module.txPower]);
    const lanes = await walkTable(this.session, lane.entry, [lane.rxPower, lane.txPower]);
    for (const { index, values } of modules) {
      const port = this.ports.get(index[0] ?? -1);
      if (port === undefined) continue;
      const temperature = number(values.get(module.temperature)) ?? 0;
      if (temperature !== 0) worst.add('temperatureC', port, temperature);
      this.addPower(worst, port, number(values.get(module.rxPower)), number(values.get(module.txPower)));
    }
    for (const { index, values } of lanes) {
      const port = this.ports.get(index[0] ?? -1);
      if (port === undefined) continue;
      this.addPower(worst, port, number(values.get(lane.rxPower)), number(values.get(lane.txPower)));
    }
    return worst;
  }

  private addPower(worst: WorstPerPort, port: string, received: number | undefined, sent: number | undefined): void {
    if (received === undefined || received === this.tables.noPower) return;
    if (received === 0 && (sent ?? 0) === 0) return;
    worst.add('rxPowerDbm', port, received / UNITS_PER_DBM);
  }
}
