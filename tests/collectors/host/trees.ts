import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes files below a root: path -> content. */
export function writeTree(root: string, files: Record<string, string | number | bigint>): void {
  for (const [path, content] of Object.entries(files)) {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, `${content}\n`);
  }
}

/** What `ethtool -S` prints for these statistics. */
export function ethtoolText(statistics: Record<string, number | bigint | string>): string {
  const lines = Object.entries(statistics).map(([name, value]) => `     ${name}: ${value}`);
  return ['NIC statistics:', ...lines].join('\n');
}

/** A ConnectX port in Ethernet mode, as a Linux host shows it. */
export function roceTree(
  over: Record<string, string | number | bigint> = {},
  statistics: Record<string, number | bigint | string> = {},
) {
  const port = 'class/infiniband/mlx5_0/ports/1';
  return {
    [`${port}/link_layer`]: 'Ethernet',
    [`${port}/state`]: '4: ACTIVE',
    [`${port}/rate`]: '400 Gb/sec (4X NDR)',
    [`${port}/gid_attrs/ndevs/0`]: 'ens1np0',
    [`${port}/counters/port_rcv_data`]: 250,
    [`${port}/counters/port_xmit_data`]: 500,
    [`${port}/counters/port_xmit_wait`]: 0,
    [`${port}/counters/port_xmit_discards`]: 0,
    [`${port}/hw_counters/np_ecn_marked_roce_packets`]: 11,
    [`${port}/hw_counters/np_cnp_sent`]: 12,
    [`${port}/hw_counters/rp_cnp_handled`]: 13,
    [`${port}/hw_counters/out_of_buffer`]: 14,
    [`${port}/hw_counters/out_of_sequence`]: 15,
    [`${port}/hw_counters/local_ack_timeout_err`]: 16,
    [`${port}/hw_counters/lifespan`]: 10,
    'class/net/ens1np0/type': 1,
    'class/net/ens1np0/operstate': 'up',
    'class/net/ens1np0/speed': 400_000,
    'class/net/ens1np0/carrier_changes': 5,
    'class/net/ens1np0/carrier_down_count': 2,
    'class/net/ens1np0/statistics/rx_bytes': 77,
    'class/net/ens1np0/statistics/tx_bytes': 78,
    'class/net/ens1np0/device/uevent': 'DRIVER=mlx5_core',
    boot_id: 'one',
    'ethtool/ens1np0': ethtoolText({
      rx_packets: 1,
      '[0]: rx_xdp_drop': 9,
      rx_bytes_phy: 18_446_744_073_709_551_615n,
      tx_bytes_phy: 9_007_199_254_740_993n,
      rx_packets_phy: 21,
      tx_packets_phy: 22,
      rx_prio3_bytes: 30,
      tx_prio3_bytes: 31,
      rx_prio3_pause: 32,
      tx_prio3_pause: 33,
      rx_prio3_pause_duration: 34,
      tx_prio3_pause_duration: 35,
      rx_prio3_pause_transition: 36,
      rx_prio3_discards: 37,
      rx_discards_phy: 40,
      tx_discards_phy: 2,
      tx_pause_storm_warning_events: 43,
      tx_pause_storm_error_events: 44,
      rx_corrected_bits_phy: 45,
      rx_symbol_err_phy: 46,
      link_down_events_phy: 47,
      outbound_pci_stalled_rd: 7,
      outbound_pci_stalled_wr: 25,
      ...statistics,
    }),
    ...over,
  };
}
