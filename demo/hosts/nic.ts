import { at } from '../fabric/columns.ts';
import type { PortCounter } from '../fabric/counters.ts';
import type { Network } from '../fabric/network.ts';
import type { TotalCounters } from '../fabric/totals.ts';
import { PFC_PRIORITY } from '../live/identity.ts';

/** The RDMA device and network interface every demo host has. */
export const RDMA_DEVICE = 'mlx5_0';
export const NETDEV = 'ens1np0';

type Named = readonly [name: string, value: bigint];

/** The NIC of a demo host: an mlx5 card, by the names its driver has for things. */
export class HostNic {
  constructor(
    private readonly network: Network,
    private readonly totals: TotalCounters,
    private readonly port: number,
  ) {}

  get isUp(): boolean {
    return at(this.network.up, this.port) === 1;
  }

  get bitsPerSec(): number {
    return at(this.network.rate, this.port) * 8000;
  }

  get nominalBitsPerSec(): number {
    return at(this.network.nominalRate, this.port) * 8000;
  }

  linkDowns(): bigint {
    return this.read('linkDowns');
  }

  /** `counters` and `hw_counters` of the RDMA port; data in bytes. */
  rdmaCounters(): Named[] {
    return [
      ['port_xmit_data', this.read('txBytes')],
      ['port_rcv_data', this.read('rxBytes')],
      ['port_xmit_packets', this.read('txPackets')],
      ['port_rcv_packets', this.read('rxPackets')],
      ['link_downed', this.read('linkDowns')],
      ['np_cnp_sent', this.read('cnpSent')],
      ['np_ecn_marked_roce_packets', this.read('ecnReceivedPackets')],
      ['rp_cnp_handled', this.read('cnpHandled')],
      ['out_of_sequence', this.read('outOfSequence')],
      ['local_ack_timeout_err', this.read('ackTimeouts')],
      ['out_of_buffer', 0n],
    ];
  }

  /** What `ethtool -S` shows. */
  driverStatistics(): Named[] {
    const prio = PFC_PRIORITY;
    return [
      ['rx_packets_phy', this.read('rxPackets')],
      ['tx_packets_phy', this.read('txPackets')],
      ['rx_bytes_phy', this.read('rxBytes')],
      ['tx_bytes_phy', this.read('txBytes')],
      ['rx_crc_errors_phy', 0n],
      ['rx_symbol_err_phy', 0n],
      ['rx_discards_phy', 0n],
      ['tx_discards_phy', this.read('drops')],
      ['rx_out_of_buffer', 0n],
      ['link_down_events_phy', this.read('linkDowns')],
      ['tx_pause_storm_warning_events', this.read('pauseStorms')],
      ['tx_pause_storm_error_events', 0n],
      ['outbound_pci_stalled_wr', 0n],
      [`rx_prio${prio}_bytes`, this.read('rxBytes')],
      [`rx_prio${prio}_packets`, this.read('rxPackets')],
      [`tx_prio${prio}_bytes`, this.read('txBytes')],
      [`tx_prio${prio}_packets`, this.read('txPackets')],
      [`rx_prio${prio}_pause`, this.read('rxPauseFrames')],
      [`rx_prio${prio}_pause_duration`, this.read('rxPauseUs')],
      [`rx_prio${prio}_pause_transition`, this.read('rxResumeFrames')],
      [`tx_prio${prio}_pause`, this.read('txPauseFrames')],
      [`tx_prio${prio}_pause_duration`, this.read('txPauseUs')],
    ];
  }

  private read(counter: PortCounter): bigint {
    return this.totals.read(this.port, counter);
  }
}
