import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStatistics, StatisticsIndex, statisticNames } from '../../../collectors/host/statistics.ts';
import { ethtoolText } from './trees.ts';

const all = (text: string) => {
  const found: Record<string, bigint | undefined> = {};
  readStatistics(Buffer.from(text), (name, value) => {
    found[name] = value?.bigint;
  });
  return found;
};

describe('driver statistics', () => {
  it('reads names with colons, blanks and brackets, and values that are none', () => {
    expect(all(ethtoolText({ rx: 1, '[0]: rx_ucast_packets': 2, 'RNR sent': 3, odd: 'N/A', signed: -1 }))).toEqual({
      rx: 1n,
      '[0]: rx_ucast_packets': 2n,
      'RNR sent': 3n,
      odd: undefined,
      signed: undefined,
    });
    expect(all('')).toEqual({});
    expect(all('no stats available\n')).toEqual({});
    expect(statisticNames(Buffer.from(ethtoolText({ a: 1, b: 2 })))).toEqual(['a', 'b']);
  });

  const wanted = new Map([
    ['b', 0],
    ['d', 1],
    ['[1]: x', 2],
  ]);
  const viaIndex = (index: StatisticsIndex, text: string) => {
    const found: Record<number, bigint> = {};
    index.read(Buffer.from(text), (term, value) => {
      found[term] = value.bigint;
    });
    return found;
  };

  it('finds the wanted ones again, also when the driver prints others or in another order', () => {
    const index = new StatisticsIndex(wanted);
    const texts = [
      ethtoolText({ a: 1, b: 2, c: 3, d: 4, '[1]: x': 5 }),
      ethtoolText({ a: 1, b: 20, c: 3, d: 40, '[1]: x': 50 }),
      ethtoolText({ b: 7, a: 1, d: 8 }),
      ethtoolText({ b: 9, a: 1, d: 'N/A', '[1]: x': 6 }),
      'NIC statistics:\n',
      ethtoolText({ bb: 1, b: 3 }),
      'NIC statistics:\n b: 1\nd: 4',
      ethtoolText({ a: 1, b: 2, c: 3, d: 4, '[1]: x': 5 }),
    ];
    expect(texts.map((text) => viaIndex(index, text))).toEqual([
      { 0: 2n, 1: 4n, 2: 5n },
      { 0: 20n, 1: 40n, 2: 50n },
      { 0: 7n, 1: 8n },
      { 0: 9n, 2: 6n },
      {},
      { 0: 3n },
      { 0: 1n },
      { 0: 2n, 1: 4n, 2: 5n },
    ]);
  });

  it('gives what a plain reading gives, whatever comes', () => {
    const value = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(String), fc.constantFrom('N/A', '', '-1'));
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'bb', 'c', 'd', '[1]: x', '[1]: y', 'e', 'f'));
    // A driver prints the same names with new values, or (after a change of its settings) more or fewer of them.
    const change = fc.record({
      names: fc.option(names, { freq: 3, nil: undefined }),
      values: fc.array(value, { minLength: 9, maxLength: 9 }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), (changes) => {
        const index = new StatisticsIndex(wanted);
        let printed = ['a', 'b', 'c', 'd'];
        for (const { names: next, values } of changes) {
          if (next !== undefined && next.length !== printed.length) printed = next;
          const text = ethtoolText(Object.fromEntries(printed.map((name, at) => [name, values[at] ?? '0'])));
          expect(viaIndex(index, text)).toEqual(viaIndex(new StatisticsIndex(wanted), text));
        }
      }),
    );
  });
});
