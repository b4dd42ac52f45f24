import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverPorts } from '../../../collectors/host/discover.ts';
import { statisticsReader } from '../../../collectors/host/ethtool.ts';
import { planPort } from '../../../collectors/host/plan.ts';
import { HostReader } from '../../../collectors/host/read.ts';
import { TreeReader } from '../../../collectors/host/tree.ts';
import { roceTree, writeTree } from './trees.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'host-tree-'));
  const { 'ethtool/ens1np0': _, ...tree } = roceTree();
  writeTree(root, tree);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const HW = 'class/infiniband/mlx5_0/ports/1/hw_counters';

function readerOf(tree: TreeReader): HostReader {
  const plans = discoverPorts(root, undefined).map((port) => planPort(root, port, []));
  return new HostReader('gpu07', tree, statisticsReader(root, true), plans);
}

/** Puts a pipe in the place of a file. */
function pipe(path: string): void {
  execFileSync('mkfifo', [`${path}.pipe`]);
  renameSync(`${path}.pipe`, path);
}

describe('files that do not answer', () => {
  it('a pipe nobody writes to costs its own value only', async () => {
    pipe(join(root, HW, 'np_cnp_sent'));
    pipe(join(root, 'class/net/ens1np0/speed'));
    const { frame, problems } = await readerOf(new TreeReader(root)).read(() => 5000, undefined);
    expect(problems).toEqual(['mlx5_0: np_cnp_sent is no number']);
    const given = frame.counters.filter(({ present }) => present[0] === 1).map(({ counter }) => counter);
    expect(given).toContain('cnpHandled');
    expect(given).not.toContain('cnpSent');
    // The RDMA port tells the rate as well.
    expect(frame.linkRateBitsPerSec[0]).toBe(400e9);
  });

  it('so does a pipe whose writer is silent', async () => {
    const path = join(root, HW, 'np_cnp_sent');
    pipe(path);
    const writer = openSync(path, constants.O_RDWR);
    try {
      const { problems } = await readerOf(new TreeReader(root)).read(() => 5000, undefined);
      expect(problems).toEqual(['mlx5_0: np_cnp_sent: EAGAIN']);
    } finally {
      closeSync(writer);
    }
  });

  it('a file that hangs is left alone until it answers', async () => {
    const path = join(root, HW, 'np_cnp_sent');
    let answer: () => void = () => {};
    const tree = new TreeReader(root, (asked) =>
      asked === path ? new Promise((resolve) => (answer = resolve)) : Promise.resolve(),
    );
    const reader = readerOf(tree);
    const paths = [path, join(root, HW, 'rp_cnp_handled')];
    await tree.probe(paths, 1);
    expect((await reader.read(() => 5000, undefined)).problems).toEqual(['mlx5_0: np_cnp_sent: does not answer']);
    answer();
    await Promise.resolve();
    await tree.probe(paths, 1);
    answer();
    await Promise.resolve();
    expect((await reader.read(() => 6000, undefined)).problems).toEqual([]);
  });

  it('does not give all its threads to files that hang', async () => {
    const asked: string[] = [];
    const tree = new TreeReader(root, (path) => {
      asked.push(path);
      return new Promise(() => {});
    });
    await tree.probe(['a', 'b'], 1);
    await tree.probe(['a', 'b', 'c'], 1);
    expect(asked).toEqual(['a', 'b']);
    expect(() => tree.read('a')).toThrow('does not answer');
  });
});

describe('link speed', () => {
  it('is asked again when the link was down, and now and then', async () => {
    const reader = readerOf(new TreeReader(root));
    const rate = async () => (await reader.read(() => 5000, undefined)).frame.linkRateBitsPerSec[0];
    expect(await rate()).toBe(400e9);
    writeFileSync(join(root, 'class/net/ens1np0/speed'), '200000');
    expect(await rate()).toBe(400e9);
    writeFileSync(join(root, 'class/net/ens1np0/carrier_down_count'), '3');
    expect(await rate()).toBe(200e9);
    writeFileSync(join(root, 'class/net/ens1np0/speed'), '100000');
    const rates = [];
    for (let poll = 0; poll < 12; poll++) rates.push(await rate());
    expect(new Set(rates)).toEqual(new Set([200e9, 100e9]));
    expect(rates.at(-1)).toBe(100e9);
  });

  it('is told by the RDMA port where the interface is in a container', async () => {
    rmSync(join(root, 'class/net'), { recursive: true });
    const { frame } = await readerOf(new TreeReader(root)).read(() => 5000, undefined);
    expect([frame.linkUp[0], frame.linkRateBitsPerSec[0]]).toEqual([1, 400e9]);
  });
});
