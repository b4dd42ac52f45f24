import { parseOid } from '../wire/oid.ts';
import type { SnmpSession } from '../wire/session.ts';
import { type WalkedRow, walkTable } from '../wire/walk.ts';
import { number } from './device.ts';
import type { FoundInterface } from './interfaces.ts';
import { readPhysicalTree } from './physical-tree.ts';
import { type SensorKind, WorstPerPort } from './worst-per-port.ts';

/** A sensor of a port's transceiver, and how its integer becomes a number. */
interface FoundSensor {
  entity: number;
  port: string;
  kind: SensorKind;
  /** Value times this is in watts, dBm or °C. */
  factor: number;
  unit: 'watts' | 'dbm' | 'celsius';
}

/** Type, scale, precision, value and status have the same columns in the standard and in Cisco's sensor table. */
const SENSOR = { type: 1, scale: 2, precision: 3, value: 4, status: 5 } as const;
/** @source ENTITY-SENSOR-MIB (RFC 3433) entPhySensorTable */
const ENTITY_SENSORS = parseOid('1.3.6.1.2.1.99.1.1.1');
/** @source CISCO-ENTITY-SENSOR-MIB entSensorValueTable */
const CISCO_SENSORS = parseOid('1.3.6.1.4.1.9.9.91.1.1.1.1');
/** EntitySensorDataType; dBm(14) is what NX-OS answers. */
const TYPE = { watts: 6, celsius: 8, dbm: 14 } as const;
/** EntitySensorDataScale units(9): each step is a factor of 1000. */
const SCALE_UNITS = 9;
/** entPhySensorOperStatus ok(1). */
const STATUS_OK = 1;
/** Sensors answer ±10^9 for "out of range". @source RFC 3433 EntitySensorValue */
const OUT_OF_RANGE = 1_000_000_000;
/** A receive sensor among those of both directions; a transceiver's thermometer among all of a switch. */
const LABEL = { dbm: /\b(rx|receive)/i, celsius: /\b(dom|transceiver|optic|module|xcvr|sfp)/i } as const;

/** Optics of a device that names its sensors in the entity table: found once, then only their values are read. */
export class EntitySensors {
  private readonly entry: readonly number[];
  private sensors: FoundSensor[] | null = null;

  constructor(
    private readonly session: SnmpSession,
    kind: 'entity-sensor' | 'cisco-entity-sensor',
    private readonly interfaces: readonly FoundInterface[],
  ) {
    this.entry = kind === 'cisco-entity-sensor' ? CISCO_SENSORS : ENTITY_SENSORS;
  }

  /** @throws CollectorError in the words of what failed */
  async read(): Promise<WorstPerPort> {
    this.sensors ??= await this.find();
    const worst = new WorstPerPort();
    if (this.sensors.length === 0) return worst;
    const amounts = new Map<number, number>();
    for (const { index, values } of await walkTable(this.session, this.entry, [SENSOR.value, SENSOR.status])) {
      const amount = number(values.get(SENSOR.value));
      const isOk = number(values.get(SENSOR.status)) === STATUS_OK;
      if (amount !== undefined && isOk && Math.abs(amount) < OUT_OF_RANGE) amounts.set(index[0] ?? 0, amount);
    }
    for (const sensor of this.sensors) {
      const amount = amounts.get(sensor.entity);
      if (amount !== undefined) worst.add(sensor.kind, sensor.port, sensorNumber(sensor, amount));
    }
    return worst;
  }

  findAgain(): void {
    this.sensors = null;
  }

  private async find(): Promise<FoundSensor[]> {
    const rows = await walkTable(this.session, this.entry, [SENSOR.type, SENSOR.scale, SENSOR.precision]);
    if (rows.length === 0) return [];
    const tree = await readPhysicalTree(this.session, this.interfaces);
    return rows.flatMap((row) => {
      const found = describeSensor(row);
      const label = found === null ? '' : tree.labelOf(found.entity);
      if (found === null || !LABEL[found.unit === 'celsius' ? 'celsius' : 'dbm'].test(label)) return [];
      const port = tree.portOf(found.entity);
      return port === undefined ? [] : [{ ...found, port }];
    });
  }
}

/** The number a sensor's integer stands for: dBm for power of either unit, °C for temperature. */
function sensorNumber(sensor: FoundSensor, raw: number): number {
  const value = raw * sensor.factor;
  if (sensor.unit !== 'watts') return value;
  // No light at all has no logarithm: the least a sensor of 0.1 µW can tell.
  const milliwatts = Math.max(value * 1000, 0.0001);
  return 10 * Math.log10(milliwatts);
}

function describeSensor({ index, values }: WalkedRow): Omit<FoundSensor, 'port'> | null {
  const type = number(values.get(SENSOR.type));
  const scale = number(values.get(SENSOR.scale)) ?? SCALE_UNITS;
  const precision = number(values.get(SENSOR.precision)) ?? 0;
  if (type === undefined || Math.abs(precision) > 9 || scale < 1 || scale > 17) return null;
  const entity = index[0] ?? 0;
  // A negative precision counts digits that can be trusted, none behind a decimal point.
  const factor = 1000 ** (scale - SCALE_UNITS) / 10 ** Math.max(0, precision);
  if (type === TYPE.watts) return { entity, kind: 'rxPowerDbm', unit: 'watts', factor };
  if (type === TYPE.dbm) return { entity, kind: 'rxPowerDbm', unit: 'dbm', factor };
  return type === TYPE.celsius ? { entity, kind: 'temperatureC', unit: 'celsius', factor } : null;
}
