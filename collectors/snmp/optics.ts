import type { GaugeColumn } from '../../lib/counters/reading.ts';
import { number } from './discovery/device.ts';
import type { FoundInterface } from './discovery/interfaces.ts';
import { type FoundSensor, readSensors, type SensorKind, sensorNumber, valueTables } from './discovery/sensors.ts';
import type { OpticsKind } from './profiles/profile.ts';
import type { SnmpSession } from './wire/session.ts';
import { walkTable } from './wire/walk.ts';

/** entPhySensorOperStatus ok(1). */
const STATUS_OK = 1;
/** Sensors answer ±10^9 for "out of range". @source RFC 3433 EntitySensorValue */
const OUT_OF_RANGE = 1_000_000_000;

/** Reads the optics of a device, rarely: what was read waits for the next reading and is told once. */
export class OpticsReader {
  private sensors: FoundSensor[] | null = null;
  private fresh: Map<SensorKind, Map<string, number>> | null = null;

  constructor(
    private readonly session: SnmpSession,
    private readonly kind: OpticsKind,
    private readonly interfaces: readonly FoundInterface[],
  ) {}

  /** What the device's sensors give; empty until the first reading. */
  get gauges(): SensorKind[] {
    return [...new Set((this.sensors ?? []).map(({ kind }) => kind))];
  }

  /** @throws CollectorError in the words of what failed */
  async read(): Promise<void> {
    this.sensors ??= await readSensors(this.session, this.kind, this.interfaces);
    if (this.sensors.length === 0) return;
    const raw = new Map<string, number>();
    for (const { entry, value, status } of valueTables(this.kind)) {
      const rows = await walkTable(this.session, entry, status === null ? [value] : [value, status]);
      for (const { index, values } of rows) {
        const amount = number(values.get(value));
        const ok = status === null || number(values.get(status)) === STATUS_OK;
        if (amount === undefined || !ok || Math.abs(amount) >= OUT_OF_RANGE) continue;
        raw.set((status === null ? [value, ...index] : index).join('.'), amount);
      }
    }
    this.fresh = worstPerPort(this.sensors, raw);
  }

  /** The gauges of the last reading, once; none when there is nothing new. */
  take(ports: readonly string[]): GaugeColumn[] {
    const { fresh } = this;
    this.fresh = null;
    if (fresh === null) return [];
    return [...fresh].map(([gauge, byPort]) => ({
      gauge,
      priority: -1,
      values: Float64Array.from(ports, (port) => byPort.get(port) ?? Number.NaN),
    }));
  }
}

/** A port is as bright as its darkest lane and as warm as its warmest sensor. */
function worstPerPort(
  sensors: readonly FoundSensor[],
  raw: ReadonlyMap<string, number>,
): Map<SensorKind, Map<string, number>> {
  const worst = new Map<SensorKind, Map<string, number>>();
  for (const sensor of sensors) {
    const amount = raw.get(sensor.index.join('.'));
    if (amount === undefined) continue;
    const value = sensorNumber(sensor, amount);
    const byPort = worst.get(sensor.kind) ?? new Map<string, number>();
    worst.set(sensor.kind, byPort);
    const before = byPort.get(sensor.port);
    const worse = before === undefined || (sensor.kind === 'rxPowerDbm' ? value < before : value > before);
    if (worse) byPort.set(sensor.port, value);
  }
  return worst;
}
