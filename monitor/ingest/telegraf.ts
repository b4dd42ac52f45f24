import type { CounterName } from '../../lib/counters/index.ts';

/** What a field of a measurement counts. Fields that count the same are added up. */
export interface CounterField {
  counter: CounterName;
  /** 0..7, or -1 for the whole port. */
  priority: number;
  /** Factor to the counter's unit. */
  times: bigint;
}

type Row = readonly [field: string, counter: CounterName];

/** InfiniBand counts data in words of four bytes. */
const WORDS: readonly Row[] = [
  ['port_rcv_data', 'rxBytes'],
  ['port_xmit_data', 'txBytes'],
];
const RDMA: readonly Row[] = [
  ['port_rcv_packets', 'rxPackets'],
  ['port_xmit_packets', 'txPackets'],
  ['np_ecn_marked_roce_packets', 'ecnMarkedPackets'],
  ['np_cnp_sent', 'cnpSent'],
  ['rp_cnp_handled', 'cnpHandled'],
  ['out_of_buffer', 'outOfBuffer'],
  ['out_of_sequence', 'outOfSequence'],
  ['local_ack_timeout_err', 'ackTimeouts'],
];
const ETHTOOL: readonly Row[] = [
  ['rx_bytes_phy', 'rxBytes'],
  ['tx_bytes_phy', 'txBytes'],
  ['rx_packets_phy', 'rxPackets'],
  ['tx_packets_phy', 'txPackets'],
  ['rx_global_pause', 'rxPauseFrames'],
  ['tx_global_pause', 'txPauseFrames'],
  ['rx_global_pause_duration', 'rxPauseUs'],
  ['tx_global_pause_duration', 'txPauseUs'],
  ['tx_pause_storm_warning_events', 'pauseStorms'],
  ['tx_pause_storm_error_events', 'watchdogStorms'],
  ['rx_discards_phy', 'drops'],
  ['tx_discards_phy', 'drops'],
  ['rx_corrected_bits_phy', 'correctedBits'],
  ['rx_symbol_err_phy', 'symbolErrors'],
  ['link_down_events_phy', 'linkDowns'],
];
/** `rx_prio3_pause` and its like. */
const ETHTOOL_PRIORITY: readonly Row[] = [
  ['rx_prio[p]_bytes', 'rxBytes'],
  ['tx_prio[p]_bytes', 'txBytes'],
  ['rx_prio[p]_packets', 'rxPackets'],
  ['tx_prio[p]_packets', 'txPackets'],
  ['rx_prio[p]_pause', 'rxPauseFrames'],
  ['tx_prio[p]_pause', 'txPauseFrames'],
  ['rx_prio[p]_pause_duration', 'rxPauseUs'],
  ['tx_prio[p]_pause_duration', 'txPauseUs'],
  ['rx_prio[p]_pause_transition', 'rxPauseTransitions'],
  ['tx_prio[p]_pause_transition', 'txPauseTransitions'],
  ['rx_prio[p]_discards', 'drops'],
];

/** IF-MIB and EtherLike-MIB, 64 bits only: narrower ones would look restarted at every wrap. */
const SNMP: readonly Row[] = [
  ['ifHCInOctets', 'rxBytes'],
  ['ifHCOutOctets', 'txBytes'],
  ['ifHCInUcastPkts', 'rxPackets'],
  ['ifHCOutUcastPkts', 'txPackets'],
  ['dot3HCInPauseFrames', 'rxPauseFrames'],
  ['dot3HCOutPauseFrames', 'txPauseFrames'],
];
/** openconfig-interfaces, state/counters. */
const OPENCONFIG: readonly Row[] = [
  ['in_octets', 'rxBytes'],
  ['out_octets', 'txBytes'],
  ['in_pkts', 'rxPackets'],
  ['out_pkts', 'txPackets'],
  ['in_discards', 'drops'],
  ['out_discards', 'drops'],
];

function table(rows: readonly Row[], times = 1n, priority = -1): [string, CounterField][] {
  return rows.map(([field, counter]) => [field.replace('[p]', String(priority)), { counter, priority, times }]);
}

/**
 * Fields by measurement: of the inputs' own names, and of those their examples give (`interface`, `ifcounters`).
 * @source influxdata/telegraf plugins/inputs/infiniband (names of sysfs) and plugins/inputs/ethtool (names of the
 * driver; those of mlx5: Linux mellanox/mlx5/counters.rst)
 */
export const COUNTER_FIELDS: ReadonlyMap<string, ReadonlyMap<string, CounterField>> = new Map([
  ['interface', new Map(table(SNMP))],
  ['snmp', new Map(table(SNMP))],
  ['ifcounters', new Map(table(OPENCONFIG))],
  ['infiniband', new Map([...table(WORDS, 4n), ...table(RDMA)])],
  ['ethtool', new Map([...table(ETHTOOL), ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap((p) => table(ETHTOOL_PRIORITY, 1n, p))])],
]);

/** Tags that name the device and its port; the first that is there counts. */
const NAMES: Readonly<Record<string, { device: readonly string[]; port: readonly string[] }>> = {
  // Of what is read remotely, `host` is where Telegraf runs.
  interface: { device: ['hostname', 'source', 'agent_host'], port: ['ifName', 'ifDescr'] },
  snmp: { device: ['hostname', 'source', 'agent_host'], port: ['ifName', 'ifDescr'] },
  ifcounters: { device: ['source'], port: ['name'] },
  ethtool: { device: ['host'], port: ['interface'] },
  infiniband: { device: ['host'], port: ['device'] },
};

/** The port a point is of, named as our own collectors name it; text says which tag is missing. */
export function portOfTags(
  measurement: string,
  tags: ReadonlyMap<string, string>,
): { device: string; port: string } | string {
  const names = NAMES[measurement];
  const first = (keys: readonly string[] = []) => keys.map((key) => tags.get(key)).find((value) => value !== undefined);
  const device = first(names?.device);
  const port = first(names?.port);
  if (device === undefined) return `${measurement} needs the tag ${names?.device.join(' or ')}`;
  if (port === undefined) return `${measurement} needs the tag ${names?.port.join(' or ')}`;
  const number = measurement === 'infiniband' ? (tags.get('port') ?? '1') : '1';
  return { device, port: number === '1' ? port : `${port}/${number}` };
}
