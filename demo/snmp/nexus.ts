import { at } from '../fabric/columns.ts';
import type { PortCounter } from '../fabric/counters.ts';
import type { Network } from '../fabric/network.ts';
import type { TotalCounters } from '../fabric/totals.ts';
import { chassisMac, PFC_PRIORITY, portMac } from '../live/identity.ts';
import { softwareOf } from '../live/platforms.ts';
import { integer, objectId, octets, TAG, unsigned64 } from './ber.ts';
import type { UsmEngine } from './usm.ts';
import { MibView } from './view.ts';

const SYSTEM = [1, 3, 6, 1, 2, 1, 1];
const ENGINE = [1, 3, 6, 1, 6, 3, 10, 2, 1];
const IF_TABLE = [1, 3, 6, 1, 2, 1, 2, 2, 1];
const IF_X_TABLE = [1, 3, 6, 1, 2, 1, 31, 1, 1, 1];
const DOT3_STATS = [1, 3, 6, 1, 2, 1, 10, 7, 2, 1];
const DOT3_PAUSE = [1, 3, 6, 1, 2, 1, 10, 7, 10, 1];
const DOT3_HC_STATS = [1, 3, 6, 1, 2, 1, 10, 7, 11, 1];
const LLDP_LOCAL = [1, 0, 8802, 1, 1, 2, 1, 3];
const LLDP_REMOTE = [1, 0, 8802, 1, 1, 2, 1, 4, 1, 1];
/** CISCO-PFC-EXT-MIB: cpfcIfTable, cpfcIfPriorityTable, cpfcIfPriorityWaitTable. */
const CPFC_IF = [1, 3, 6, 1, 4, 1, 9, 9, 813, 1, 1, 1];
const CPFC_PRIORITY = [1, 3, 6, 1, 4, 1, 9, 9, 813, 1, 2, 1];
const CPFC_WAIT = [1, 3, 6, 1, 4, 1, 9, 9, 813, 1, 4, 1];
/** cevChassis of a Nexus 9300; any id below 1.3.6.1.4.1.9.12.3.1.3 means NX-OS. */
const SYS_OBJECT_ID = [1, 3, 6, 1, 4, 1, 9, 12, 3, 1, 3, 1812];

interface NexusOptions {
  network: Network;
  totals: TotalCounters;
  /** Index of the switch in the topology. */
  device: number;
  /** Ms since the agent started. */
  uptimeMs: () => number;
  engine: UsmEngine;
}

type Entry = readonly [oid: readonly number[], value: () => Buffer];

/** What a Nexus switch of the model serves over SNMP: the tables named in demo/README.md. */
export function nexusView(options: NexusOptions): MibView {
  return new MibView([...system(options), ...interfaces(options), ...pauses(options), ...neighbours(options)]);
}

/** The SNMP engine of a switch: of Cisco's form with its name as text. @source RFC 3411, SnmpEngineID */
export function engineOf(device: string, boots: number, uptimeMs: () => number): UsmEngine {
  const id = Buffer.concat([Buffer.from('8000000904', 'hex'), Buffer.from(device)]);
  return { id, boots, timeSeconds: () => Math.floor(uptimeMs() / 1000) };
}

/** ifIndex of Ethernet1/n on NX-OS. */
export function ifIndexOf(number: number): number {
  return 0x1a000000 + (number - 1) * 512;
}

function system({ network, device, uptimeMs, engine }: NexusOptions): Entry[] {
  const name = network.topology.devices[device]?.name ?? '';
  const ticks = (): Buffer => integer(Math.floor(uptimeMs() / 10) % 2 ** 32, TAG.timeTicks);
  return [
    [[...SYSTEM, 1, 0], () => octets('Cisco NX-OS(tm) n9000, Software (n9000-dk9), demo fabric of Stallscope')],
    [[...SYSTEM, 2, 0], () => objectId(SYS_OBJECT_ID)],
    [[...SYSTEM, 3, 0], ticks],
    [[...SYSTEM, 4, 0], () => octets('')],
    [[...SYSTEM, 5, 0], () => octets(name)],
    [[...ENGINE, 1, 0], () => octets(engine.id)],
    [[...ENGINE, 2, 0], () => integer(engine.boots)],
    [[...ENGINE, 3, 0], () => integer(engine.timeSeconds())],
  ];
}

/** Rows of one port, with its ifIndex appended to each column. */
function perPort(
  { network, device }: NexusOptions,
  rows: (port: number, cell: (table: readonly number[], column: number, value: () => Buffer) => Entry) => Entry[],
): Entry[] {
  return (network.topology.devices[device]?.ports ?? []).flatMap((port) => {
    const index = ifIndexOf(network.topology.ports[port]?.number ?? 0);
    return rows(port, (table, column, value) => [[...table, column, index], value]);
  });
}

function interfaces(options: NexusOptions): Entry[] {
  const { network, totals } = options;
  return perPort(options, (port, cell) => {
    const { name = '', number = 0 } = network.topology.ports[port] ?? {};
    const peer = network.topology.devices[at(network.deviceOf, at(network.peer, port))]?.name ?? '';
    const bitsPerSec = (): number => at(network.rate, port) * 8000;
    const status = (): Buffer => integer(at(network.up, port) === 1 ? 1 : 2);
    const count64 = (counter: PortCounter) => (): Buffer => unsigned64(totals.read(port, counter), TAG.counter64);
    const count32 = (counter: PortCounter) => (): Buffer =>
      unsigned64(totals.read(port, counter) & 0xffff_ffffn, TAG.counter32);
    const zero32 = (): Buffer => integer(0, TAG.counter32);
    const zero64 = (): Buffer => integer(0, TAG.counter64);
    return [
      cell(IF_TABLE, 1, () => integer(ifIndexOf(number))),
      cell(IF_TABLE, 2, () => octets(name)),
      cell(IF_TABLE, 3, () => integer(6)),
      cell(IF_TABLE, 4, () => integer(9216)),
      cell(IF_TABLE, 5, () => integer(Math.min(bitsPerSec(), 0xffff_ffff), TAG.gauge32)),
      cell(IF_TABLE, 6, () => octets(portMac(port))),
      cell(IF_TABLE, 7, () => integer(1)),
      cell(IF_TABLE, 8, status),
      cell(IF_TABLE, 9, () => integer(0, TAG.timeTicks)),
      cell(IF_TABLE, 10, count32('rxBytes')),
      cell(IF_TABLE, 13, zero32),
      cell(IF_TABLE, 14, zero32),
      cell(IF_TABLE, 16, count32('txBytes')),
      cell(IF_TABLE, 19, count32('drops')),
      cell(IF_TABLE, 20, zero32),
      cell(IF_X_TABLE, 1, () => octets(name)),
      cell(IF_X_TABLE, 6, count64('rxBytes')),
      cell(IF_X_TABLE, 7, count64('rxPackets')),
      cell(IF_X_TABLE, 8, zero64),
      cell(IF_X_TABLE, 9, zero64),
      cell(IF_X_TABLE, 10, count64('txBytes')),
      cell(IF_X_TABLE, 11, count64('txPackets')),
      cell(IF_X_TABLE, 12, zero64),
      cell(IF_X_TABLE, 13, zero64),
      cell(IF_X_TABLE, 15, () => integer(Math.round(bitsPerSec() / 1e6), TAG.gauge32)),
      cell(IF_X_TABLE, 17, () => integer(1)),
      cell(IF_X_TABLE, 18, () => octets(`to ${peer}`)),
      cell(IF_X_TABLE, 19, () => integer(0, TAG.timeTicks)),
      cell(DOT3_STATS, 3, zero32),
      cell(DOT3_STATS, 18, zero32),
      cell(DOT3_STATS, 19, () => integer(3)),
      cell(DOT3_HC_STATS, 2, zero64),
      cell(DOT3_HC_STATS, 6, zero64),
    ];
  });
}

/** PFC frames and pause time per priority; EtherLike's table counts 802.3x pause, of which this fabric has none. */
function pauses(options: NexusOptions): Entry[] {
  const { network, totals } = options;
  return perPort(options, (port, cell) => {
    const index = ifIndexOf(network.topology.ports[port]?.number ?? 0);
    const count64 = (counter: PortCounter) => (): Buffer => unsigned64(totals.read(port, counter), TAG.counter64);
    const sent = (): Buffer =>
      unsigned64(totals.read(port, 'txPauseFrames') + totals.read(port, 'txResumeFrames'), TAG.counter64);
    const received = (): Buffer =>
      unsigned64(totals.read(port, 'rxPauseFrames') + totals.read(port, 'rxResumeFrames'), TAG.counter64);
    const zero64 = (): Buffer => integer(0, TAG.counter64);
    const priorities = Array.from({ length: 8 }, (_, priority): Entry[] => {
      const lossless = priority === PFC_PRIORITY;
      return [
        [[...CPFC_PRIORITY, 2, index, priority], lossless ? sent : zero64],
        [[...CPFC_PRIORITY, 3, index, priority], lossless ? received : zero64],
        [[...CPFC_WAIT, 2, index, priority], lossless ? count64('rxPauseUs') : zero64],
        [[...CPFC_WAIT, 3, index, priority], lossless ? count64('txPauseUs') : zero64],
      ];
    });
    return [
      cell(CPFC_IF, 1, sent),
      cell(CPFC_IF, 2, received),
      cell(DOT3_PAUSE, 1, () => integer(1)),
      cell(DOT3_PAUSE, 2, () => integer(1)),
      cell(DOT3_PAUSE, 3, () => integer(0, TAG.counter32)),
      cell(DOT3_PAUSE, 4, () => integer(0, TAG.counter32)),
      cell(DOT3_PAUSE, 5, zero64),
      cell(DOT3_PAUSE, 6, zero64),
      ...priorities.flat(),
    ];
  });
}

function neighbours({ network, device }: NexusOptions): Entry[] {
  const { devices, ports } = network.topology;
  const own = devices[device];
  const entries: Entry[] = [
    [[...LLDP_LOCAL, 1, 0], () => integer(4)],
    [[...LLDP_LOCAL, 2, 0], () => octets(chassisMac(device))],
    [[...LLDP_LOCAL, 3, 0], () => octets(own?.name ?? '')],
  ];
  for (const port of own?.ports ?? []) {
    const { number = 0, name = '', peer: peerIndex = -1 } = ports[port] ?? {};
    const peer = ports[peerIndex];
    const peerDevice = devices[peer?.device ?? -1];
    const local = ifIndexOf(number);
    entries.push(
      [[...LLDP_LOCAL, 7, 1, 2, local], () => integer(5)],
      [[...LLDP_LOCAL, 7, 1, 3, local], () => octets(name)],
      [[...LLDP_LOCAL, 7, 1, 4, local], () => octets(name)],
    );
    const remote = (column: number, value: Buffer): Entry => [[...LLDP_REMOTE, column, 0, local, 1], () => value];
    const isHost = peerDevice?.role === 'host';
    entries.push(
      remote(4, integer(4)),
      remote(5, octets(chassisMac(peer?.device ?? 0))),
      remote(6, integer(5)),
      remote(7, octets(peer?.name ?? '')),
      remote(8, octets(peer?.name ?? '')),
      remote(9, octets(peerDevice?.name ?? '')),
      remote(10, octets(softwareOf(peerDevice?.name ?? ''))),
      // Capability bits from the most significant: bridge and router for a switch, station for a host.
      remote(11, octets(Buffer.from([isHost ? 0x01 : 0x28, 0]))),
      remote(12, octets(Buffer.from([isHost ? 0x01 : 0x28, 0]))),
    );
  }
  return entries;
}
