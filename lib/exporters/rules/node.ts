import { COUNTER_RULES, type CounterRule, type CounterSource } from '../../counters/nic-rules.ts';
import type { CounterName } from '../../counters/reading.ts';
import type { MetricRule, SeriesPort } from '../rule.ts';

/**
 * node_exporter's names for the files of `class/infiniband`. Data counters are bytes already there.
 * @source prometheus/node_exporter collector/infiniband_linux.go
 */
const RDMA_NAMES: Readonly<Record<string, string>> = {
  port_rcv_data: 'port_data_received_bytes_total',
  port_xmit_data: 'port_data_transmitted_bytes_total',
  port_rcv_data_64: 'legacy_data_received_bytes_total',
  port_xmit_data_64: 'legacy_data_transmitted_bytes_total',
  port_rcv_packets_64: 'legacy_packets_received_total',
  port_xmit_packets_64: 'legacy_packets_transmitted_total',
  port_rcv_packets: 'port_packets_received_total',
  port_xmit_packets: 'port_packets_transmitted_total',
  port_xmit_wait: 'port_transmit_wait_total',
  port_xmit_discards: 'port_discards_transmitted_total',
  port_rcv_errors: 'port_errors_received_total',
  symbol_error: 'symbol_error_total',
  link_error_recovery: 'link_error_recovery_total',
  link_downed: 'link_downed_total',
  np_ecn_marked_roce_packets: 'np_ecn_marked_roce_packets_received_total',
  np_cnp_sent: 'np_cnp_packets_sent_total',
  rp_cnp_handled: 'rp_cnp_packets_handled_total',
  out_of_buffer: 'out_of_buffer_drops_total',
  out_of_sequence: 'out_of_sequence_packets_received_total',
  local_ack_timeout_err: 'local_ack_timeout_errors_total',
  packet_seq_err: 'packet_sequence_errors_total',
  implied_nak_seq_err: 'implied_nak_seq_errors_total',
};

/** @source prometheus/node_exporter collector/netdev_common.go, netclass_linux.go */
const NET_NAMES: Readonly<Record<string, string>> = {
  rx_bytes: 'node_network_receive_bytes_total',
  tx_bytes: 'node_network_transmit_bytes_total',
  rx_packets: 'node_network_receive_packets_total',
  tx_packets: 'node_network_transmit_packets_total',
  rx_missed_errors: 'node_network_receive_missed_errors_total',
  carrier_down_count: 'node_network_carrier_down_changes_total',
  carrier_changes: 'node_network_carrier_changes_total',
};

const rdmaPort = (labels: ReadonlyMap<string, string>): SeriesPort | undefined => {
  const device = labels.get('device');
  const port = labels.get('port') ?? '1';
  return device === undefined ? undefined : { port: `${device}/${port}` };
};
const netPort = (labels: ReadonlyMap<string, string>): SeriesPort | undefined => {
  const device = labels.get('device');
  return device === undefined ? undefined : { port: device };
};

/**
 * How node_exporter writes a driver statistic: lower case, other characters as underscores, rx and tx in words.
 * @source prometheus/node_exporter collector/ethtool_linux.go
 */
export function ethtoolMetric(statistic: string): string {
  const name = statistic
    .replace(/_*[^a-zA-Z0-9_]+_*/g, '_')
    .toLowerCase()
    .replace(/^_+/, '')
    .replace(/(^|_)rx(_|$)/g, '$1received$2')
    .replace(/(^|_)tx(_|$)/g, '$1transmitted$2');
  return `node_ethtool_${name}`;
}

/** Names a source may have there, the usual one first: some builds show hw_counters under the kernel's names. */
function metricsOf({ from }: CounterSource, name: string): string[] {
  if (from === 'ethtool') return [ethtoolMetric(name)];
  if (from !== 'port' && from !== 'hw') return NET_NAMES[name] === undefined ? [] : [NET_NAMES[name]];
  const known = RDMA_NAMES[name] === undefined ? [] : [`node_infiniband_${RDMA_NAMES[name]}`];
  return from === 'hw' ? [...known, `node_infiniband_${name}`] : known;
}

/** node_exporter has made bytes of these already. */
const OWN_UNIT: ReadonlySet<string> = new Set([
  'port_rcv_data',
  'port_xmit_data',
  'port_rcv_data_64',
  'port_xmit_data_64',
]);

/** One counter rule of the host collector under node_exporter's names. */
function rulesOf(rule: CounterRule, priority: number): MetricRule[] {
  return rule.sources.flatMap((source, rank) =>
    source.names.flatMap((template): MetricRule[] => {
      const name = template.replace('[p]', String(priority));
      return metricsOf(source, name).map((metric, alternative) => ({
        metric,
        family: 'node_exporter',
        to: counterOf(rule.counter, rule.widthBits, rule.saturates),
        rank: rank + alternative / 4,
        unit: source.unit === undefined || OWN_UNIT.has(name) ? 'one' : source.unit,
        ...(source.stopsAt === undefined ? {} : { stopsAt: source.stopsAt }),
        ...(source.only === 'infiniband' ? { only: source.only } : {}),
        ...(priority < 0 ? {} : { priority }),
        port: source.from === 'port' || source.from === 'hw' ? rdmaPort : netPort,
      }));
    }),
  );
}

/** node_exporter: the host collector's own sources (infiniband, ethtool, netdev, netclass) under its names. */
export function nodeRules(): MetricRule[] {
  const rules = COUNTER_RULES.flatMap((rule) =>
    (rule.perPriority ? [0, 1, 2, 3, 4, 5, 6, 7] : [-1]).flatMap((priority) => rulesOf(rule, priority)),
  );
  const state = (metric: string, to: MetricRule['to'], port: MetricRule['port']): MetricRule => ({
    metric,
    family: 'node_exporter',
    to,
    rank: 0,
    port,
  });
  return [
    ...rules,
    state('node_infiniband_state_id', { state: 'ibState' }, rdmaPort),
    state('node_infiniband_rate_bytes_per_second', { state: 'bytesPerSec' }, rdmaPort),
    state('node_network_up', { state: 'up' }, netPort),
    state('node_network_carrier', { state: 'carrier' }, netPort),
    state('node_network_speed_bytes', { state: 'bytesPerSec' }, netPort),
    state('node_network_protocol_type', { state: 'protocolType' }, netPort),
  ];
}

function counterOf(counter: CounterName, widthBits: 32 | undefined, saturates: true | undefined): MetricRule['to'] {
  return {
    counter,
    ...(widthBits === undefined ? {} : { widthBits }),
    ...(saturates === undefined ? {} : { saturates }),
  };
}
