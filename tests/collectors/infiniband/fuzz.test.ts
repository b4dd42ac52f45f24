import { expect, it } from 'vitest';
import { buildFabric } from '../../../collectors/infiniband/fabric.ts';
import { parseLinkHints, parsePerfquery, parseTopology } from '../../../collectors/infiniband/parse.ts';
import { EXTENDED, LINKINFO, TOPOLOGY } from './outputs.ts';

/** Mulberry32: the same texts in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SPICE = ["'", ' - ', '\n', '0x', 'N/A', '\0', '99999999999999999999999', '-1', ' ', '[', ')', '\xff'];

function mutate(text: string, next: () => number): string {
  let result = text;
  for (let times = 1 + Math.floor(next() * 4); times > 0; times--) {
    const at = Math.floor(next() * result.length);
    const spice = SPICE[Math.floor(next() * SPICE.length)]!;
    const cut = next() < 0.5 ? Math.floor(next() * 30) : 0;
    result = result.slice(0, at) + spice + result.slice(at + cut);
  }
  return result;
}

it('3000 damaged outputs give ports with names of their own, or none', () => {
  const next = random(20261122);
  for (let round = 0; round < 3000; round++) {
    const { ports } = parseTopology(mutate(TOPOLOGY, next));
    const fabric = buildFabric(ports, parseLinkHints(mutate(LINKINFO, next)), {});
    const names = fabric.ports.map(({ device, port }) => `${device}\n${port}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { linkRateBitsPerSec } of fabric.ports) expect(linkRateBitsPerSec).not.toBe(0);
    for (const { values } of parsePerfquery(mutate(EXTENDED, next))) {
      for (const { high, low } of values.values()) {
        expect(high >>> 0).toBe(high);
        expect(low >>> 0).toBe(low);
      }
    }
  }
});
