import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { discoverPorts } from '../../collectors/host/discover.ts';
import { RecordedStatistics } from '../../collectors/host/ethtool.ts';
import { planPort } from '../../collectors/host/plan.ts';
import { HostReader } from '../../collectors/host/read.ts';
import { statisticNames } from '../../collectors/host/statistics.ts';
import { TreeReader } from '../../collectors/host/tree.ts';
import { createNormaliser } from '../../lib/counters/index.ts';
import { FrameEncoder } from '../../lib/samples/encode.ts';
import { mutate } from './mutate.ts';
import { type FuzzSubject, shown } from './run.ts';

const PORT = 'class/infiniband/mlx5_0/ports/1';
const FILES: Record<string, string> = {
  [`${PORT}/link_layer`]: 'Ethernet\n',
  [`${PORT}/state`]: '4: ACTIVE\n',
  [`${PORT}/rate`]: '400 Gb/sec (4X NDR)\n',
  [`${PORT}/gid_attrs/ndevs/0`]: 'ens1np0\n',
  [`${PORT}/counters/port_rcv_data`]: '18446744073709551615\n',
  [`${PORT}/counters/port_xmit_wait`]: '4294967295\n',
  [`${PORT}/hw_counters/np_cnp_sent`]: '12\n',
  'class/net/ens1np0/type': '1\n',
  'class/net/ens1np0/operstate': 'up\n',
  'class/net/ens1np0/speed': '400000\n',
  'class/net/ens1np0/carrier_changes': '4\n',
  'ethtool/ens1np0':
    'NIC statistics:\n     rx_bytes_phy: 9007199254740993\n     tx_bytes_phy: 5\n     rx_prio3_pause: 7\n     rx_prio3_pause_duration: 9\n     outbound_pci_stalled_rd: 7\n     [0]: rx: 3\n',
  boot_id: 'one\n',
};
const NASTY = [
  'N/A',
  '-1',
  '1e9',
  '0x10',
  ' '.repeat(8000),
  '9'.repeat(8000),
  ':'.repeat(5000),
  '\n'.repeat(5000),
  '\u0000',
  '     : 5\n',
  '     x:\n',
];
/** Reads of a tree before it is planned anew, as the source does every minute. */
const READS_PER_PLAN = 50;

/** A living tree whose files break one after the other, read through to line protocol. */
export function hostSubject(): FuzzSubject {
  const root = mkdtempSync(join(tmpdir(), 'fuzz-host-'));
  const put = (path: string, bytes: string | Buffer) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), bytes);
  };
  const names = Object.keys(FILES);
  const mend = () => {
    for (const [path, text] of Object.entries(FILES)) put(path, text);
  };
  mend();
  const statistics = new RecordedStatistics(join(root, 'ethtool'));
  const tree = new TreeReader(root);
  const normaliser = createNormaliser();
  const encoder = new FrameEncoder();
  let reader: HostReader | undefined;
  let nowMs = 1_000_000;
  let reads = 0;
  const read = async () => {
    if (reader === undefined || reads++ % READS_PER_PLAN === 0) reader = await plan(root, tree, statistics);
    nowMs += 1000;
    const { frame } = await reader.read(() => nowMs, 'boot');
    return encoder.encode(normaliser.advance(frame).frames).lines > 0;
  };
  return {
    next: (random) => {
      const path = random.pick(names);
      const good = Buffer.from(FILES[path] ?? '');
      // Now and then a file is mended, else all of them would be broken soon.
      const bytes = random.below(4) === 0 ? good : mutate(good, random, NASTY);
      put(path, bytes);
      return { describe: () => `${path}: ${shown(bytes)}`, run: read };
    },
    isWell: async () => {
      mend();
      reader = undefined;
      await read();
      return await read();
    },
    close: () => {
      tree.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function plan(root: string, tree: TreeReader, statistics: RecordedStatistics): Promise<HostReader> {
  const plans = [];
  for (const port of discoverPorts(root, undefined)) {
    const text = port.netdev === undefined ? undefined : await statistics.read(port.netdev);
    plans.push(planPort(root, port, text === undefined ? [] : statisticNames(text)));
  }
  return new HostReader('gpu07', tree, statistics, plans);
}
