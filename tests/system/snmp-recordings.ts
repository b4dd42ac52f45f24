import { TAG } from '../../collectors/snmp/wire/ber.ts';
import { decodeOid } from '../../collectors/snmp/wire/oid.ts';
import { type FakeInterface, interfaces, priorityIndexes, system, table } from '../collectors/snmp/devices.ts';
import { type FakeObject, object } from '../collectors/snmp/fake-agent.ts';

/*
 * Recordings in the shapes that real devices' recordings have: how ports are named and numbered, which tables are
 * there, in what form neighbours and sensors come. The values are made up.
 */

const LLDP = '1.0.8802.1.1.2.1';
const ENTITY = '1.3.6.1.2.1.47.1.1.1.1';

/** One `OID|type|value` a line, sorted, as snmpsim reads it. */
export function recordingOf(objects: readonly FakeObject[]): string {
  const sorted = [...objects].sort((a, b) => compare(a.oid, b.oid));
  return sorted.map(({ oid, tag, contents }) => `${oid.join('.')}|${valueText(tag, contents)}\n`).join('');
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return (a[i] ?? 0) - (b[i] ?? 0);
  return a.length - b.length;
}

function valueText(tag: number, contents: Buffer): string {
  if (tag === TAG.octetString) return `4x|${contents.toString('hex')}`;
  if (tag === TAG.oid) return `6|${decodeOid(contents, 0, contents.length).join('.')}`;
  const unsigned = BigInt(`0x${contents.toString('hex') || '0'}`);
  return `${tag}|${tag === TAG.integer ? BigInt.asIntN(contents.length * 8, unsigned) : unsigned}`;
}

function neighbour(local: number, chassis: [type: '4' | '4x', id: string], sysName: string, port: string, mark = 0) {
  const index = `${mark}.${local}.1`;
  return [
    object(`${LLDP}.4.1.1.4.${index}`, '2', '4'),
    object(`${LLDP}.4.1.1.5.${index}`, ...chassis),
    object(`${LLDP}.4.1.1.6.${index}`, '2', '5'),
    object(`${LLDP}.4.1.1.7.${index}`, '4', port),
    object(`${LLDP}.4.1.1.8.${index}`, '4', ''),
    object(`${LLDP}.4.1.1.9.${index}`, '4', sysName),
    object(`${LLDP}.4.1.1.12.${index}`, '4x', '2800'),
  ];
}

/** Sensors of a table with the columns type, scale, precision, value, status; named in the entity table. */
function sensors(
  entry: string,
  list: [entity: number, name: string, type: number, precision: number, value: number][],
) {
  return list.flatMap(([entity, name, type, precision, value]) => [
    object(`${ENTITY}.2.${entity}`, '4', name),
    object(`${ENTITY}.4.${entity}`, '2', '0'),
    object(`${ENTITY}.5.${entity}`, '2', '8'),
    object(`${entry}.1.${entity}`, '2', String(type)),
    object(`${entry}.2.${entity}`, '2', type === 6 ? '8' : '9'),
    object(`${entry}.3.${entity}`, '2', String(precision)),
    object(`${entry}.4.${entity}`, '2', String(value)),
    object(`${entry}.5.${entity}`, '2', '1'),
  ]);
}

const SENSORS = '1.3.6.1.2.1.99.1.1.1';
const PORTS = 16;

function ports(name: (i: number) => string, ifIndex: (i: number) => number, more?: Partial<FakeInterface>) {
  return Array.from({ length: PORTS }, (_, i): FakeInterface => {
    return { ifIndex: ifIndex(i), name: name(i), rxBytes: 2n ** 60n + BigInt(i), ...more };
  });
}

/** Edgecore's SONiC: ifName is an alias, the LLDP chassis id is text, the neighbour table has time marks. */
function sonic(): FakeObject[] {
  const list = ports(
    (i) => `Eth${i + 1}(Port${i + 1})`,
    (i) => i * 4 + 1,
  ).map((entry, i) => ({ ...entry, descr: `Ethernet${i * 4}` }));
  return [
    ...system('leaf-sonic', '1.3.6.1.4.1.8072.3.2.10', 'SONiC Software Version: SONiC.202111 - HwSku: AS7326-56X'),
    ...interfaces(list),
    ...table('1.3.6.1.4.1.9.9.813.1.2.1', [2, 3], priorityIndexes(list.map(({ ifIndex }) => ifIndex)), () => 5),
    ...neighbour(5, ['4', 'AA:BB:CC:DD:EE:01'], 'spine1', 'Ethernet8', 71_234),
    ...sensors(SENSORS, [
      [1_000_000_531, 'DOM RX Power Sensor for Ethernet4/1', 6, 4, 5890],
      [1_000_000_510, 'DOM Temperature Sensor for Ethernet4', 8, 6, 41_250_000],
    ]),
  ];
}

/** Arista EOS: binary chassis id, local port named in lldpLocPortTable, counters per priority. */
function eos(): FakeObject[] {
  const list = ports(
    (i) => `Ethernet${i + 1}`,
    (i) => i + 1,
  );
  return [
    ...system('leaf-eos', '1.3.6.1.4.1.30065.1.3011.7050.3740', 'Arista Networks EOS version 4.30.1F'),
    ...interfaces(list),
    ...interfaces([{ ifIndex: 1_000_001, name: 'Port-Channel1', type: 161 }]),
    ...[1, 2].map((port) => object(`1.2.840.10006.300.43.1.2.1.1.13.${port}`, '2', '1000001')),
    ...table('1.3.6.1.4.1.30065.3.11.1.1.1', [3, 4], priorityIndexes(list.map(({ ifIndex }) => ifIndex)), () => 9),
    object(`${LLDP}.3.7.1.2.2`, '2', '5'),
    object(`${LLDP}.3.7.1.3.2`, '4', 'Ethernet2'),
    ...neighbour(2, ['4x', 'aabbccddee02'], 'spine2', 'Ethernet9/1'),
    ...sensors(SENSORS, [[100_602_201, 'DOM RX Power Sensor for Ethernet2', 6, 4, 6322]]),
  ];
}

/** Cumulus: buffers numbered by the device's own port order, priorities in columns, 144-byte cells. */
function cumulus(): FakeObject[] {
  const CL = '1.3.6.1.4.1.40310';
  const list = ports(
    (i) => `swp${i + 1}`,
    (i) => i + 4,
  );
  const indexes = list.map(({ ifIndex }) => String(ifIndex));
  const rows = list.map((_, i) => String(i + 1));
  return [
    ...system('leaf-cumulus', CL, 'Cumulus Linux 5.9.2 (Linux Kernel 6.1)'),
    ...interfaces(list),
    ...table(
      `${CL}.2.2.3.1`,
      Array.from({ length: 18 }, (_, i) => i + 2),
      indexes,
      (column) => column,
    ),
    object(`${CL}.1.3.8.0`, '2', '144'),
    ...list.map(({ name }, i) => object(`${CL}.1.3.7.1.1.${i + 1}`, '4', name)),
    ...table(`${CL}.1.3.7.1`, [2, 3], rows, (column, row) => column * 100 + Number(row)),
  ];
}

/** NX-OS: large ifIndex values, optics in Cisco's own table as dBm (type 14). */
function nxos(): FakeObject[] {
  const list = ports(
    (i) => `Ethernet1/${i + 1}`,
    (i) => 436_207_616 + i * 4096,
  );
  return [
    ...system('leaf-nxos', '1.3.6.1.4.1.9.12.3.1.3.2239', 'Cisco NX-OS(tm) nxos64-cs.10.5.2.F.bin'),
    ...interfaces(list),
    ...table('1.3.6.1.4.1.9.9.813.1.2.1', [2, 3], priorityIndexes(list.map(({ ifIndex }) => ifIndex)), () => 1),
    ...sensors('1.3.6.1.4.1.9.9.91.1.1.1.1', [
      [300_002_515, 'Ethernet1/3 Lane 1 Transceiver Receive Power Sensor', 14, 3, -1210],
    ]),
  ];
}

/** Junos: et- ports with high indexes beside logical units, optics by ifIndex, drops of the output queues. */
function junos(): FakeObject[] {
  const list = ports(
    (i) => `et-0/0/${i}`,
    (i) => 510 + i * 2,
  );
  const units = list.map(({ ifIndex, name }) => ({ ifIndex: ifIndex + 1, name: `${name}.0`, type: 53 }));
  return [
    ...system('leaf-junos', '1.3.6.1.4.1.2636.1.1.1.4.171', 'Juniper Networks, Inc. qfx5130-32cd'),
    ...interfaces([...list, ...units]),
    ...table('1.3.6.1.4.1.2636.3.3.1.1', [27], ['510', '512'], (_, index) => Number(index)),
    object('1.3.6.1.4.1.2636.3.60.1.1.1.1.5.512', '2', '-243'),
    object('1.3.6.1.4.1.2636.3.60.1.1.1.1.8.512', '2', '39'),
  ];
}

/** Recordings by the name a community asks them by. */
export const RECORDINGS: Readonly<Record<string, () => FakeObject[]>> = { sonic, eos, cumulus, nxos, junos };
export const RECORDED_PORTS = PORTS;
