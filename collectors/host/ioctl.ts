import type { StatisticNames, StatisticsReader } from './statistics-reader.ts';

/** @source Linux include/uapi/linux/sockios.h and ethtool.h */
const SIOCETHTOOL = 0x8946;
const GET_DRIVER_INFO = 0x03;
const GET_STRINGS = 0x1b;
const GET_STATISTICS = 0x1d;
const STATISTICS_SET = 1;
/** struct ethtool_drvinfo: its size, and where n_stats stands in it. */
const DRIVER_INFO_BYTES = 196;
const COUNT_AT = 180;
const STRINGS_HEAD_BYTES = 12;
const STATISTICS_HEAD_BYTES = 8;
const NAME_BYTES = 32;
/** struct ifreq: a name of 16 bytes, then a pointer. */
const REQUEST_BYTES = 40;
const POINTER_AT = 16;
const LONGEST_NAME_BYTES = 15;
/** The kernel writes as many statistics as there are then, which may be more than it said a moment before. */
const SLACK = 4096;
/** A driver that says more than this is not believed. */
const MOST_STATISTICS = 100_000;
/** Names are asked again after so many reads: a driver may rename what it counts. */
const READS_A_NAME = 60;
/** Statistics of single rings: there are hundreds and nobody reads them. */
const OF_A_RING = /^(?:\[|(?:rx|tx|ch)\d|(?:rx|tx)_queue_\d)/;
const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 0x80002;

/** Two calls of the C library: all that driver statistics need. */
export interface KernelDoor {
  /**
   * Runs on a thread of its own. `argument` is where the request points to: whoever runs the call holds both until it is over.
   * @returns what ioctl answers: negative where the kernel refuses
   */
  ioctl(request: Buffer, argument: Buffer): Promise<number>;
  addressOf(buffer: Buffer): bigint;
  close(): void;
}

interface Device {
  count: number;
  /** Places of the statistics that are told, and what stands before each value. */
  named: { at: number; name: string }[];
  /** Of those, what was asked for last, and what stands before each value. */
  only: StatisticNames | undefined;
  wanted: { at: number; label: string }[];
  values: Buffer;
  reads: number;
}

/**
 * Driver statistics asked of the kernel as `ethtool -S` asks, in the form it prints, less those of single rings. No
 * process is started for a read. A driver that hangs holds one thread and costs its own interface only, which is not
 * asked again before it has answered.
 */
export class IoctlStatistics implements StatisticsReader {
  private readonly devices = new Map<string, Device>();
  /** Interfaces whose drivers have not answered in time, and have not since. */
  private readonly hanging = new Set<string>();
  private kernel: Promise<KernelDoor | undefined> | undefined;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly timeoutMs: number,
    /** Called with the first read. */
    private readonly open: () => Promise<KernelDoor | undefined> = openKernel,
    /** Interfaces that may hang at a time; then none is asked, so that threads are left for everything else. */
    private readonly mostHanging = 2,
  ) {}

  /** One interface after the other. */
  read(netdev: string, only?: StatisticNames): Promise<Buffer | undefined> {
    const next = this.queue.then(() => this.readInTime(netdev, only));
    this.queue = next;
    return next;
  }

  close(): void {
    this.devices.clear();
    // A call that hangs still uses the socket: it goes with the process.
    void this.queue.then(async () => (this.hanging.size === 0 ? (await this.kernel)?.close() : undefined));
  }

  private async readInTime(netdev: string, only: StatisticNames | undefined): Promise<Buffer | undefined> {
    if (this.hanging.has(netdev) || this.hanging.size >= this.mostHanging) return undefined;
    this.kernel ??= this.open();
    const kernel = await this.kernel;
    if (kernel === undefined || Buffer.byteLength(netdev) > LONGEST_NAME_BYTES) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        this.hanging.add(netdev);
        resolve(undefined);
      }, this.timeoutMs);
    });
    const answer = this.ask(kernel, netdev, only)
      .catch(() => undefined)
      .finally(() => this.hanging.delete(netdev));
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async ask(kernel: KernelDoor, netdev: string, only: StatisticNames | undefined): Promise<Buffer | undefined> {
    const count = await this.countOf(kernel, netdev);
    if (count === 0) return undefined;
    let device = this.devices.get(netdev);
    if (device === undefined || device.count !== count || device.reads >= READS_A_NAME) {
      const learned = await this.learn(kernel, netdev, count);
      if (learned === undefined) return undefined;
      device = learned;
      this.devices.set(netdev, device);
    }
    device.reads++;
    if (device.only !== only) narrow(device, only);
    const { values, wanted } = device;
    values.writeUInt32LE(GET_STATISTICS, 0);
    values.writeUInt32LE(count, 4);
    if (!(await call(kernel, netdev, values))) return undefined;
    let text = 'NIC statistics:\n';
    for (const { at, label } of wanted) text += `${label}${values.readBigUInt64LE(STATISTICS_HEAD_BYTES + 8 * at)}\n`;
    return Buffer.from(text, 'latin1');
  }

  private async countOf(kernel: KernelDoor, netdev: string): Promise<number> {
    const info = Buffer.alloc(DRIVER_INFO_BYTES);
    info.writeUInt32LE(GET_DRIVER_INFO, 0);
    if (!(await call(kernel, netdev, info))) return 0;
    const count = info.readUInt32LE(COUNT_AT);
    return count > MOST_STATISTICS ? 0 : count;
  }

  private async learn(kernel: KernelDoor, netdev: string, count: number): Promise<Device | undefined> {
    const strings = Buffer.alloc(STRINGS_HEAD_BYTES + (count + SLACK) * NAME_BYTES);
    strings.writeUInt32LE(GET_STRINGS, 0);
    strings.writeUInt32LE(STATISTICS_SET, 4);
    strings.writeUInt32LE(count, 8);
    if (!(await call(kernel, netdev, strings))) return undefined;
    const named: Device['named'] = [];
    for (let at = 0; at < count; at++) {
      const from = STRINGS_HEAD_BYTES + at * NAME_BYTES;
      const name =
        strings
          .toString('latin1', from, from + NAME_BYTES)
          .split('\0')[0]
          ?.trim() ?? '';
      if (name !== '' && !OF_A_RING.test(name)) named.push({ at, name });
    }
    const values = Buffer.alloc(STATISTICS_HEAD_BYTES + 8 * (count + SLACK));
    const device: Device = { count, named, only: undefined, wanted: [], values, reads: 0 };
    narrow(device, undefined);
    return device;
  }
}

/** Chooses what is told of a device from now on. */
function narrow(device: Device, only: StatisticNames | undefined): void {
  device.only = only;
  device.wanted = device.named
    .filter(({ name }) => only === undefined || only.has(name))
    .map(({ at, name }) => ({ at, label: `     ${name}: ` }));
}

/** The buffers are held here until the kernel is done with them. */
async function call(kernel: KernelDoor, netdev: string, argument: Buffer): Promise<boolean> {
  const request = Buffer.alloc(REQUEST_BYTES);
  request.write(netdev, 'latin1');
  request.writeBigUInt64LE(kernel.addressOf(argument), POINTER_AT);
  return (await kernel.ioctl(request, argument)) >= 0;
}

/** The kernel of this machine. @returns undefined where the C library cannot be called that way (another system) */
export async function openKernel(): Promise<KernelDoor | undefined> {
  // Layouts above are those of 64-bit little-endian Linux.
  if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64')) return undefined;
  try {
    const { default: koffi } = await import('koffi');
    const library = koffi.load(null);
    const socket = library.func('int socket(int domain, int type, int protocol)');
    const ioctl = library.func('int ioctl(int fd, unsigned long request, void *argument)');
    const close = library.func('int close(int fd)');
    const descriptor: number = socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
    if (descriptor < 0) return undefined;
    return {
      ioctl: (request, argument) =>
        new Promise((resolve, reject) =>
          ioctl.async(descriptor, SIOCETHTOOL, request, (error: Error | null, answer: number) => {
            if (error === null && argument.length > 0) resolve(answer);
            else reject(error ?? new Error('nothing was asked'));
          }),
        ),
      addressOf: (buffer) => BigInt(koffi.address(buffer)),
      close: () => {
        close(descriptor);
      },
    };
  } catch {
    // No prebuilt library for this machine: the ethtool command does the same at a higher cost.
    return undefined;
  }
}
