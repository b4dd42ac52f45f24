import { PageReader } from '../../../collectors/prometheus/page.ts';
import type { CounterName, ReadingFrame } from '../../../lib/counters/reading.ts';
import type { PlanOptions } from '../../../lib/exporters/plan.ts';
import { ruleTable } from '../../../lib/exporters/rules.ts';

export function reader(options: Partial<PlanOptions> & { ufmDataUnit?: 'words' | 'bytes' } = {}): PageReader {
  const { ufmDataUnit = 'words', ...rest } = options;
  return new PageReader({
    device: 'gpu07',
    rules: ruleTable({ ufmDataUnit }),
    include: [],
    exclude: [],
    alias: {},
    ...rest,
  });
}

export const TIME = { atMs: 1_800_000_000_000, errorMs: 2 };

/** Value of a counter, or undefined where it is absent. */
export function counterOf(
  frame: ReadingFrame | undefined,
  port: string,
  counter: CounterName,
  priority = -1,
): bigint | undefined {
  const index = frame?.ports.indexOf(port) ?? -1;
  const column = frame?.counters.find((entry) => entry.counter === counter && entry.priority === priority);
  if (column === undefined || index < 0 || column.present[index] !== 1) return undefined;
  return (BigInt(column.high[index]!) << 32n) | BigInt(column.low[index]!);
}

/** A page as node_exporter writes it for a RoCE card, its interface and an InfiniBand card. */
export const NODE_PAGE = `# HELP node_infiniband_port_data_received_bytes_total Number of data octets received on all links
# TYPE node_infiniband_port_data_received_bytes_total counter
node_infiniband_port_data_received_bytes_total{device="mlx5_0",port="1"} 1.234567890124e+12
node_infiniband_port_data_received_bytes_total{device="mlx5_4",port="1"} 4096
node_infiniband_port_data_transmitted_bytes_total{device="mlx5_4",port="1"} 8192
node_infiniband_port_transmit_wait_total{device="mlx5_4",port="1"} 77
node_infiniband_symbol_error_total{device="mlx5_4",port="1"} 65535
node_infiniband_link_downed_total{device="mlx5_4",port="1"} 3
node_infiniband_state_id{device="mlx5_4",port="1"} 4
node_infiniband_rate_bytes_per_second{device="mlx5_4",port="1"} 5e+10
node_infiniband_np_cnp_packets_sent_total{device="mlx5_0",port="1"} 12
node_ethtool_received_prio3_pause{device="eth2"} 1000
node_ethtool_received_prio3_pause_duration{device="eth2"} 123456
node_ethtool_received_bytes_phy{device="eth2"} 9.007199254740993e+15
node_ethtool_received_discards_phy{device="eth2"} 5
node_ethtool_transmitted_discards_phy{device="eth2"} 6
node_network_receive_bytes_total{device="eth2"} 111
node_network_receive_bytes_total{device="lo"} 222
node_network_receive_bytes_total{device="ib0"} 333
node_network_protocol_type{device="eth2"} 1
node_network_protocol_type{device="ib0"} 32
node_network_carrier_changes_total{device="eth2"} 5
node_network_speed_bytes{device="eth2"} 5e+10
node_network_up{device="eth2"} 1
node_cpu_seconds_total{cpu="0",mode="idle"} 1.5
`;
