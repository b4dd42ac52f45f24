import { describe, expect, it } from 'vitest';
import type { FoundInterface } from '../../../../collectors/snmp/discovery/interfaces.ts';
import { OpticsReader } from '../../../../collectors/snmp/optics.ts';
import type { OpticsKind } from '../../../../collectors/snmp/profiles/profile.ts';
import { asked, type FakeObject, object } from '../fake-agent.ts';
import { found } from './found.ts';

const PHYSICAL = '1.3.6.1.2.1.47.1.1.1.1';
const ALIAS = '1.3.6.1.2.1.47.1.3.2.1.2';
const STANDARD = '1.3.6.1.2.1.99.1.1.1';
const CISCO = '1.3.6.1.4.1.9.9.91.1.1.1.1';
const JUNIPER = '1.3.6.1.4.1.2636.3.60.1.1.1.1';
const WATTS = 6;
const CELSIUS = 8;
const DBM = 14;
const MILLI = 8;
const UNITS = 9;

interface FakeSensor {
  entity: number;
  name: string;
  type: number;
  scale: number;
  precision: number;
  value: number;
  status?: number;
  containedIn?: number;
}

function sensors(entry: string, list: readonly FakeSensor[]): FakeObject[] {
  return list.flatMap(({ entity, name, type, scale, precision, value, status = 1, containedIn = 0 }) => [
    object(`${PHYSICAL}.2.${entity}`, '4', name),
    object(`${PHYSICAL}.4.${entity}`, '2', String(containedIn)),
    object(`${PHYSICAL}.5.${entity}`, '2', '8'),
    object(`${PHYSICAL}.7.${entity}`, '4', ''),
    object(`${entry}.1.${entity}`, '2', String(type)),
    object(`${entry}.2.${entity}`, '2', String(scale)),
    object(`${entry}.3.${entity}`, '2', String(precision)),
    object(`${entry}.4.${entity}`, '2', String(value)),
    object(`${entry}.5.${entity}`, '2', String(status)),
  ]);
}

/** What one reading gives, by gauge and port; ports without a value are left out. */
async function read(
  kind: OpticsKind,
  objects: FakeObject[],
  interfaces: FoundInterface[],
): Promise<Record<string, Record<string, number>>> {
  return asked(objects, async (session) => {
    const reader = new OpticsReader(session, kind, interfaces);
    await reader.read();
    const ports = interfaces.map(({ name }) => name);
    const columns = reader.take(ports).map(({ gauge, values }) => {
      const entries = ports.map((port, p) => [port, values[p]!] as const).filter(([, value]) => !Number.isNaN(value));
      return [gauge, Object.fromEntries(entries)] as const;
    });
    // What was told is not told again.
    expect(reader.take(ports)).toEqual([]);
    return Object.fromEntries(columns);
  });
}

const rx = (entity: number, port: string, value: number, more: Partial<FakeSensor> = {}): FakeSensor => ({
  entity,
  name: `DOM RX Power Sensor for ${port}`,
  type: WATTS,
  scale: MILLI,
  precision: 4,
  value,
  ...more,
});

describe('optics by ENTITY-SENSOR-MIB', () => {
  it('are dBm from units of 0.1 µW, the darkest lane of a port', async () => {
    const gauges = await read(
      'entity-sensor',
      sensors(STANDARD, [
        rx(11, 'Ethernet0/1', 6322),
        rx(12, 'Ethernet0/2', 5890),
        { ...rx(13, 'Ethernet0', 1), name: 'DOM TX Power Sensor for Ethernet0/1' },
        rx(21, 'Ethernet4/1', 0),
      ]),
      [found(1, 'Ethernet0'), found(5, 'Ethernet4')],
    );
    expect(gauges.rxPowerDbm!.Ethernet0).toBeCloseTo(10 * Math.log10(0.589), 6);
    // No light has no logarithm: the least such a sensor can tell.
    expect(gauges.rxPowerDbm!.Ethernet4).toBeCloseTo(-40, 6);
  });

  it.each([
    [UNITS, 0, 41, 41],
    [UNITS, 1, 412, 41.2],
    [UNITS, 6, 41_250_000, 41.25],
    [MILLI, 0, 41_000, 41],
    // A negative precision is how many digits can be trusted, not a factor.
    [UNITS, -2, 41, 41],
  ])('temperature of scale %i, precision %i', async (scale, precision, value, expected) => {
    const sensor = { entity: 7, name: 'DOM Temperature Sensor for Ethernet0', type: CELSIUS, scale, precision, value };
    const gauges = await read('entity-sensor', sensors(STANDARD, [sensor]), [found(1, 'Ethernet0')]);
    expect(gauges.temperatureC!.Ethernet0).toBeCloseTo(expected, 6);
  });

  it('that are not ok, out of range or of no port are left out', async () => {
    const gauges = await read(
      'entity-sensor',
      sensors(STANDARD, [
        rx(1, 'Ethernet0', 6322, { status: 2 }),
        rx(2, 'Ethernet4', 1_000_000_000),
        rx(3, 'Ethernet99', 6322),
        { ...rx(4, 'Ethernet8', 40), name: 'Ambient temperature sensor', type: CELSIUS, scale: UNITS, precision: 0 },
      ]),
      [found(1, 'Ethernet0'), found(5, 'Ethernet4'), found(9, 'Ethernet8')],
    );
    expect(gauges).toEqual({});
  });

  it('find their port by containment and alias mapping, where the name says none', async () => {
    const port = [
      object(`${PHYSICAL}.2.100`, '4', 'port'),
      object(`${PHYSICAL}.4.100`, '2', '1'),
      object(`${PHYSICAL}.5.100`, '2', '10'),
      object(`${ALIAS}.100.0`, '6', '1.3.6.1.2.1.2.2.1.1.5'),
    ];
    const sensor = rx(101, '', 10_000, { name: 'Receive power', containedIn: 100 });
    const gauges = await read('entity-sensor', [...port, ...sensors(STANDARD, [sensor])], [found(5, 'Ethernet4')]);
    expect(gauges.rxPowerDbm!.Ethernet4).toBeCloseTo(0, 6);
  });

  it('survive a containment that goes in circles', async () => {
    const sensor = rx(101, '', 10_000, { name: 'Receive power', containedIn: 101 });
    expect(await read('entity-sensor', sensors(STANDARD, [sensor]), [found(5, 'Ethernet4')])).toEqual({});
  });
});

describe("optics of the vendors' own tables", () => {
  it('NX-OS: dBm as type 14 with a precision, per lane', async () => {
    const lane = (entity: number, n: number, value: number): FakeSensor => ({
      entity,
      name: `Ethernet1/3 Lane ${n} Transceiver Receive Power Sensor`,
      type: DBM,
      scale: UNITS,
      precision: 3,
      value,
    });
    const gauges = await read('cisco-entity-sensor', sensors(CISCO, [lane(1, 1, -1210), lane(2, 2, -3105)]), [
      found(1, 'Ethernet1/3'),
      found(2, 'Ethernet1/30'),
    ]);
    expect(gauges.rxPowerDbm).toEqual({ 'Ethernet1/3': -3.105 });
  });

  it('Junos: DOM in hundredths of a dBm and °C, by ifIndex', async () => {
    const objects = [
      object(`${JUNIPER}.5.510`, '2', '-243'),
      object(`${JUNIPER}.8.510`, '2', '39'),
      object(`${JUNIPER}.5.999`, '2', '-100'),
    ];
    const gauges = await read('juniper-dom', objects, [found(510, 'et-0/0/0')]);
    expect(gauges).toEqual({ rxPowerDbm: { 'et-0/0/0': -2.43 }, temperatureC: { 'et-0/0/0': 39 } });
  });
});
