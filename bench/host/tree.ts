import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const HW_COUNTERS = [
  'np_ecn_marked_roce_packets',
  'np_cnp_sent',
  'rp_cnp_handled',
  'rp_cnp_ignored',
  'out_of_sequence',
  'packet_seq_err',
  'local_ack_timeout_err',
  'implied_nak_seq_err',
  'rnr_nak_retry_err',
  'duplicate_request',
  'out_of_buffer',
  'roce_adp_retrans',
];

/** A host with ConnectX NICs, as mlx5 shows it. @returns lines of driver statistics a NIC */
export function writeTree(root: string, nics: number, rings: number, base: number): number {
  const write = (path: string, text: string | number) => {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(`${full}.next`, `${text}\n`);
    renameSync(`${full}.next`, full);
  };
  let count = 0;
  for (let nic = 0; nic < nics; nic++) {
    const port = `class/infiniband/mlx5_${nic}/ports/1`;
    const netdev = `ens${nic}np0`;
    write(`${port}/link_layer`, 'Ethernet');
    write(`${port}/state`, '4: ACTIVE');
    write(`${port}/rate`, '400 Gb/sec (4X NDR)');
    write(`${port}/gid_attrs/ndevs/0`, netdev);
    for (const name of ['port_rcv_data', 'port_xmit_data', 'port_rcv_packets', 'port_xmit_packets', 'port_xmit_wait']) {
      write(`${port}/counters/${name}`, base * 1000);
    }
    for (const name of HW_COUNTERS) write(`${port}/hw_counters/${name}`, base);
    write(`class/net/${netdev}/operstate`, 'up');
    write(`class/net/${netdev}/speed`, 400_000);
    write(`class/net/${netdev}/type`, 1);
    write(`class/net/${netdev}/carrier_down_count`, 0);
    const lines = driverStatistics(rings, base);
    count = lines.length;
    write(`ethtool/${netdev}`, `NIC statistics:\n${lines.join('\n')}`);
  }
  return count;
}

function driverStatistics(rings: number, base: number): string[] {
  const lines: string[] = [];
  const add = (name: string, value: number) => lines.push(`     ${name}: ${value}`);
  for (const name of ['rx_packets', 'rx_bytes', 'tx_packets', 'tx_bytes', 'rx_csum_none', 'tx_csum_none'])
    add(name, base);
  for (const way of ['rx', 'tx']) {
    for (const name of ['bytes_phy', 'packets_phy', 'discards_phy', 'pause_ctrl_phy']) add(`${way}_${name}`, base * 10);
    for (let priority = 0; priority < 8; priority++) {
      for (const name of ['bytes', 'packets', 'pause', 'pause_duration']) add(`${way}_prio${priority}_${name}`, base);
    }
  }
  for (let priority = 0; priority < 8; priority++) add(`rx_prio${priority}_pause_transition`, base);
  for (const name of [
    'rx_corrected_bits_phy',
    'rx_symbol_err_phy',
    'link_down_events_phy',
    'tx_pause_storm_warning_events',
  ]) {
    add(name, 0);
  }
  add('outbound_pci_stalled_rd', 0);
  add('outbound_pci_stalled_wr', 0);
  for (let ring = 0; ring < rings; ring++) {
    for (const name of ['packets', 'bytes', 'csum_complete', 'xdp_drop', 'wqe_err', 'cache_full']) {
      add(`rx${ring}_${name}`, base);
      add(`tx${ring}_${name}`, base);
    }
  }
  return lines;
}
