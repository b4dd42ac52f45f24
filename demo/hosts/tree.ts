import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type HostNic, NETDEV, RDMA_DEVICE } from './nic.ts';

/**
 * The part of /sys of a host that its NIC's counters live in, and its `ethtool -S`, as files in a folder: what the
 * host collector reads, with `root` pointed there. Files are replaced by rename, so no reader sees half of one.
 */
export class HostTree {
  /** What each file holds now: a counter that has not moved is not written again. */
  private readonly written = new Map<string, string>();

  constructor(
    private readonly root: string,
    private readonly nic: HostNic,
    private readonly bootId: string,
  ) {}

  /** Writes the whole tree. */
  create(): void {
    rmSync(this.root, { recursive: true, force: true });
    const gigabits = Math.round(this.nic.nominalBitsPerSec / 1e9);
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
    const { nic } = this;
    const up = nic.isUp;
    const rdma = `class/infiniband/${RDMA_DEVICE}/ports/1`;
    const net = `class/net/${NETDEV}`;
    this.write(`${rdma}/state`, up ? '4: ACTIVE' : '1: DOWN');
    this.write(`${rdma}/phys_state`, up ? '5: LinkUp' : '3: Disabled');
    for (const [name, value] of nic.rdmaCounters()) {
      // Four-octet words, as the InfiniBand attribute they come from.
      const shown = name.endsWith('_data') ? value / 4n : value;
      this.write(
        `${rdma}/${name.startsWith('port_') || name === 'link_downed' ? '' : 'hw_'}counters/${name}`,
        String(shown),
      );
    }
    this.write(`${net}/operstate`, up ? 'up' : 'down');
    this.write(`${net}/speed`, up ? String(Math.round(nic.bitsPerSec / 1e6)) : '-1');
    this.write(`${net}/carrier_down_count`, String(nic.linkDowns()));
    const rows = nic.driverStatistics().map(([name, value]) => `     ${name}: ${value}`);
    this.write(`ethtool/${NETDEV}`, ['NIC statistics:', ...rows].join('\n'));
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
