import { parseOid } from '../wire/oid.ts';
import type { SnmpSession } from '../wire/session.ts';
import { walkTable } from '../wire/walk.ts';
import { number, text } from './device.ts';
import type { FoundInterface } from './interfaces.ts';
import { type PhysicalTree, readPhysicalTree } from './physical-tree.ts';
import { WorstPerPort } from './worst-per-port.ts';

/** By entPhysicalIndex. @source HUAWEI-ENTITY-EXTENT-MIB hwOpticalModuleInfoTable, revision 2022-06 */
const MODULE = {
  entry: parseOid('1.3.6.1.4.1.2011.5.25.31.1.1.3.1'),
  temperature: 5,
  rxPower: 8,
  laneRxPower: 32,
} as const;
/** What the table answers for a temperature it does not have; an empty cage says 0 or less. */
const NO_TEMPERATURE = 2_147_483_647;
/** What the table answers for a power it does not have. */
const NO_POWER = -1;
const UNITS_PER_DBM = 100;
/** How far the module's power, rounded, may be from its first lane's, in units. */
const ROUNDING = 2;

/** Optics of Huawei's VRP. */
export class HuaweiOptics {
  private tree: PhysicalTree | null = null;

  constructor(
    private readonly session: SnmpSession,
    private readonly interfaces: readonly FoundInterface[],
  ) {}

  /** @throws CollectorError in the words of what failed */
  async read(): Promise<WorstPerPort> {
    const worst = new WorstPerPort();
    const rows = await walkTable(this.session, MODULE.entry, [MODULE.temperature, MODULE.rxPower, MODULE.laneRxPower]);
    if (rows.length === 0) return worst;
    this.tree ??= await readPhysicalTree(this.session, this.interfaces);
    for (const { index, values } of rows) {
      const port = this.tree.portOf(index[0] ?? 0);
      if (port === undefined) continue;
      const temperature = number(values.get(MODULE.temperature)) ?? 0;
      if (temperature > 0 && temperature < NO_TEMPERATURE) worst.add('temperatureC', port, temperature);
      for (const dbm of powersOf(number(values.get(MODULE.rxPower)), text(values.get(MODULE.laneRxPower))))
        worst.add('rxPowerDbm', port, dbm);
    }
    return worst;
  }

  findAgain(): void {
    this.tree = null;
  }
}

/**
 * Power of each lane in dBm; of the module where no lanes are told. By the MIB the module's is in hundredths of a dBm,
 * but some releases answer µW, which are never negative: a positive one counts only where a lane confirms it. Lanes
 * come in dBm or in hundredths; the module's, which is that of its first lane, tells which.
 */
export function powersOf(module: number | undefined, lanesText: string): number[] {
  if (module === undefined || module === NO_POWER) return [];
  const lanes = lanesText.split(',').map((lane) => (lane.trim() === '' ? Number.NaN : Number(lane)));
  const [first = Number.NaN] = lanes;
  if (lanes.every((lane) => Number.isFinite(lane))) {
    const inDbm = Math.abs(first * UNITS_PER_DBM - module) <= ROUNDING;
    const inUnits = Math.abs(first - module) <= ROUNDING;
    if (inDbm && !inUnits) return lanes;
    if (inUnits && !inDbm) return lanes.map((lane) => lane / UNITS_PER_DBM);
  }
  return module < 0 ? [module / UNITS_PER_DBM] : [];
}
