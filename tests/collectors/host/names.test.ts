import { describe, expect, it } from 'vitest';
import { COUNTER_RULES, type Origin, PCI_STALL_NAMES } from '../../../lib/counters/nic-rules.ts';
import type { CounterName } from '../../../lib/counters/reading.ts';

/**
 * Every counter name that the drivers' documentation and sources give, and what becomes of it here. Adding a name to
 * a driver's list without deciding fails, and so does a decision that the rules do not bear out.
 */
type Decision = CounterName | 'pciStallFraction' | { unused: string };
const unused = (reason: string): Decision => ({ unused: reason });

const LOAD = unused('says what the application does, not how the network is');
const APPLICATION = unused('completion errors are the application’s to see');
const SENDER_SIDE = unused('the receiver counts the same packets as out of buffer');
const PART = unused('a part of a counter that is read whole');
const GAUGE_OF_BUFFER = unused('a threshold crossed says nothing that pause and drops do not');
const PHY = unused('pre-FEC errors come from corrected bits; lanes are not kept apart yet');
const MODULE = unused('the transceiver itself is read by ethtool -m');

const NAMES: Record<string, Partial<Record<Origin, Record<string, Decision>>>> = {
  'IBTA counters (sysfs)': {
    port: {
      port_xmit_data: 'txBytes',
      port_rcv_data: 'rxBytes',
      port_xmit_data_64: 'txBytes',
      port_rcv_data_64: 'rxBytes',
      port_xmit_packets: 'txPackets',
      port_rcv_packets: 'rxPackets',
      port_xmit_packets_64: 'txPackets',
      port_rcv_packets_64: 'rxPackets',
      unicast_xmit_packets: PART,
      unicast_rcv_packets: PART,
      multicast_xmit_packets: PART,
      multicast_rcv_packets: PART,
      port_xmit_wait: 'xmitWaitTicks',
      port_xmit_discards: 'drops',
      port_rcv_errors: 'rxErrors',
      port_rcv_remote_physical_errors: unused('marked bad by another switch: that one counts it as its own'),
      port_rcv_switch_relay_errors: unused('forwarding to nowhere, normal for multicast'),
      port_xmit_constraint_errors: unused('partition keys, not congestion'),
      port_rcv_constraint_errors: unused('partition keys, not congestion'),
      symbol_error: 'symbolErrors',
      link_error_recovery: 'linkRecoveries',
      link_downed: 'linkDowns',
      local_link_integrity_errors: PART,
      excessive_buffer_overrun_errors: PART,
      VL15_dropped: unused('management packets'),
    },
  },
  mlx5: {
    hw: {
      np_ecn_marked_roce_packets: 'ecnMarkedPackets',
      np_cnp_sent: 'cnpSent',
      rp_cnp_handled: 'cnpHandled',
      rp_cnp_ignored: unused('a wrong setting, which stands still or moves with rp_cnp_handled'),
      out_of_sequence: 'outOfSequence',
      packet_seq_err: 'retransmits',
      implied_nak_seq_err: 'retransmits',
      local_ack_timeout_err: 'ackTimeouts',
      rnr_nak_retry_err: SENDER_SIDE,
      duplicate_request: unused('the peer’s retransmission, which the peer counts'),
      out_of_buffer: 'outOfBuffer',
      roce_adp_retrans: PART,
      roce_adp_retrans_to: PART,
      roce_slow_restart: PART,
      roce_slow_restart_cnps: PART,
      roce_slow_restart_trans: PART,
      rx_icrc_encapsulated: unused('corruption behind the FCS, too rare for a rate'),
      rx_write_requests: LOAD,
      rx_read_requests: LOAD,
      rx_atomic_requests: LOAD,
      rx_dct_connect: LOAD,
      req_cqe_error: APPLICATION,
      resp_cqe_error: APPLICATION,
      req_remote_invalid_request: APPLICATION,
      req_transport_retries_exceeded: APPLICATION,
      req_rnr_retries_exceeded: APPLICATION,
      lifespan: unused('a setting: how long the driver keeps values'),
    },
    ethtool: {
      'rx_prio[p]_pause': 'rxPauseFrames',
      'tx_prio[p]_pause': 'txPauseFrames',
      'rx_prio[p]_pause_duration': 'rxPauseUs',
      'tx_prio[p]_pause_duration': 'txPauseUs',
      'rx_prio[p]_pause_transition': 'rxPauseTransitions',
      'tx_prio[p]_pause_transition': 'txPauseTransitions',
      rx_global_pause: 'rxPauseFrames',
      tx_global_pause: 'txPauseFrames',
      rx_global_pause_duration: 'rxPauseUs',
      tx_global_pause_duration: 'txPauseUs',
      rx_global_pause_transition: 'rxPauseTransitions',
      tx_global_pause_transition: 'txPauseTransitions',
      rx_pause_ctrl_phy: 'rxPauseFrames',
      tx_pause_ctrl_phy: 'txPauseFrames',
      rx_mac_control_phy: PART,
      'rx_prio[p]_bytes': 'rxBytes',
      'tx_prio[p]_bytes': 'txBytes',
      'rx_prio[p]_packets': 'rxPackets',
      'tx_prio[p]_packets': 'txPackets',
      'rx_prio[p]_buf_discard': 'drops',
      'rx_prio[p]_cong_discard': 'drops',
      'rx_prio[p]_discards': 'drops',
      'rx_prio[p]_marked': unused(
        'marked by the adapter’s own buffer; what the fabric marked is np_ecn_marked_roce_packets',
      ),
      rx_discards_phy: 'drops',
      tx_discards_phy: 'drops',
      rx_out_of_buffer: unused('of Ethernet queues; RDMA has hw_counters/out_of_buffer'),
      rx_buffer_passed_thres_phy: GAUGE_OF_BUFFER,
      tx_pause_storm_warning_events: 'pauseStorms',
      tx_pause_storm_error_events: 'watchdogStorms',
      rx_crc_errors_phy: 'rxErrors',
      rx_symbol_err_phy: 'symbolErrors',
      rx_pcs_symbol_err_phy: PHY,
      rx_corrected_bits_phy: 'correctedBits',
      rx_bits_phy: PHY,
      rx_err_lane_0_phy: PHY,
      link_down_events_phy: 'linkDowns',
      module_high_temp: MODULE,
      module_bus_stuck: MODULE,
      rx_bytes_phy: 'rxBytes',
      tx_bytes_phy: 'txBytes',
      rx_packets_phy: 'rxPackets',
      tx_packets_phy: 'txPackets',
      rx_vport_rdma_unicast_bytes: PART,
      rx_pci_signal_integrity: unused('the slot, not the network'),
      outbound_pci_stalled_rd: 'pciStallFraction',
      outbound_pci_stalled_wr: 'pciStallFraction',
      outbound_pci_stalled_rd_events: PART,
    },
  },
  bnxt: {
    ethtool: {
      rx_pause_frames: 'rxPauseFrames',
      tx_pause_frames: 'txPauseFrames',
      rx_pfc_frames: 'rxPauseFrames',
      tx_pfc_frames: 'txPauseFrames',
      'rx_pfc_ena_frames_pri[p]': 'rxPauseFrames',
      'tx_pfc_ena_frames_pri[p]': 'txPauseFrames',
      'pfc_pri[p]_rx_duration_us': 'rxPauseUs',
      'pfc_pri[p]_tx_duration_us': 'txPauseUs',
      'pfc_pri[p]_rx_transitions': 'rxPauseTransitions',
      'pfc_pri[p]_tx_transitions': 'txPauseTransitions',
      continuous_pause_events: 'pauseStorms',
      continuous_roce_pause_events: 'pauseStorms',
      resume_pause_events: unused('each continuous pause ends with one'),
      'rx_bytes_pri[p]': 'rxBytes',
      'tx_bytes_pri[p]': 'txBytes',
      'rx_packets_pri[p]': 'rxPackets',
      'tx_packets_pri[p]': 'txPackets',
      'rx_bytes_cos[p]': 'rxBytes',
      'tx_bytes_cos[p]': 'txBytes',
      'rx_packets_cos[p]': PART,
      'tx_packets_cos[p]': PART,
      rx_total_frames: 'rxPackets',
      tx_total_frames: 'txPackets',
      rx_buffer_passed_threshold: GAUGE_OF_BUFFER,
      rx_pcs_symbol_err: 'symbolErrors',
      rx_corrected_bits: 'correctedBits',
      rx_bits: PHY,
      rx_stat_discard: 'drops',
      tx_stat_discard: 'drops',
      rx_fcs_err_frames: 'rxErrors',
      link_down_events: 'linkDowns',
    },
    hw: {
      rx_cnp_pkts: 'cnpHandled',
      tx_cnp_pkts: 'cnpSent',
      np_cnp_pkts: 'cnpSent',
      rx_ecn_marked_pkts: 'ecnMarkedPackets',
      oos_drop_count: 'outOfSequence',
      rx_out_of_buffer: 'outOfBuffer',
      dup_req: unused('the peer’s retransmission, which the peer counts'),
      rx_roce_only_bytes: PART,
      to_retransmits: 'ackTimeouts',
      seq_err_naks_rcvd: 'retransmits',
      missing_resp: 'retransmits',
      rnr_naks_rcvd: SENDER_SIDE,
      max_retry_exceeded: APPLICATION,
      rx_roce_errors: APPLICATION,
      rx_roce_discards: 'drops',
      tx_roce_discards: 'drops',
      pacing_alerts: unused('doorbells of the host'),
    },
  },
  'irdma and ice': {
    hw: {
      cnpHandled: 'cnpHandled',
      cnpIgnored: unused('a wrong setting, which stands still or moves with cnpHandled'),
      cnpSent: 'cnpSent',
      RxECNMrkd: 'ecnMarkedPackets',
      RxUDP: PART,
      ip4InOctets: PART,
      iwInRdmaReads: LOAD,
      InRdmaReads: LOAD,
      tcpRetransSegs: 'retransmits',
      RetransSegs: 'retransmits',
      'RNR sent': 'outOfBuffer',
      'RNR received': SENDER_SIDE,
      RTO: 'ackTimeouts',
      'Rcvd Out of order packets': 'outOfSequence',
      'Nak Sequence Error': PART,
      'Nak Sequence Error Implied': PART,
      'CRC errors': unused('corruption behind the FCS, too rare for a rate'),
      'Rx atomics': LOAD,
      'ord limit count': LOAD,
    },
    ethtool: {
      'rx_priority_[p]_xoff.nic': 'rxPauseFrames',
      'tx_priority_[p]_xoff.nic': 'txPauseFrames',
      'rx_priority_[p]_xon.nic': 'rxPauseTransitions',
      'tx_priority_[p]_xon.nic': 'txPauseTransitions',
      'link_xoff_rx.nic': 'rxPauseFrames',
      'link_xoff_tx.nic': 'txPauseFrames',
      'link_xon_rx.nic': 'rxPauseFrames',
      'link_xon_tx.nic': 'txPauseFrames',
      'rx_bytes.nic': 'rxBytes',
      'tx_bytes.nic': 'txBytes',
      'rx_unicast.nic': 'rxPackets',
      'rx_multicast.nic': 'rxPackets',
      'rx_broadcast.nic': 'rxPackets',
      'tx_unicast.nic': 'txPackets',
      'tx_multicast.nic': 'txPackets',
      'tx_broadcast.nic': 'txPackets',
      'rx_dropped.nic': 'drops',
      'rx_crc_errors.nic': 'rxErrors',
      'tx_dropped_link_down.nic': unused('nothing can be sent while the link is down, which link downs tell'),
      'mac_local_faults.nic': PHY,
      'mac_remote_faults.nic': PHY,
    },
  },
  EFA: {
    hw: {
      tx_bytes: 'txBytes',
      tx_pkts: 'txPackets',
      rx_bytes: 'rxBytes',
      rx_pkts: 'rxPackets',
      rx_drops: 'drops',
      send_bytes: PART,
      recv_bytes: PART,
      rdma_read_bytes: PART,
      rdma_read_wr_err: APPLICATION,
      rdma_write_bytes: PART,
      retrans_bytes: PART,
      retrans_pkts: 'retransmits',
      retrans_timeout_events: 'ackTimeouts',
      unresponsive_remote_events: APPLICATION,
      impaired_remote_conn_events: APPLICATION,
      submitted_cmds: LOAD,
    },
  },
  ionic: {
    hw: {
      tx_rdma_cnp_pkts: 'cnpSent',
      rx_rdma_cnp_pkts: 'cnpHandled',
      rx_rdma_ecn_pkts: 'ecnMarkedPackets',
      tx_rdma_ucast_bytes: PART,
      rx_rdma_ucast_bytes: PART,
      req_rx_impl_nak_seq_err: PART,
      req_rx_rnr_retry_err: SENDER_SIDE,
      resp_rx_dup_request: unused('the peer’s retransmission, which the peer counts'),
      rx_rdma_mtu_discard_pkts: unused('a wrong setting'),
      tx_rdma_ack_timeout: 'ackTimeouts',
      req_rx_pkt_seq_err: 'retransmits',
      req_tx_retry_excd_err: APPLICATION,
      resp_rx_outof_buf: 'outOfBuffer',
      resp_rx_outouf_seq: 'outOfSequence',
      tx_rdma_retx_pkts: 'retransmits',
    },
    ethtool: {
      octets_rx_all: 'rxBytes',
      octets_rx_ok: PART,
      octets_tx_total: 'txBytes',
      frames_rx_all: 'rxPackets',
      frames_tx_all: 'txPackets',
      'frames_rx_pri_[p]': 'rxPackets',
      'frames_tx_pri_[p]': 'txPackets',
      frames_rx_pause: 'rxPauseFrames',
      frames_tx_pause: 'txPauseFrames',
      frames_rx_pripause: 'rxPauseFrames',
      frames_tx_pripause: 'txPauseFrames',
      'rx_pripause_[p]_1us_count': 'rxPauseUs',
      'tx_pripause_[p]_1us_count': 'txPauseUs',
      rx_pause_1us_count: 'rxPauseUs',
      frames_rx_dropped: 'drops',
      frames_rx_bad_fcs: 'rxErrors',
      frames_rx_bad_all: PART,
    },
  },
};

/** The counters that a name feeds, by the rules. */
function countersOf(from: Origin, name: string): CounterName[] {
  const variants = new Set([name, name.replace('[p]', '3')]);
  return COUNTER_RULES.filter(({ sources }) =>
    sources.some((source) => source.from === from && source.names.some((known) => variants.has(known))),
  ).map(({ counter }) => counter);
}

const rows = Object.entries(NAMES).flatMap(([driver, origins]) =>
  Object.entries(origins).flatMap(([from, names]) =>
    Object.entries(names).map(([name, decision]) => ({ driver, from: from as Origin, name, decision })),
  ),
);

describe('counter names of host adapters', () => {
  it.each(rows)('$driver $from/$name', ({ from, name, decision }) => {
    const counters = countersOf(from, name);
    if (typeof decision === 'object') expect(counters).toEqual([]);
    else if (decision === 'pciStallFraction') expect(PCI_STALL_NAMES).toContain(name);
    else expect(counters).toContain(decision);
  });

  it('lists every name the rules know', () => {
    const listed = new Set(rows.map(({ from, name }) => `${from}/${name.replace('[p]', '#')}`));
    // Names of the interface itself are the kernel's, the same for every driver.
    const known = COUNTER_RULES.flatMap(({ sources }) =>
      sources
        .filter(({ from }) => from !== 'statistics' && from !== 'net')
        .flatMap(({ from, names }) =>
          names.map((name) => `${from}/${name.replace(/\[p\]|(?<=_(?:pri|cos))[0-7]$/, '#')}`),
        ),
    );
    expect(known.filter((name) => !listed.has(name))).toEqual([]);
  });

  it('takes data of RDMA ports as 32-bit words and every pause time as microseconds', () => {
    for (const { counter, sources } of COUNTER_RULES) {
      for (const { from, names, unit } of sources) {
        const isData = from === 'port' && names.some((name) => name.includes('_data'));
        expect(unit === 'words').toBe(isData);
        if (counter.endsWith('PauseUs')) expect(names.every((name) => /duration|_1us_count$/.test(name))).toBe(true);
      }
    }
  });
});
