import { describe, expect, it } from 'vitest';
import { TotalCounters } from '../../../demo/fabric/totals.ts';
import { freshFabric } from './small-cluster.ts';

describe('64-bit totals', () => {
  it('are exact beyond what a double holds, and wrap at 2^64', () => {
    const { network } = freshFabric().fabric;
    const totals = new TotalCounters(network, () => 2n ** 64n - 5n);
    network.counters.rxBytes[0] = 4.75;
    expect(totals.read(0, 'rxBytes')).toBe(2n ** 64n - 1n);
    network.counters.rxBytes[0] = 7.25;
    expect(totals.read(0, 'rxBytes')).toBe(2n);
  });

  it('lose nothing when whole numbers move over', () => {
    const { network } = freshFabric().fabric;
    const totals = new TotalCounters(network, () => 1n);
    let expected = 1n;
    for (let i = 0; i < 50; i++) {
      const step = 2 ** 44 + 12_345;
      network.counters.txBytes[3] = (network.counters.txBytes[3] ?? 0) + step;
      expected += BigInt(step);
      expect(totals.read(3, 'txBytes')).toBe(expected);
    }
    expect(network.counters.txBytes[3]).toBeLessThan(2 ** 46);
  });
});
