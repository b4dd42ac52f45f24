import type { CounterName } from './reading.ts';

/**
 * Where a number stands: `ethtool` the driver's statistics, `port` and `hw` the RDMA port's `counters` and
 * `hw_counters`, `statistics` the interface's, `net` a file of the interface itself.
 */
export type Origin = 'ethtool' | 'port' | 'hw' | 'statistics' | 'net';
export const ORIGINS: readonly Origin[] = ['ethtool', 'port', 'hw', 'statistics', 'net'];

/** One way to get a counter; names that exist are added up. `[p]` stands for the priority. */
export interface CounterSource {
  from: Origin;
  names: readonly string[];
  /** words: 32-bit words, four bytes each. halved: counts ups and downs alike. */
  unit?: 'words' | 'halved';
  /** Only for ports of this link layer. */
  only?: 'infiniband' | 'ethernet';
  /** The device's counter stops here (IBTA classic width): at this value it says nothing. */
  stopsAt?: number;
}

/** A counter and the ways to get it, best first. */
export interface CounterRule {
  counter: CounterName;
  perPriority?: true;
  widthBits?: 32;
  saturates?: true;
  sources: readonly CounterSource[];
}

const ethtool = (...names: string[]): CounterSource => ({ from: 'ethtool', names });
const hw = (...names: string[]): CounterSource => ({ from: 'hw', names });
const statistics = (...names: string[]): CounterSource => ({ from: 'statistics', names });
const priorities = (name: string): string[] => Array.from({ length: 8 }, (_, p) => name.replace('[p]', String(p)));

/**
 * What the drivers call things. Physical-port counters come first: RDMA bypasses the plain interface statistics.
 * @source mlx5: Linux Documentation/networking/device_drivers/ethernet/mellanox/mlx5/counters.rst; hw_counters and
 * sysfs: Documentation/ABI/stable/sysfs-class-infiniband and the drivers' own tables (mlx5, bnxt_en, bnxt_re, irdma, ice,
 * ionic, efa); ionic_rdma has its names from the card's firmware
 */
export const COUNTER_RULES: readonly CounterRule[] = [
  ...(['rx', 'tx'] as const).flatMap((way): CounterRule[] => {
    const sysfs = way === 'rx' ? 'rcv' : 'xmit';
    return [
      {
        counter: `${way}Bytes`,
        sources: [
          ethtool(`${way}_bytes_phy`),
          ethtool(`${way}_bytes.nic`),
          // Of queues: `_bytes_pri` tells a queue's bytes once for every priority that it serves.
          ethtool(...priorities(`${way}_bytes_cos[p]`)),
          ethtool(way === 'rx' ? 'octets_rx_all' : 'octets_tx_total'),
          hw(`${way}_bytes`),
          // Old drivers keep 64 bits apart, and their plain counters stop at 32.
          { from: 'port', names: [`port_${sysfs}_data_64`], unit: 'words' },
          { from: 'port', names: [`port_${sysfs}_data`], unit: 'words' },
          statistics(`${way}_bytes`),
        ],
      },
      {
        counter: `${way}Packets`,
        sources: [
          ethtool(`${way}_packets_phy`),
          ethtool(...['unicast', 'multicast', 'broadcast'].map((cast) => `${way}_${cast}.nic`)),
          ethtool(`${way}_total_frames`),
          ethtool(`frames_${way}_all`),
          hw(`${way}_pkts`),
          { from: 'port', names: [`port_${sysfs}_packets_64`] },
          { from: 'port', names: [`port_${sysfs}_packets`] },
          statistics(`${way}_packets`),
        ],
      },
      {
        counter: `${way}Bytes`,
        perPriority: true,
        sources: [ethtool(`${way}_prio[p]_bytes`), ethtool(`${way}_bytes_pri[p]`)],
      },
      {
        counter: `${way}Packets`,
        perPriority: true,
        sources: [
          ethtool(`${way}_prio[p]_packets`),
          ethtool(`${way}_packets_pri[p]`),
          ethtool(`frames_${way}_pri_[p]`),
        ],
      },
      {
        counter: `${way}PauseFrames`,
        perPriority: true,
        sources: [
          ethtool(`${way}_prio[p]_pause`),
          ethtool(`${way}_pfc_ena_frames_pri[p]`),
          ethtool(`${way}_priority_[p]_xoff.nic`, `${way}_priority_[p]_xon.nic`),
        ],
      },
      {
        counter: `${way}PauseFrames`,
        sources: [
          ethtool(`${way}_global_pause`),
          ethtool(`${way}_pause_ctrl_phy`),
          // Broadcom and Pensando count both kinds apart; a port uses one or the other.
          ethtool(`${way}_pause_frames`, `${way}_pfc_frames`),
          ethtool(`link_xoff_${way}.nic`, `link_xon_${way}.nic`),
          ethtool(`frames_${way}_pause`, `frames_${way}_pripause`),
        ],
      },
      {
        counter: `${way}PauseUs`,
        perPriority: true,
        sources: [
          ethtool(`${way}_prio[p]_pause_duration`),
          ethtool(`pfc_pri[p]_${way}_duration_us`),
          ethtool(`${way}_pripause_[p]_1us_count`),
        ],
      },
      {
        counter: `${way}PauseUs`,
        sources: [ethtool(`${way}_global_pause_duration`), ...(way === 'rx' ? [ethtool('rx_pause_1us_count')] : [])],
      },
      {
        counter: `${way}PauseTransitions`,
        perPriority: true,
        sources: [
          ethtool(`${way}_prio[p]_pause_transition`),
          ethtool(`pfc_pri[p]_${way}_transitions`),
          ethtool(`${way}_priority_[p]_xon.nic`),
        ],
      },
      { counter: `${way}PauseTransitions`, sources: [ethtool(`${way}_global_pause_transition`)] },
    ];
  }),
  {
    counter: 'pauseStorms',
    sources: [
      // Every error was a warning before it became one: adding both would count a storm twice.
      ethtool('tx_pause_storm_warning_events'),
      ethtool('continuous_pause_events', 'continuous_roce_pause_events'),
    ],
  },
  { counter: 'watchdogStorms', sources: [ethtool('tx_pause_storm_error_events')] },
  {
    counter: 'ecnMarkedPackets',
    sources: [hw('np_ecn_marked_roce_packets'), hw('rx_ecn_marked_pkts'), hw('RxECNMrkd'), hw('rx_rdma_ecn_pkts')],
  },
  {
    counter: 'cnpSent',
    sources: [hw('np_cnp_sent'), hw('np_cnp_pkts'), hw('tx_cnp_pkts'), hw('cnpSent'), hw('tx_rdma_cnp_pkts')],
  },
  {
    counter: 'cnpHandled',
    sources: [hw('rp_cnp_handled'), hw('rx_cnp_pkts'), hw('cnpHandled'), hw('rx_rdma_cnp_pkts')],
  },
  {
    counter: 'drops',
    sources: [
      ethtool('rx_discards_phy', 'tx_discards_phy'),
      ethtool('rx_stat_discard', 'tx_stat_discard'),
      ethtool('rx_dropped.nic'),
      ethtool('frames_rx_dropped'),
      hw('rx_roce_discards', 'tx_roce_discards'),
      hw('rx_drops'),
      { from: 'port', names: ['port_xmit_discards'], only: 'infiniband', stopsAt: 65_535 },
      statistics('rx_missed_errors'),
    ],
  },
  {
    counter: 'drops',
    perPriority: true,
    sources: [ethtool('rx_prio[p]_discards'), ethtool('rx_prio[p]_buf_discard', 'rx_prio[p]_cong_discard')],
  },
  {
    counter: 'outOfBuffer',
    sources: [hw('out_of_buffer'), hw('rx_out_of_buffer'), hw('RNR sent'), hw('resp_rx_outof_buf')],
  },
  {
    counter: 'outOfSequence',
    sources: [hw('out_of_sequence'), hw('oos_drop_count'), hw('Rcvd Out of order packets'), hw('resp_rx_outouf_seq')],
  },
  {
    counter: 'ackTimeouts',
    sources: [
      hw('local_ack_timeout_err'),
      hw('to_retransmits'),
      hw('retrans_timeout_events'),
      hw('tx_rdma_ack_timeout'),
      hw('RTO'),
    ],
  },
  {
    counter: 'retransmits',
    sources: [
      hw('packet_seq_err', 'implied_nak_seq_err'),
      hw('seq_err_naks_rcvd', 'missing_resp'),
      hw('retrans_pkts'),
      hw('tx_rdma_retx_pkts'),
      hw('req_rx_pkt_seq_err'),
      hw('RetransSegs'),
      hw('tcpRetransSegs'),
    ],
  },
  {
    counter: 'xmitWaitTicks',
    widthBits: 32,
    saturates: true,
    sources: [{ from: 'port', names: ['port_xmit_wait'], only: 'infiniband' }],
  },
  { counter: 'correctedBits', sources: [ethtool('rx_corrected_bits_phy'), ethtool('rx_corrected_bits')] },
  {
    counter: 'symbolErrors',
    sources: [
      ethtool('rx_symbol_err_phy'),
      ethtool('rx_pcs_symbol_err'),
      { from: 'port', names: ['symbol_error'], only: 'infiniband', stopsAt: 65_535 },
    ],
  },
  {
    counter: 'rxErrors',
    sources: [
      ethtool('rx_crc_errors_phy'),
      ethtool('rx_fcs_err_frames'),
      ethtool('rx_crc_errors.nic'),
      ethtool('frames_rx_bad_fcs'),
      { from: 'port', names: ['port_rcv_errors'], only: 'infiniband', stopsAt: 65_535 },
      statistics('rx_crc_errors'),
    ],
  },
  {
    counter: 'linkRecoveries',
    sources: [{ from: 'port', names: ['link_error_recovery'], only: 'infiniband', stopsAt: 255 }],
  },
  {
    counter: 'linkDowns',
    sources: [
      ethtool('link_down_events_phy'),
      ethtool('link_down_events'),
      { from: 'port', names: ['link_downed'], only: 'infiniband', stopsAt: 255 },
      { from: 'net', names: ['carrier_down_count'] },
      { from: 'net', names: ['carrier_changes'], unit: 'halved' },
    ],
  },
];

/** Per cent of the last second in which the NIC could not use PCIe. */
export const PCI_STALL_NAMES: readonly string[] = ['outbound_pci_stalled_rd', 'outbound_pci_stalled_wr'];
