import { describe, expect, it } from 'vitest';
import { powersOf } from '../../../../collectors/snmp/discovery/huawei-optics.ts';
import type { FoundInterface } from '../../../../collectors/snmp/discovery/interfaces.ts';
import { OpticsReader } from '../../../../collectors/snmp/optics.ts';
import type { OpticsKind } from '../../../../collectors/snmp/profiles/profile.ts';
import { asked, FakeAgent, type FakeObject, object, sessionWith } from '../fake-agent.ts';
import { found } from './found.ts';

const PHYSICAL = '1.3.6.1.2.1.47.1.1.1.1';
const ALIAS = '1.3.6.1.2.1.47.1.3.2.1.2';
const STANDARD = '1.3.6.1.2.1.99.1.1.1';
const CISCO = '1.3.6.1.4.1.9.9.91.1.1.1.1';
const JUNIPER = '1.3.6.1.4.1.2636.3.60.1.1.1.1';
const JUNIPER_LANES = '1.3.6.1.4.1.2636.3.60.1.2.1.1';
const RUIJIE = '1.3.6.1.4.1.4881.1.1.10.2.105.1.1.1';
const RUIJIE_LANES = '1.3.6.1.4.1.4881.1.1.10.2.105.1.4.1';
const HUAWEI = '1.3.6.1.4.1.2011.5.25.31.1.1.3.1';
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

  it('Junos: the darkest lane of a module whose own power is not measured', async () => {
    const objects = [
      ...row(`${JUNIPER}`, '507', { 5: 0, 7: 0, 8: 41 }),
      ...row(`${JUNIPER_LANES}`, '507.0', { 6: -112, 8: 150 }),
      ...row(`${JUNIPER_LANES}`, '507.1', { 6: -1974, 8: 148 }),
      // A lane that receives exactly 0 dBm is one that sends.
      ...row(`${JUNIPER_LANES}`, '507.2', { 6: 0, 8: 151 }),
    ];
    const gauges = await read('juniper-dom', objects, [found(507, 'et-0/0/0')]);
    expect(gauges).toEqual({ rxPowerDbm: { 'et-0/0/0': -19.74 }, temperatureC: { 'et-0/0/0': 41 } });
  });

  it('Junos: an empty cage and a copper cable have rows of zeros, and no reading', async () => {
    const objects = [
      ...row(JUNIPER, '507', { 5: 0, 7: 0, 8: 24 }),
      ...row(JUNIPER, '509', { 5: 0, 7: 0, 8: 0 }),
      ...row(JUNIPER_LANES, '507.0', { 6: 0, 8: 0 }),
      ...row(JUNIPER_LANES, '509.0', { 6: 0, 8: 0 }),
    ];
    const gauges = await read('juniper-dom', objects, [found(507, 'et-0/0/0'), found(509, 'et-0/0/1')]);
    expect(gauges).toEqual({ temperatureC: { 'et-0/0/0': 24 } });
  });

  it('Ruijie: the module, its lanes, and -100 dBm for no reading', async () => {
    const objects = [
      ...row(RUIJIE, '1', { 17: 44, 76: -10_000, 81: -10_000 }),
      ...row(RUIJIE_LANES, '1.1', { 5: -231, 8: 120 }),
      ...row(RUIJIE_LANES, '1.2', { 5: -10_000, 8: -10_000 }),
      ...row(RUIJIE_LANES, '1.3', { 5: -305, 8: 118 }),
      ...row(RUIJIE, '2', { 17: 0, 76: -10_000, 81: -10_000 }),
      ...row(RUIJIE, '3', { 17: 31, 76: -420, 81: -100 }),
    ];
    const ports = [1, 2, 3].map((port) => found(port, `FourHundredGigabitEthernet 0/${port}`));
    expect(await read('ruijie-fiber', objects, ports)).toEqual({
      rxPowerDbm: { 'FourHundredGigabitEthernet 0/1': -3.05, 'FourHundredGigabitEthernet 0/3': -4.2 },
      temperatureC: { 'FourHundredGigabitEthernet 0/1': 44, 'FourHundredGigabitEthernet 0/3': 31 },
    });
  });

  it('Huawei: lanes by the entity of the port, none of an empty cage', async () => {
    const entity = (id: number, name: string): FakeObject[] => [
      object(`${PHYSICAL}.2.${id}`, '4', '400GBASE-DR4'),
      object(`${PHYSICAL}.4.${id}`, '2', '0'),
      object(`${PHYSICAL}.5.${id}`, '2', '10'),
      object(`${PHYSICAL}.7.${id}`, '4', name),
    ];
    const objects = [
      ...entity(101, '400GE1/0/1'),
      ...entity(102, ''),
      ...entity(103, '400GE1/0/3'),
      object(`${ALIAS}.102.0`, '6', '1.3.6.1.2.1.2.2.1.1.7'),
      ...row(HUAWEI, '101', { 5: 48, 8: -121 }),
      object(`${HUAWEI}.32.101`, '4', '-1.21,-1.51,-1.83,-2.18'),
      ...row(HUAWEI, '102', { 5: 50, 8: -310 }),
      ...row(HUAWEI, '103', { 5: 2_147_483_647, 8: -1 }),
    ];
    const ports = [found(6, '400GE1/0/1'), found(7, '400GE1/0/2'), found(8, '400GE1/0/3')];
    expect(await read('huawei-optics', objects, ports)).toEqual({
      rxPowerDbm: { '400GE1/0/1': -2.18, '400GE1/0/2': -3.1 },
      temperatureC: { '400GE1/0/1': 48, '400GE1/0/2': 50 },
    });
  });

  it.each([
    ['hundredths of a dBm, as the MIB says', -243, '', [-2.43]],
    ['µW of an older release, which may also be a bright module: neither', 550, '', []],
    ['no reading', -1, '', []],
    ['lanes in dBm', -121, '-1.21,-1.51,-1.83,-2.18', [-1.21, -1.51, -1.83, -2.18]],
    ['lanes in hundredths', 133, '133.83,98.54,-20.00,80.16', [1.3383, 0.9854, -0.2, 0.8016]],
    ['lanes that are none: the module alone', -243, 'n/a,-1.2', [-2.43]],
    ['lanes that have nothing to do with the module', -243, '5.1,6.2', [-2.43]],
  ])('Huawei: %s', (_, module, lanes, expected) => {
    expect(powersOf(module, lanes).map((dbm) => Number(dbm.toFixed(4)))).toEqual(expected);
  });

  it('of a module that was plugged in later are found when the device is looked at afresh', async () => {
    const agent = await FakeAgent.start(sensors(STANDARD, [rx(11, 'Ethernet0', 6322)]));
    const session = sessionWith(agent);
    const ports = ['Ethernet0', 'Ethernet4'];
    const reader = new OpticsReader(session, 'entity-sensor', [found(1, 'Ethernet0'), found(5, 'Ethernet4')]);
    const read = async (): Promise<number[]> => {
      await reader.read();
      return [...reader.take(ports)[0]!.values].map(Math.round);
    };
    expect(await read()).toEqual([-2, Number.NaN]);
    for (const added of sensors(STANDARD, [rx(21, 'Ethernet4', 5000)])) agent.set(added);
    reader.findAgain();
    expect(await read()).toEqual([-2, -3]);
    session.close();
    agent.close();
  });
});

/** Integers of a row by column. */
function row(entry: string, index: string, values: Record<number, number>): FakeObject[] {
  return Object.entries(values).map(([column, value]) => object(`${entry}.${column}.${index}`, '2', String(value)));
}
