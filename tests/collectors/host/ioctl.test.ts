import { expect, it } from 'vitest';
import { IoctlStatistics, type KernelDoor } from '../../../collectors/host/ioctl.ts';

const COMMANDS = { info: 0x03, strings: 0x1b, statistics: 0x1d };

/** A kernel whose interfaces have the statistics given; one called stuck0 never answers until it is let go. */
function kernelOf(statistics: Record<string, [name: string, value: bigint][]>) {
  const buffers = new Map<bigint, Buffer>();
  const calls: string[] = [];
  let closed = false;
  let letGo = () => {};
  const stuck = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const door: KernelDoor = {
    addressOf: (buffer) => {
      const address = BigInt(buffers.size + 1) << 32n;
      buffers.set(address, buffer);
      return address;
    },
    ioctl: async (request, argument) => {
      const netdev = request.toString('latin1', 0, 16).split('\0')[0] ?? '';
      expect(buffers.get(request.readBigUInt64LE(16))).toBe(argument);
      const command = argument.readUInt32LE(0);
      calls.push(`${netdev} ${command}`);
      if (netdev.startsWith('stuck')) await stuck;
      const rows = statistics[netdev];
      if (rows === undefined) return -1;
      if (command === COMMANDS.info) argument.writeUInt32LE(rows.length, 180);
      rows.forEach(([name, value], at) => {
        if (command === COMMANDS.strings) argument.write(name, 12 + at * 32, 'latin1');
        if (command === COMMANDS.statistics) argument.writeBigUInt64LE(value, 8 + at * 8);
      });
      return 0;
    },
    close: () => {
      closed = true;
    },
  };
  return { open: async () => door, calls, letGo: () => letGo(), closed: () => closed };
}
const text = async (answer: Promise<Buffer | undefined>) => (await answer)?.toString();

it('prints what the driver counts as ethtool does, exact past 2^53, without single rings', async () => {
  const kernel = kernelOf({
    eth0: [
      ['rx_prio3_pause_duration', 9_007_199_254_740_993n],
      ['rx0_packets', 7n],
      ['tx_discards_phy', 2n],
    ],
  });
  const ioctl = new IoctlStatistics(1000, kernel.open);
  const printed = 'NIC statistics:\n     rx_prio3_pause_duration: 9007199254740993\n     tx_discards_phy: 2\n';
  expect(await text(ioctl.read('eth0'))).toBe(printed);
  expect(await text(ioctl.read('eth0'))).toBe(printed);
  // Names are asked once, values each time.
  expect(kernel.calls.filter((call) => call === `eth0 ${COMMANDS.strings}`).length).toBe(1);
  expect(await text(ioctl.read('eth1'))).toBeUndefined();
  expect(await text(ioctl.read('a-name-that-is-too-long-for-the-kernel'))).toBeUndefined();
});

it('a driver that renames or grows is learnt again', async () => {
  const statistics: Record<string, [string, bigint][]> = { eth0: [['a', 1n]] };
  const ioctl = new IoctlStatistics(1000, kernelOf(statistics).open);
  expect(await text(ioctl.read('eth0'))).toContain('a: 1');
  statistics.eth0 = [
    ['b', 1n],
    ['c', 2n],
  ];
  expect(await text(ioctl.read('eth0'))).toBe('NIC statistics:\n     b: 1\n     c: 2\n');
});

it('a driver that hangs costs its own interface only, and is asked again once it has answered', async () => {
  const kernel = kernelOf({ eth0: [['a', 1n]], stuck0: [['a', 3n]] });
  const ioctl = new IoctlStatistics(20, kernel.open);
  expect(await text(ioctl.read('stuck0'))).toBeUndefined();
  expect(await text(ioctl.read('eth0'))).toContain('a: 1');
  expect(await text(ioctl.read('stuck0'))).toBeUndefined();
  expect(kernel.calls.filter((call) => call.startsWith('stuck0')).length).toBe(1);
  kernel.letGo();
  await new Promise((resolve) => setImmediate(resolve));
  expect(await text(ioctl.read('stuck0'))).toContain('a: 3');
  ioctl.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(kernel.closed()).toBe(true);
});

it('where several drivers hang no more threads are given to them', async () => {
  const kernel = kernelOf({ eth0: [['a', 1n]] });
  const ioctl = new IoctlStatistics(5, kernel.open, 2);
  for (const netdev of ['stuck0', 'stuck1', 'stuck2']) expect(await ioctl.read(netdev)).toBeUndefined();
  expect(kernel.calls.map((call) => call.split(' ')[0])).toEqual(['stuck0', 'stuck1']);
  kernel.letGo();
});

it('without a kernel that can be asked there is nothing', async () => {
  const ioctl = new IoctlStatistics(1000, async () => undefined);
  expect(await ioctl.read('eth0')).toBeUndefined();
  ioctl.close();
});
