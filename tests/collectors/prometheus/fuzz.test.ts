import { expect, it } from 'vitest';
import { readTargets } from '../../../collectors/prometheus/discover.ts';
import { FabricError } from '../../../lib/errors.ts';
import { NODE_PAGE, reader, TIME } from './pages.ts';

/** Mulberry32: the same pages in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SPICE = [
  '"',
  '\\',
  '{',
  '}',
  '\n',
  ' ',
  ',',
  '=',
  '#',
  '\0',
  'NaN',
  '1e999',
  '-',
  '# EOF',
  '\xff',
  '9'.repeat(40),
];

function mutate(page: string, next: () => number): string {
  let text = page;
  const times = 1 + Math.floor(next() * 4);
  for (let i = 0; i < times; i++) {
    const at = Math.floor(next() * text.length);
    const end = Math.min(text.length, at + Math.floor(next() * 60));
    const kind = next();
    const spice = SPICE[Math.floor(next() * SPICE.length)]!;
    if (kind < 0.3) text = text.slice(0, at) + text.slice(end);
    else if (kind < 0.7) text = text.slice(0, at) + spice + text.slice(at);
    else if (kind < 0.85) text = text.slice(0, at) + text.slice(at, end) + text.slice(at);
    else text = text.slice(0, at);
  }
  return text;
}

it('3000 damaged pages are read or refused with a reason, and the next good one is read whole', () => {
  const next = random(20261122);
  const pages = reader();
  const expected = pages.read(Buffer.from(NODE_PAGE), 'text', TIME).frames[0]!;
  for (let round = 0; round < 3000; round++) {
    const format = next() < 0.5 ? 'text' : 'openmetrics';
    try {
      for (const frame of pages.read(Buffer.from(mutate(NODE_PAGE, next), 'latin1'), format, TIME).frames) {
        expect(new Set(frame.ports).size).toBe(frame.ports.length);
        for (const column of frame.counters) expect(column.present.length).toBe(frame.ports.length);
        for (const at of frame.atMs) expect(Number.isNaN(at) || Math.abs(at - TIME.atMs) <= 86_400_000).toBe(true);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(FabricError);
      expect((error as Error).message.length).toBeGreaterThan(10);
    }
  }
  const last = pages.read(Buffer.from(NODE_PAGE), 'text', TIME).frames[0]!;
  for (const port of expected.ports) expect(last.ports).toContain(port);
});

it('500 damaged target lists are read or refused naming the list', () => {
  const next = random(7);
  const list = JSON.stringify([{ targets: ['10.0.0.1:9100', 'gpu07:9100'], labels: { device: 'gpu07' } }]);
  for (let round = 0; round < 500; round++) {
    try {
      for (const { url, device } of readTargets(mutate(list, next), 'list.json')) {
        expect(url.protocol).toMatch(/^https?:$/);
        expect(device).not.toBe('');
      }
    } catch (error) {
      expect(error).toBeInstanceOf(FabricError);
      expect((error as Error).message).toContain('list.json');
    }
  }
});
