import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverPorts } from '../../../collectors/host/discover.ts';
import { statisticsReader } from '../../../collectors/host/ethtool.ts';
import { operstateUp, rdmaRate } from '../../../collectors/host/link.ts';
import { planPort } from '../../../collectors/host/plan.ts';
import { HostReader } from '../../../collectors/host/read.ts';
import { statisticNames } from '../../../collectors/host/statistics.ts';
import { TreeReader } from '../../../collectors/host/tree.ts';
import type { ReadingFrame } from '../../../lib/counters/reading.ts';
import { ethtoolText, roceTree, writeTree } from './trees.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'host-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function open(wanted?: string[]) {
  const statistics = statisticsReader(root, true);
  const plans = [];
  for (const port of discoverPorts(root, wanted)) {
    const text = port.netdev === undefined ? undefined : await statistics.read(port.netdev);
    plans.push(planPort(root, port, text === undefined ? [] : statisticNames(text)));
  }
  return new HostReader('gpu07', new TreeReader(root), statistics, plans);
}
const readNow = async (reader: HostReader) => reader.read(() => 5000, 'boot');

/** counter or counter/priority -> value of a port; a counter that is not there is not in the result. */
function values(frame: ReadingFrame, port = 0): Record<string, bigint> {
  const found: Record<string, bigint> = {};
  for (const { counter, priority, high, low, present } of frame.counters) {
    if (present[port] !== 1) continue;
    found[priority < 0 ? counter : `${counter}/${priority}`] =
      (BigInt(high[port] ?? 0) << 32n) | BigInt(low[port] ?? 0);
  }
  return found;
}

describe('host reader on mlx5', () => {
  it('reads a RoCE port and its interface as one, physical counters first', async () => {
    writeTree(root, roceTree());
    const { frame, problems } = await readNow(await open());
    expect(problems).toEqual([]);
    expect(frame).toMatchObject({ device: 'gpu07', ports: ['mlx5_0'], bootId: 'boot' });
    expect([...frame.linkUp, ...frame.linkRateBitsPerSec, ...frame.atMs]).toEqual([1, 400e9, 5000]);
    expect(values(frame)).toEqual({
      rxBytes: 18_446_744_073_709_551_615n,
      txBytes: 9_007_199_254_740_993n,
      rxPackets: 21n,
      txPackets: 22n,
      'rxBytes/3': 30n,
      'txBytes/3': 31n,
      'rxPauseFrames/3': 32n,
      'txPauseFrames/3': 33n,
      'rxPauseUs/3': 34n,
      'txPauseUs/3': 35n,
      'rxPauseTransitions/3': 36n,
      'drops/3': 37n,
      drops: 42n,
      pauseStorms: 43n,
      watchdogStorms: 44n,
      correctedBits: 45n,
      symbolErrors: 46n,
      linkDowns: 47n,
      ecnMarkedPackets: 11n,
      cnpSent: 12n,
      cnpHandled: 13n,
      outOfBuffer: 14n,
      outOfSequence: 15n,
      ackTimeouts: 16n,
    });
    expect(frame.gauges).toEqual([{ gauge: 'pciStallFraction', priority: -1, values: Float64Array.of(0.25) }]);
  });

  it('without ethtool takes RDMA words as four bytes and the interface for the rest', async () => {
    const { 'ethtool/ens1np0': _, ...tree } = roceTree();
    writeTree(root, tree);
    const { frame } = await readNow(await open());
    expect(values(frame)).toMatchObject({ rxBytes: 1000n, txBytes: 2000n, linkDowns: 2n });
    expect(values(frame)).not.toHaveProperty('xmitWaitTicks');
    expect(Object.keys(values(frame)).some((name) => name.includes('Pause'))).toBe(false);
  });

  it('loses only the value that is N/A, missing or not readable', async () => {
    writeTree(root, roceTree());
    const reader = await open();
    const port = join(root, 'class/infiniband/mlx5_0/ports/1/hw_counters');
    writeFileSync(join(port, 'np_cnp_sent'), 'N/A\n');
    rmSync(join(port, 'out_of_buffer'));
    rmSync(join(port, 'rp_cnp_handled'));
    mkdirSync(join(port, 'rp_cnp_handled'));
    writeTree(root, { 'ethtool/ens1np0': ethtoolText({ rx_bytes_phy: 5, tx_bytes_phy: '-', rx_prio3_pause: 1 }) });
    const { frame, problems } = await readNow(reader);
    const got = values(frame);
    expect(got).toMatchObject({ rxBytes: 5n, 'rxPauseFrames/3': 1n, ecnMarkedPackets: 11n, outOfSequence: 15n });
    for (const gone of ['cnpSent', 'outOfBuffer', 'cnpHandled', 'txBytes', 'drops', 'rxPauseUs/3'])
      expect(got).not.toHaveProperty(gone);
    expect(problems).toEqual([
      'mlx5_0: np_cnp_sent is no number',
      'mlx5_0: rp_cnp_handled: EISDIR',
      'mlx5_0: out_of_buffer: ENOENT',
    ]);
  });

  it('says nothing of a port whose driver statistics went silent, and keeps the others', async () => {
    writeTree(root, roceTree());
    const reader = await open();
    rmSync(join(root, 'ethtool/ens1np0'));
    const { frame, problems } = await readNow(reader);
    expect(values(frame)).not.toHaveProperty('rxBytes');
    expect(values(frame)).toMatchObject({ cnpSent: 12n });
    expect(problems).toEqual(['mlx5_0: driver statistics of ens1np0 did not answer']);
  });

  it('takes the time a living tree gives for its values', async () => {
    writeTree(root, roceTree({ at_ms: 4321 }));
    expect((await readNow(await open())).frame.atMs[0]).toBe(4321);
    writeTree(root, { at_ms: 'soon' });
    expect((await readNow(await open())).frame.atMs[0]).toBe(5000);
  });

  it('shows a link that is down', async () => {
    writeTree(root, roceTree({ 'class/net/ens1np0/operstate': 'down', 'class/net/ens1np0/speed': -1 }));
    const { frame } = await readNow(await open());
    expect(frame.linkUp[0]).toBe(0);
    expect(frame.linkRateBitsPerSec[0]).toBe(400e9);
    expect([operstateUp('lowerlayerdown'), operstateUp('unknown'), operstateUp('dormant')]).toEqual([0, 255, 255]);
    expect(rdmaRate('garbage')).toBeNaN();
  });
});

describe('host reader on InfiniBand', () => {
  const port = 'class/infiniband/mlx5_3/ports/1';
  const infiniband = (over: Record<string, string | number> = {}) => ({
    [`${port}/link_layer`]: 'InfiniBand',
    [`${port}/state`]: '4: ACTIVE',
    [`${port}/rate`]: '200 Gb/sec (4X HDR)',
    [`${port}/counters/port_rcv_data`]: 250,
    [`${port}/counters/port_xmit_data`]: 500,
    [`${port}/counters/port_xmit_packets`]: 5,
    [`${port}/counters/port_rcv_packets`]: 6,
    [`${port}/counters/port_xmit_wait`]: 1234,
    [`${port}/counters/port_xmit_discards`]: 3,
    [`${port}/counters/symbol_error`]: 4,
    [`${port}/counters/link_downed`]: 1,
    ...over,
  });

  it('reads credit waits and takes data as 32-bit words', async () => {
    writeTree(root, infiniband());
    const { frame } = await readNow(await open());
    expect(values(frame)).toEqual({
      rxBytes: 1000n,
      txBytes: 2000n,
      txPackets: 5n,
      rxPackets: 6n,
      xmitWaitTicks: 1234n,
      drops: 3n,
      symbolErrors: 4n,
      linkDowns: 1n,
    });
    expect(frame.linkRateBitsPerSec[0]).toBe(200e9);
    expect(frame.counters.find(({ counter }) => counter === 'xmitWaitTicks')).toMatchObject({
      widthBits: 32,
      saturates: true,
    });
  });

  it('does not take the zeros of an Ethernet port, which IP over InfiniBand shows, for its own', async () => {
    const net = 'class/net/ib0';
    writeTree(
      root,
      infiniband({
        'class/infiniband/mlx5_3/device/net/ib0/type': 32,
        [`${net}/type`]: 32,
        [`${net}/operstate`]: 'up',
        [`${net}/statistics/rx_bytes`]: 9,
        [`${net}/statistics/rx_missed_errors`]: 9,
        'ethtool/ib0': ethtoolText({
          rx_bytes_phy: 0,
          tx_bytes_phy: 0,
          rx_packets_phy: 0,
          rx_discards_phy: 0,
          tx_discards_phy: 0,
          rx_pause_ctrl_phy: 0,
          rx_prio3_bytes: 0,
          rx_crc_errors_phy: 0,
          rx_symbol_err_phy: 0,
          rx_corrected_bits_phy: 77,
          link_down_events_phy: 2,
          outbound_pci_stalled_wr: 30,
        }),
      }),
    );
    const { frame } = await readNow(await open());
    expect(frame.ports).toEqual(['mlx5_3']);
    expect(values(frame)).toEqual({
      rxBytes: 1000n,
      txBytes: 2000n,
      txPackets: 5n,
      rxPackets: 6n,
      xmitWaitTicks: 1234n,
      drops: 3n,
      symbolErrors: 4n,
      correctedBits: 77n,
      linkDowns: 2n,
    });
    expect(frame.gauges.map(({ gauge }) => gauge)).toEqual(['pciStallFraction']);
  });

  it('prefers the 64-bit counters of old drivers', async () => {
    writeTree(
      root,
      infiniband({
        [`${port}/counters_ext/port_rcv_data_64`]: '4294967296000',
        [`${port}/counters_ext/port_xmit_packets_64`]: 77,
      }),
    );
    expect(values((await readNow(await open())).frame)).toMatchObject({
      rxBytes: 17_179_869_184_000n,
      txBytes: 2000n,
      txPackets: 77n,
    });
  });

  it('does not believe counters that stand at their end', async () => {
    writeTree(
      root,
      infiniband({ [`${port}/counters/port_xmit_discards`]: 65_535, [`${port}/counters/link_downed`]: 255 }),
    );
    const got = values((await readNow(await open())).frame);
    expect(got).not.toHaveProperty('drops');
    expect(got).not.toHaveProperty('linkDowns');
    expect(got).toHaveProperty('symbolErrors');
  });

  it('takes a wait counter past 32 bits for one of 64', async () => {
    writeTree(root, infiniband({ [`${port}/counters/port_xmit_wait`]: '4294967296000' }));
    const { frame } = await readNow(await open());
    expect(values(frame).xmitWaitTicks).toBe(4_294_967_296_000n);
    expect(frame.counters.find(({ counter }) => counter === 'xmitWaitTicks')).toMatchObject({
      widthBits: 64,
      saturates: false,
    });
  });

  it('is down when the port is not active', async () => {
    writeTree(root, infiniband({ [`${port}/state`]: '2: INIT' }));
    expect((await readNow(await open())).frame.linkUp[0]).toBe(0);
  });
});

describe('host reader on other drivers', () => {
  it('bnxt: queues add up to the port, durations are microseconds', async () => {
    const statistics: Record<string, number> = {
      continuous_pause_events: 1,
      continuous_roce_pause_events: 2,
      pfc_pri5_rx_duration_us: 500,
      pfc_pri5_tx_duration_us: 600,
      pfc_pri5_rx_transitions: 7,
      rx_pfc_ena_frames_pri5: 8,
      tx_pfc_ena_frames_pri5: 9,
      rx_stat_discard: 4,
      tx_stat_discard: 6,
      rx_total_frames: 31,
      rx_corrected_bits: 11,
      link_down_events: 12,
    };
    // Priorities 0 to 2 and 4 to 7 share a queue: the driver tells its bytes for each of them.
    for (let p = 0; p < 8; p++) statistics[`rx_bytes_pri${p}`] = p === 3 ? 700 : 128;
    for (let queue = 0; queue < 8; queue++) statistics[`rx_bytes_cos${queue}`] = [128, 0, 0, 0, 700][queue] ?? 0;
    writeTree(root, {
      'class/infiniband/bnxt_re0/ports/1/link_layer': 'Ethernet',
      'class/infiniband/bnxt_re0/ports/1/hw_counters/tx_cnp_pkts': 21,
      'class/infiniband/bnxt_re0/ports/1/hw_counters/rx_cnp_pkts': 22,
      'class/infiniband/bnxt_re0/ports/1/hw_counters/rx_ecn_marked_pkts': 23,
      'class/infiniband/bnxt_re0/ports/1/hw_counters/oos_drop_count': 24,
      'class/infiniband/bnxt_re0/ports/1/hw_counters/to_retransmits': 25,
      'class/infiniband/bnxt_re0/ports/1/hw_counters/rx_out_of_buffer': 26,
      'class/infiniband/bnxt_re0/device/net/ens2/type': 1,
      'class/net/ens2/type': 1,
      'class/net/ens2/device/uevent': '',
      'ethtool/ens2': ethtoolText(statistics),
    });
    const { frame } = await readNow(await open());
    expect(frame.ports).toEqual(['bnxt_re0']);
    expect(values(frame)).toMatchObject({
      rxBytes: 828n,
      'rxBytes/2': 128n,
      'rxBytes/3': 700n,
      rxPackets: 31n,
      'rxPauseUs/5': 500n,
      'txPauseUs/5': 600n,
      'rxPauseTransitions/5': 7n,
      'rxPauseFrames/5': 8n,
      'txPauseFrames/5': 9n,
      pauseStorms: 3n,
      drops: 10n,
      correctedBits: 11n,
      linkDowns: 12n,
      cnpSent: 21n,
      cnpHandled: 22n,
      ecnMarkedPackets: 23n,
      outOfSequence: 24n,
      ackTimeouts: 25n,
      outOfBuffer: 26n,
    });
  });

  it('bnxt newer names, irdma, ionic: both spellings are known', async () => {
    const hw = (device: string, name: string) => `class/infiniband/${device}/ports/1/hw_counters/${name}`;
    writeTree(root, {
      [hw('bnxt_re0', 'np_cnp_pkts')]: 1,
      [hw('bnxt_re0', 'local_ack_timeout_err')]: 2,
      [hw('irdma0', 'cnpSent')]: 3,
      [hw('irdma0', 'cnpHandled')]: 4,
      [hw('irdma0', 'RxECNMrkd')]: 5,
      [hw('irdma0', 'RNR sent')]: 6,
      [hw('ionic_0', 'tx_rdma_cnp_pkts')]: 7,
      [hw('ionic_0', 'resp_rx_outouf_seq')]: 8,
      [hw('ionic_0', 'resp_rx_outof_buf')]: 9,
      'class/infiniband/irdma0/ports/1/gid_attrs/ndevs/0': 'ens3',
      'class/net/ens3/type': 1,
      'class/net/ens3/device/uevent': '',
      'ethtool/ens3': ethtoolText({
        'rx_bytes.nic': 1000,
        'tx_bytes.nic': 2000,
        'rx_priority_3_xoff.nic': 5,
        'rx_priority_3_xon.nic': 4,
        'tx_priority_3_xoff.nic': 3,
        'tx_priority_3_xon.nic': 2,
      }),
    });
    const { frame } = await readNow(await open());
    expect(frame.ports).toEqual(['bnxt_re0', 'ionic_0', 'irdma0']);
    expect(values(frame, 0)).toEqual({ cnpSent: 1n, ackTimeouts: 2n });
    expect(values(frame, 1)).toEqual({ cnpSent: 7n, outOfSequence: 8n, outOfBuffer: 9n });
    expect(values(frame, 2)).toEqual({
      rxBytes: 1000n,
      txBytes: 2000n,
      cnpSent: 3n,
      cnpHandled: 4n,
      ecnMarkedPackets: 5n,
      outOfBuffer: 6n,
      'rxPauseFrames/3': 9n,
      'rxPauseTransitions/3': 4n,
      'txPauseFrames/3': 5n,
      'txPauseTransitions/3': 2n,
    });
  });

  it('ionic: pause of every priority in microseconds, frames of both kinds of pause together', async () => {
    const hw = 'class/infiniband/ionic_0/ports/1/hw_counters';
    writeTree(root, {
      'class/infiniband/ionic_0/ports/1/link_layer': 'Ethernet',
      'class/infiniband/ionic_0/ports/1/gid_attrs/ndevs/0': 'enp9s0',
      [`${hw}/rx_rdma_cnp_pkts`]: 1,
      [`${hw}/rx_rdma_ecn_pkts`]: 2,
      'class/net/enp9s0/type': 1,
      'class/net/enp9s0/device/uevent': '',
      'ethtool/enp9s0': ethtoolText({
        tx_bytes: 11,
        octets_rx_ok: 12,
        octets_rx_all: 13,
        octets_tx_total: 14,
        frames_rx_all: 15,
        frames_tx_all: 16,
        frames_rx_pri_3: 17,
        frames_rx_pause: 0,
        frames_rx_pripause: 18,
        frames_tx_pripause: 19,
        rx_pripause_3_1us_count: 20,
        tx_pripause_3_1us_count: 21,
        rx_pause_1us_count: 22,
        frames_rx_dropped: 23,
        frames_rx_bad_fcs: 24,
      }),
    });
    expect(values((await readNow(await open())).frame)).toEqual({
      rxBytes: 13n,
      txBytes: 14n,
      rxPackets: 15n,
      txPackets: 16n,
      'rxPackets/3': 17n,
      rxPauseFrames: 18n,
      txPauseFrames: 19n,
      'rxPauseUs/3': 20n,
      'txPauseUs/3': 21n,
      rxPauseUs: 22n,
      drops: 23n,
      rxErrors: 24n,
      cnpHandled: 1n,
      ecnMarkedPackets: 2n,
    });
  });

  it('ice and irdma of the third generation: link pause, drops, timeouts', async () => {
    const hw = 'class/infiniband/irdma0/ports/1/hw_counters';
    writeTree(root, {
      'class/infiniband/irdma0/ports/1/gid_attrs/ndevs/0': 'ens3',
      [`${hw}/RTO`]: 1,
      [`${hw}/Rcvd Out of order packets`]: 2,
      'class/net/ens3/type': 1,
      'class/net/ens3/device/uevent': '',
      'ethtool/ens3': ethtoolText({
        'rx_unicast.nic': 10,
        'rx_multicast.nic': 11,
        'rx_broadcast.nic': 12,
        'link_xoff_rx.nic': 13,
        'link_xon_rx.nic': 14,
        'rx_dropped.nic': 15,
        'rx_crc_errors.nic': 16,
      }),
    });
    expect(values((await readNow(await open())).frame)).toEqual({
      rxPackets: 33n,
      rxPauseFrames: 27n,
      drops: 15n,
      rxErrors: 16n,
      ackTimeouts: 1n,
      outOfSequence: 2n,
    });
  });

  it('EFA: counters of the port, none of RoCE', async () => {
    const hw = 'class/infiniband/rdmap0s6/ports/1/hw_counters';
    writeTree(root, {
      [`${hw}/tx_bytes`]: 1,
      [`${hw}/rx_bytes`]: 2,
      [`${hw}/tx_pkts`]: 3,
      [`${hw}/rx_pkts`]: 4,
      [`${hw}/rx_drops`]: 5,
      [`${hw}/retrans_timeout_events`]: 6,
    });
    expect(values((await readNow(await open())).frame)).toEqual({
      txBytes: 1n,
      rxBytes: 2n,
      txPackets: 3n,
      rxPackets: 4n,
      drops: 5n,
      ackTimeouts: 6n,
    });
  });
});

describe('ports of a host', () => {
  const net = (name: string, files: Record<string, string | number> = {}) =>
    Object.fromEntries(
      Object.entries({ type: 1, operstate: 'up', ...files }).map(([file, value]) => [
        `class/net/${name}/${file}`,
        value,
      ]),
    );
  const names = (wanted?: string[]) => discoverPorts(root, wanted).map((port) => port.name);

  it('takes physical interfaces and leaves out loopback, bridges and virtual functions', () => {
    writeTree(root, {
      ...net('eth0', { 'device/uevent': '' }),
      ...net('br0'),
      ...net('lo', { type: 772 }),
      ...net('eth0v1', { 'device/physfn/uevent': '' }),
    });
    expect(names()).toEqual(['eth0']);
  });

  it('takes interfaces that are up where none is physical', () => {
    writeTree(root, { ...net('eth0'), ...net('ifb0', { operstate: 'down' }), ...net('lo', { type: 772 }) });
    expect(names()).toEqual(['eth0']);
  });

  it('takes what is asked for, by either name', () => {
    writeTree(root, { ...roceTree(), ...net('eth0', { 'device/uevent': '' }), ...net('br0') });
    expect(names(['ens1*'])).toEqual(['mlx5_0']);
    expect(names(['br0', 'mlx5_*'])).toEqual(['mlx5_0', 'br0']);
    expect(names()).toEqual(['mlx5_0', 'eth0']);
  });

  it('numbers the ports of a device that has several, in their order', () => {
    writeTree(root, {
      'class/infiniband/mlx4_0/ports/2/state': '4: ACTIVE',
      'class/infiniband/mlx4_0/ports/10/state': '',
      'class/infiniband/mlx4_0/ports/1/state': '',
    });
    expect(names()).toEqual(['mlx4_0/1', 'mlx4_0/2', 'mlx4_0/10']);
  });

  it('takes virtual functions where they are all there is: a container sees its own', () => {
    const vf = roceTree({ 'class/infiniband/mlx5_0/device/physfn/uevent': '' });
    writeTree(root, { ...vf, ...net('ens1np0', { 'device/physfn/uevent': '', operstate: 'up' }) });
    expect(names()).toEqual(['mlx5_0']);
    writeTree(root, net('eth0', { 'device/uevent': '' }));
    expect(names()).toEqual(['eth0']);
  });

  it('shows a bonded RDMA device beside the ports it is made of', () => {
    const bonded = 'class/infiniband/mlx5_bond_0';
    writeTree(root, {
      [`${bonded}/ports/1/state`]: '4: ACTIVE',
      [`${bonded}/ports/1/link_layer`]: 'Ethernet',
      [`${bonded}/ports/1/gid_attrs/ndevs/0`]: 'bond0',
      ...net('bond0'),
      ...net('ens1f0np0', { 'device/uevent': '' }),
      ...net('ens1f1np1', { 'device/uevent': '' }),
    });
    expect(names()).toEqual(['mlx5_bond_0', 'ens1f0np0', 'ens1f1np1']);
  });

  it('survives links that lead nowhere', () => {
    mkdirSync(join(root, 'class/net'), { recursive: true });
    symlinkSync('/nowhere', join(root, 'class/net/ghost'));
    expect(names()).toEqual(['ghost']);
  });
});
