import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { at } from '../fabric/columns.ts';
import type { PortCounter } from '../fabric/counters.ts';
import type { Network } from '../fabric/network.ts';
import type { TotalCounters } from '../fabric/totals.ts';
import { PFC_PRIORITY } from '../snmp/nexus.ts';

/** The RDMA device and network interface every demo host has. */
export const RDMA_DEVICE = 'mlx5_0';
const NETDEV = 'ens1np0';

/**
 * The part of /sys of a host that its NIC's counters live in, and its `ethtool -S`, as files in a folder: what the
 * host collector reads, with `root` pointed there. Files are replaced by rename, so no reader sees half of one.
 */
export class HostTree {
  /** What each file holds now: a counter that has not moved is not written again. */
  private readonly written = new Map<string, string>();

  constructor(
    private readonly root: string,
    private readonly network: Network,
    private readonly totals: TotalCounters,
    /** The NIC. */
    private readonly port: number,
    private readonly bootId: string,
  ) {}

  /** Writes the whole tree. */
  create(): void {
    rmSync(this.root, { recursive: true, force: true });
    const gigabits = Math.round((at(this.network.nominalRate, this.port) * 8000) / 1e9);
    const rdma = `class/infiniband/${RDMA_DEVICE}/ports/1`;
    this.write(`${rdma}/link_layer`, 'Ethernet');
    this.write(`${rdma}/gid_attrs/ndevs/0`, NETDEV);
    this.write(`${rdma}/gid_attrs/types/0`, 'RoCE v2');
    this.write(`${rdma}/hw_counters/lifespan`, '10');
    this.write(`${rdma}/rate`, `${gigabits} Gb/sec (4X EDR)`);
    this.write(`class/net/${NETDEV}/type`, '1');
    this.write(`class/net/${NETDEV}/mtu`, '9000');
    this.write(`class/net/${NETDEV}/device/uevent`, 'DRIVER=mlx5_core');
    this.write(`class/infiniband/${RDMA_DEVICE}/device/uevent`, 'DRIVER=mlx5_core');
    mkdirSync(join(this.root, 'bus/pci/drivers/mlx5_core'), { recursive: true });
    symlinkSync('../../../../bus/pci/drivers/mlx5_core', join(this.root, `class/net/${NETDEV}/device/driver`));
    this.write('boot_id', this.bootId);
    this.update();
  }

  /** Brings counters and state up to the model's now. */
  update(): void {
    const { network, port } = this;
    const up = at(network.up, port) === 1;
    const rdma = `class/infiniband/${RDMA_DEVICE}/ports/1`;
    const net = `class/net/${NETDEV}`;
    const count = (counter: PortCounter): string => this.totals.read(port, counter).toString();
    this.write(`${rdma}/state`, up ? '4: ACTIVE' : '1: DOWN');
    this.write(`${rdma}/phys_state`, up ? '5: LinkUp' : '3: Disabled');
    // Four-octet words, as the InfiniBand attribute they come from.
    this.write(`${rdma}/counters/port_xmit_data`, (this.totals.read(port, 'txBytes') / 4n).toString());
    this.write(`${rdma}/counters/port_rcv_data`, (this.totals.read(port, 'rxBytes') / 4n).toString());
    this.write(`${rdma}/counters/port_xmit_packets`, count('txPackets'));
    this.write(`${rdma}/counters/port_rcv_packets`, count('rxPackets'));
    this.write(`${rdma}/counters/link_downed`, count('linkDowns'));
    this.write(`${rdma}/hw_counters/np_cnp_sent`, count('cnpSent'));
    this.write(`${rdma}/hw_counters/np_ecn_marked_roce_packets`, count('ecnReceivedPackets'));
    this.write(`${rdma}/hw_counters/rp_cnp_handled`, count('cnpHandled'));
    this.write(`${rdma}/hw_counters/out_of_sequence`, count('outOfSequence'));
    this.write(`${rdma}/hw_counters/local_ack_timeout_err`, count('ackTimeouts'));
    this.write(`${rdma}/hw_counters/out_of_buffer`, '0');
    this.write(`${net}/operstate`, up ? 'up' : 'down');
    this.write(`${net}/speed`, up ? String(Math.round((at(network.rate, port) * 8000) / 1e6)) : '-1');
    this.write(`${net}/carrier_down_count`, count('linkDowns'));
    this.write(`ethtool/${NETDEV}`, this.ethtool());
  }

  private ethtool(): string {
    const { port, totals } = this;
    const prio = PFC_PRIORITY;
    const rows: [string, bigint][] = [
      ['rx_packets_phy', totals.read(port, 'rxPackets')],
      ['tx_packets_phy', totals.read(port, 'txPackets')],
      ['rx_bytes_phy', totals.read(port, 'rxBytes')],
      ['tx_bytes_phy', totals.read(port, 'txBytes')],
      ['rx_crc_errors_phy', 0n],
      ['rx_symbol_err_phy', 0n],
      ['rx_discards_phy', 0n],
      ['tx_discards_phy', totals.read(port, 'drops')],
      ['rx_out_of_buffer', 0n],
      ['link_down_events_phy', totals.read(port, 'linkDowns')],
      ['tx_pause_storm_warning_events', totals.read(port, 'pauseStorms')],
      ['tx_pause_storm_error_events', 0n],
      ['outbound_pci_stalled_wr', 0n],
      [`rx_prio${prio}_bytes`, totals.read(port, 'rxBytes')],
      [`rx_prio${prio}_packets`, totals.read(port, 'rxPackets')],
      [`tx_prio${prio}_bytes`, totals.read(port, 'txBytes')],
      [`tx_prio${prio}_packets`, totals.read(port, 'txPackets')],
      [`rx_prio${prio}_pause`, totals.read(port, 'rxPauseFrames')],
      [`rx_prio${prio}_pause_duration`, totals.read(port, 'rxPauseUs')],
      [`rx_prio${prio}_pause_transition`, totals.read(port, 'rxResumeFrames')],
      [`tx_prio${prio}_pause`, totals.read(port, 'txPauseFrames')],
      [`tx_prio${prio}_pause_duration`, totals.read(port, 'txPauseUs')],
    ];
    return ['NIC statistics:', ...rows.map(([name, value]) => `     ${name}: ${value}`)].join('\n');
  }

  private write(path: string, text: string): void {
    if (this.written.get(path) === text) return;
    const file = join(this.root, path);
    if (!this.written.has(path)) mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, `${text}\n`);
    renameSync(`${file}.new`, file);
    this.written.set(path, text);
  }
}
