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

/** An object of a recording; one that counts grows by so much a second while the simulator runs. */
interface RecordedObject extends FakeObject {
  perSecond?: number;
}

/** One `OID|type|value` a line, sorted, as snmpsim reads it. A later object takes the place of one of the same name. */
export function recordingOf(objects: readonly RecordedObject[]): string {
  const byName = new Map(objects.map((recorded) => [recorded.oid.join('.'), recorded]));
  const sorted = [...byName.values()].sort((a, b) => compare(a.oid, b.oid));
  return sorted.map((recorded) => `${recorded.oid.join('.')}|${lineOf(recorded)}\n`).join('');
}

function lineOf({ tag, contents, perSecond }: RecordedObject): string {
  if (perSecond === undefined) return valueText(tag, contents);
  return `${tag}:numeric|rate=${perSecond},offset=${BigInt(`0x${contents.toString('hex')}`)}`;
}

/** A counter that counts. */
function counting(oid: string, perSecond: number, from: bigint | number = 0, type = '70'): RecordedObject {
  return { ...object(oid, type, String(from)), perSecond };
}

/** What the first port of every recording sends, bytes a second, from a number that no double tells exactly. */
export const BYTES_PER_SEC = 1e9;
const sending = (ifIndex: number): RecordedObject =>
  counting(`1.3.6.1.2.1.31.1.1.1.10.${ifIndex}`, BYTES_PER_SEC, 2n ** 62n);
/** Pause frames and paused µs of priority 3 a second at the first port, and packets dropped there. */
export const PAUSE_FRAMES_PER_SEC = 1000;
export const PAUSED_US_PER_SEC = 250_000;
export const DROPS_PER_SEC = 50;
export const BROKEN_PER_SEC = 40;

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

/** Integers of a row of a table of transceivers. */
function optics(entry: string, values: Record<number, number>, index: string) {
  return Object.entries(values).map(([column, value]) => object(`${entry}.${column}.${index}`, '2', String(value)));
}

const SENSORS = '1.3.6.1.2.1.99.1.1.1';
const PORTS = 8;

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
    // The agent answers ifIndex one too small in its own column, and priority 3 alone as the port's total.
    ...list.map(({ ifIndex }) => object(`1.3.6.1.2.1.2.2.1.1.${ifIndex}`, '2', String(ifIndex - 1))),
    ...table('1.3.6.1.4.1.9.9.813.1.1.1', [1, 2], ['1', '5'], () => 5),
    counting('1.3.6.1.4.1.9.9.813.1.2.1.3.1.3', PAUSE_FRAMES_PER_SEC),
    sending(1),
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
    counting('1.3.6.1.4.1.30065.3.11.1.1.1.4.1.3', PAUSE_FRAMES_PER_SEC),
    sending(1),
    // Stuck transmit queues: 2 of the unicast queues of port 2.
    ...['2.0.3', '2.0.4'].map((index) => object(`1.3.6.1.4.1.30065.3.11.1.2.1.4.${index}`, '65', '1')),
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
    counting(`${CL}.2.2.3.1.10.4`, PAUSE_FRAMES_PER_SEC),
    sending(4),
    object(`${CL}.1.3.8.0`, '2', '144'),
    ...list.map(({ name }, i) => object(`${CL}.1.3.7.1.1.${i + 1}`, '4', name)),
    ...table(`${CL}.1.3.7.1`, [2, 3], rows, (column, row) => column * 100 + Number(row)),
  ];
}

/** NX-OS: large ifIndex values, optics in Cisco's own table as dBm (type 14). */
function nxos(): FakeObject[] {
  const first = 436_207_616;
  const list = ports(
    (i) => `Ethernet1/${i + 1}`,
    (i) => first + i * 4096,
  );
  return [
    ...system('leaf-nxos', '1.3.6.1.4.1.9.12.3.1.3.2239', 'Cisco NX-OS(tm) nxos64-cs.10.5.2.F.bin'),
    ...interfaces(list),
    ...table('1.3.6.1.4.1.9.9.813.1.2.1', [2, 3], priorityIndexes(list.map(({ ifIndex }) => ifIndex)), () => 1),
    ...table('1.3.6.1.4.1.9.9.813.1.4.1', [2, 3], priorityIndexes(list.map(({ ifIndex }) => ifIndex)), () => 1),
    counting(`1.3.6.1.4.1.9.9.813.1.2.1.3.${first}.3`, PAUSE_FRAMES_PER_SEC),
    counting(`1.3.6.1.4.1.9.9.813.1.4.1.2.${first}.3`, PAUSED_US_PER_SEC),
    sending(first),
    // A counter that is about to wrap, and queues that the watchdog has shut.
    object(`1.3.6.1.2.1.31.1.1.1.6.${first + 4096}`, '70', String(2n ** 64n - 2n)),
    ...[3, 4].map((queue) => object(`1.3.6.1.4.1.9.9.813.1.3.1.3.${first + 4096}.${queue}`, '70', '2')),
    object('1.3.6.1.4.1.9.9.580.1.1.6.0', '66', '416'),
    ...table('1.3.6.1.4.1.9.9.580.1.5.6.1', [6, 7], [`${first}.0`, `${first}.3`], () => 25, '66'),
    // A peak that rises with every poll.
    counting(`1.3.6.1.4.1.9.9.580.1.5.6.1.6.${first}.3`, 100, 25, '66'),
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
    ...table('1.3.6.1.4.1.2636.3.3.1.1', [27], ['512'], (_, index) => Number(index)),
    counting('1.3.6.1.4.1.2636.3.3.1.1.27.510', DROPS_PER_SEC, 510),
    sending(510),
    object('1.3.6.1.4.1.2636.3.60.1.1.1.1.5.512', '2', '-243'),
    object('1.3.6.1.4.1.2636.3.60.1.1.1.1.8.512', '2', '39'),
    // A module of four lanes, whose own power is not measured, and an empty cage.
    ...optics('1.3.6.1.4.1.2636.3.60.1.1.1.1', { 5: 0, 7: 0, 8: 41 }, '514'),
    ...[-112, -95, -1974, -130].flatMap((rx, lane) =>
      optics('1.3.6.1.4.1.2636.3.60.1.2.1.1', { 6: rx, 8: 140 }, `514.${lane}`),
    ),
    ...optics('1.3.6.1.4.1.2636.3.60.1.1.1.1', { 5: 0, 7: 0, 8: 0 }, '516'),
    ...optics('1.3.6.1.4.1.2636.3.60.1.2.1.1', { 6: 0, 8: 0 }, '516.0'),
  ];
}

/** Onyx: durations that the MIB calls milliseconds; ports before switch-wide rows, sensors in mW. */
function onyx(): FakeObject[] {
  const PFC = '1.3.6.1.4.1.33049.15.1.2.1';
  const list = ports(
    (i) => `Eth1/${i + 1}`,
    (i) => 1 + i * 4,
  );
  return [
    ...system('leaf-onyx', '1.3.6.1.4.1.33049.1.1.1.2700', 'MSN2700,Onyx,3.9.3210'),
    ...interfaces(list),
    ...table(PFC, [3, 4, 5, 6], priorityIndexes(list.map(({ ifIndex }) => ifIndex)), (column) => column),
    counting(`${PFC}.3.1.3`, PAUSE_FRAMES_PER_SEC),
    counting(`${PFC}.4.1.3`, PAUSED_US_PER_SEC),
    sending(1),
    ...table('1.3.6.1.4.1.33049.15.1.4.1', [8, 9], ['5.0', '5.3'], () => 7),
    ...sensors(SENSORS, [[601, 'Eth1/2 SFP RX power', 6, 4, 7943]]),
  ];
}

/** Huawei: buffers in KB typed Counter64, drops of all queues in one row, long sysDescr over several lines. */
function huawei(): FakeObject[] {
  const XQOS = '1.3.6.1.4.1.2011.5.25.32.4.1';
  const list = ports(
    (i) => `400GE1/0/${i + 1}`,
    (i) => 6 + i,
  );
  return [
    ...system('leaf-ce', '1.3.6.1.4.1.2011.2.239.12', 'Huawei Versatile Routing Platform Software\r\nVRP (R) V800R021'),
    ...interfaces(list),
    ...table(`${XQOS}.4.5.2.1`, [3, 5], ['6', '7'], (column) => column * 4),
    ...table(`${XQOS}.1.31.1`, [7], ['6.1.9', '6.2.1', '7.2.9'], () => 40),
    counting(`${XQOS}.1.31.1.7.6.2.9`, DROPS_PER_SEC, 1),
    object(`${ENTITY}.2.16847105`, '4', '400GBASE-DR4-1310nm-MPO-500(9um/125um SMF)'),
    object(`${ENTITY}.4.16847105`, '2', '16842753'),
    object(`${ENTITY}.5.16847105`, '2', '10'),
    object(`${ENTITY}.7.16847105`, '4', '400GE1/0/2'),
    ...optics('1.3.6.1.4.1.2011.5.25.31.1.1.3.1', { 5: 47, 8: -121 }, '16847105'),
    object('1.3.6.1.4.1.2011.5.25.31.1.1.3.1.32.16847105', '4', '-1.21,-1.51,-1.83,-2.18'),
    sending(6),
  ];
}

/** Ruijie: requests and indications far apart in the row, queues in cells of unknown size. */
function ruijie(): FakeObject[] {
  const PFC = '1.3.6.1.4.1.4881.1.1.10.2.157.1.1.1';
  const list = ports(
    (i) => `FourHundredGigabitEthernet 0/${i + 1}`,
    (i) => i + 1,
  );
  return [
    ...system('leaf-rg', '1.3.6.1.4.1.4881.1.1.10.1.44', 'Ruijie Full 400G Routing Switch(RG-S6930-64QC)'),
    ...interfaces(list),
    ...table(PFC, [3, 11], priorityIndexes(list.map(({ ifIndex }) => ifIndex)), (column) => column),
    counting(`${PFC}.11.1.3`, PAUSE_FRAMES_PER_SEC),
    sending(1),
    ...optics('1.3.6.1.4.1.4881.1.1.10.2.105.1.1.1', { 17: 44, 76: -10_000, 81: -10_000 }, '2'),
    ...[-231, -305, -10_000].flatMap((rx, lane) =>
      optics('1.3.6.1.4.1.4881.1.1.10.2.105.1.4.1', { 5: rx, 8: 110 }, `2.${lane + 1}`),
    ),
    ...table('1.3.6.1.4.1.4881.1.1.10.2.141.5.1', [4, 10], ['1.3.0', '2.3.0'], () => 12),
  ];
}

/** Dell OS9: priorities numbered 1 to 8, names with blanks. */
function dellOs9(): FakeObject[] {
  const PFC = '1.3.6.1.4.1.6027.3.27.1.19.1';
  const list = ports(
    (i) => `hundredGigE 1/${i + 1}`,
    (i) => 2_097_156 + i * 1024,
    { speedMbps: 100_000 },
  );
  const indexes = list.flatMap(({ ifIndex }) => Array.from({ length: 8 }, (_, p) => `${ifIndex}.${p + 1}`));
  return [
    ...system('leaf-os9', '1.3.6.1.4.1.6027.1.3.25', 'Dell Networking OS\r\nOperating System Version: 2.0'),
    ...interfaces(list),
    ...table(PFC, [2, 3], indexes, (column) => column),
    counting(`${PFC}.3.2097156.4`, PAUSE_FRAMES_PER_SEC),
    sending(2_097_156),
  ];
}

/** Dell OS10: nothing but the standard tables, and a neighbour whose port is named by its MAC. */
function dellOs10(): FakeObject[] {
  const list = ports(
    (i) => `ethernet1/1/${i + 1}`,
    (i) => 16 + i,
  );
  return [
    ...system('leaf-os10', '1.3.6.1.4.1.674.11000.5000.100.2.1.9', 'Dell EMC Networking OS10 Enterprise.'),
    ...interfaces(list),
    sending(16),
    ...neighbour(17, ['4x', 'aabbccddee10'], 'spine10', 'ethernet1/1/32'),
  ];
}

/** Any other switch: 32-bit PFC of the whole port by the IEEE's own table. */
function generic(): FakeObject[] {
  const PFC = '1.3.111.2.802.1.1.21.1.1.1';
  const list = ports(
    (i) => `port${i + 1}`,
    (i) => i + 1,
  );
  const indexes = list.map(({ ifIndex }) => String(ifIndex));
  return [
    ...system('leaf-any', '1.3.6.1.4.1.99999.1', 'some switch'),
    ...interfaces(list),
    ...table(PFC, [2, 3], indexes, (column) => column, '65'),
    counting(`${PFC}.3.1`, PAUSE_FRAMES_PER_SEC, 0, '65'),
    counting('1.3.6.1.2.1.2.2.1.14.1', BROKEN_PER_SEC, 0, '65'),
    sending(1),
  ];
}

/** Recordings by the name a community asks them by. */
export const RECORDINGS: Readonly<Record<string, () => FakeObject[]>> = {
  sonic,
  eos,
  cumulus,
  nxos,
  junos,
  onyx,
  huawei,
  ruijie,
  dellOs9,
  dellOs10,
  generic,
};
export const RECORDED_PORTS = PORTS;
