import { describe, expect, it } from 'vitest';
import { ownsKey, parseShard } from '../../../lib/collect/shard.ts';

const targets = Array.from({ length: 900 }, (_, index) => `switch-${index}`);
const ownerOf = (key: string, count: number) => {
  const owners = Array.from({ length: count }, (_, index) => index + 1).filter((index) =>
    ownsKey(key, { index, count }),
  );
  expect(owners.length).toBe(1);
  return owners[0];
};

describe('shards', () => {
  it('gives every target to exactly one collector, in fair shares', () => {
    const shares = new Map<number, number>();
    for (const key of targets) {
      const owner = ownerOf(key, 3) ?? 0;
      shares.set(owner, (shares.get(owner) ?? 0) + 1);
    }
    for (const share of shares.values()) expect(Math.abs(share - 300)).toBeLessThan(60);
  });

  it('moves only what the new collector takes', () => {
    for (const key of targets) {
      const before = ownerOf(key, 3);
      const after = ownerOf(key, 4);
      if (after !== 4) expect(after).toBe(before);
    }
  });

  it('reads i/n and refuses anything else', () => {
    expect(parseShard('2/5')).toEqual({ index: 2, count: 5 });
    for (const text of ['0/3', '4/3', '1', 'a/b', '1/0', '']) expect(() => parseShard(text)).toThrow(/is not a shard/);
  });
});
