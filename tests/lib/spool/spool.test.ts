import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crc32, crc32ByTable } from '../../../lib/spool/crc32.ts';
import { Spool } from '../../../lib/spool/spool.ts';
import type { SpoolOptions } from '../../../lib/spool/types.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spool-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (options: Partial<SpoolOptions> = {}) => Spool.open({ directory, ...options });
const put = (spool: Spool, ...texts: string[]) => {
  for (const text of texts) spool.append(Buffer.from(text));
};
const heads = (spool: Spool, maxBytes = 1000) =>
  spool.peek(maxBytes)?.records.map((record) => record.payload.toString());
const drain = (spool: Spool, maxBytes = 64) => {
  const texts: string[] = [];
  for (let batch = spool.peek(maxBytes); batch !== undefined; batch = spool.peek(maxBytes)) {
    texts.push(...batch.records.map((record) => record.payload.toString()));
    spool.ack(batch);
  }
  return texts;
};
const segments = () =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.seg'))
    .sort();

describe('crc32', () => {
  it('gives the check value of CRC-32 with and without zlib', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
    expect(crc32ByTable(Buffer.from('123456789'))).toBe(0xcbf43926);
    for (const crc of [crc32, crc32ByTable])
      expect(crc(Buffer.from('56789'), crc(Buffer.from('1234')))).toBe(0xcbf43926);
  });
});

describe('spool', () => {
  it('gives records back in order, again until they are acknowledged', () => {
    const spool = open();
    put(spool, 'a', 'b', 'c');
    expect(heads(spool)).toEqual(['a', 'b', 'c']);
    const batch = spool.peek(26);
    expect(batch?.records.length).toBe(2);
    if (batch) spool.ack(batch);
    expect(heads(spool)).toEqual(['c']);
  });

  it('gives at least one record, however large', () => {
    const spool = open();
    put(spool, 'x'.repeat(5000), 'y');
    expect(heads(spool, 10)).toEqual(['x'.repeat(5000)]);
  });

  it('goes on after a process that ended without a word', () => {
    const first = open();
    put(first, 'a', 'b');
    const batch = first.peek(1);
    if (batch) first.ack(batch);
    const second = open();
    put(second, 'c');
    expect(drain(second)).toEqual(['b', 'c']);
    expect(open().peek(10)).toBeUndefined();
  });

  it('drops a torn tail and keeps what stands before it', () => {
    const first = open();
    put(first, 'whole', 'torn');
    const path = join(directory, segments()[0] ?? '');
    truncateSync(path, statSync(path).size - 2);
    const second = open();
    put(second, 'next');
    expect(drain(second)).toEqual(['whole', 'next']);
  });

  it('drops noise behind the last whole record', () => {
    put(open(), 'whole');
    appendFileSync(join(directory, segments()[0] ?? ''), Buffer.from('ff00ff00ff00ff00ff00ff00ff', 'hex'));
    expect(drain(open())).toEqual(['whole']);
  });

  it('sends again rather than lose when the cursor file is damaged', () => {
    const first = open();
    put(first, 'a', 'b');
    const batch = first.peek(1);
    if (batch) first.ack(batch);
    writeFileSync(join(directory, 'cursor'), Buffer.alloc(64, 7));
    expect(drain(open())).toEqual(['a', 'b']);
  });

  it('keeps the other slot when a cursor write was cut off', () => {
    const first = open();
    put(first, 'a', 'b', 'c');
    for (const _ of [1, 2]) {
      const batch = first.peek(1);
      if (batch) first.ack(batch);
    }
    // The second acknowledgement went to slot 0: break it, the first one in slot 1 counts.
    const bytes = readFileSync(join(directory, 'cursor'));
    bytes.fill(9, 0, 10);
    writeFileSync(join(directory, 'cursor'), bytes);
    expect(drain(open())).toEqual(['b', 'c']);
  });

  it('lets the oldest go when it is full, counts it and says so', () => {
    const said: [number, string][] = [];
    const spool = open({ maxBytes: 4000, segmentBytes: 500, onDropped: (items, reason) => said.push([items, reason]) });
    for (let index = 0; index < 100; index++) put(spool, `${index}`.padEnd(100, '.'));
    const kept = drain(spool).map((text) => Number.parseInt(text, 10));
    expect(kept.at(-1)).toBe(99);
    expect(kept[0]).toBe(100 - kept.length);
    expect(spool.stats().droppedItems.full).toBe(100 - kept.length);
    expect(said.every(([, reason]) => reason === 'full')).toBe(true);
    const onDisk = segments().reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
    expect(onDisk).toBeLessThanOrEqual(4000);
  });

  it('ignores the acknowledgement of a batch that had to go meanwhile', () => {
    const spool = open({ maxBytes: 1000, segmentBytes: 200 });
    put(spool, 'first'.padEnd(150, '.'));
    const old = spool.peek(1);
    for (let index = 0; index < 20; index++) put(spool, `${index}`.padEnd(150, '.'));
    const before = heads(spool);
    if (old) spool.ack(old);
    expect(heads(spool)).toEqual(before);
  });

  it('removes segments that are done with', () => {
    const spool = open({ segmentBytes: 100 });
    for (let index = 0; index < 20; index++) put(spool, 'x'.repeat(60));
    expect(segments().length).toBeGreaterThan(10);
    drain(spool);
    expect(segments().length).toBe(1);
  });

  it('steps over damage in a segment, counts it and goes on with the next', () => {
    const spool = open({ segmentBytes: 60 });
    put(spool, 'a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40));
    const path = join(directory, segments()[0] ?? '');
    const bytes = readFileSync(path);
    bytes[20] = (bytes[20] ?? 0) ^ 0xff;
    writeFileSync(path, bytes);
    expect(drain(spool)).toEqual(['b'.repeat(40), 'c'.repeat(40)]);
    expect(spool.stats().droppedItems.damaged).toBe(1);
    put(spool, 'd');
    expect(drain(spool)).toEqual(['d']);
  });

  it('wakes who waits when a record arrives, and when told to stop', async () => {
    const spool = open();
    const stop = new AbortController();
    const woken = spool.available(stop.signal);
    put(spool, 'a');
    await woken;
    drain(spool);
    const stopped = spool.available(stop.signal);
    stop.abort();
    await stopped;
  });

  it('loses and repeats nothing, whatever the order of appending, sending and reopening', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('append', 'send', 'reopen'), { maxLength: 60 }),
        fc.integer({ min: 40, max: 400 }),
        (actions, segmentBytes) => {
          rmSync(directory, { recursive: true, force: true });
          let spool = open({ segmentBytes });
          let next = 0;
          const received: string[] = [];
          for (const action of actions) {
            if (action === 'append') put(spool, `record ${next++}`);
            else if (action === 'reopen') spool = open({ segmentBytes });
            else {
              const batch = spool.peek(30);
              if (!batch) continue;
              received.push(...batch.records.map((record) => record.payload.toString()));
              spool.ack(batch);
            }
          }
          received.push(...drain(spool));
          expect(received).toEqual(Array.from({ length: next }, (_, index) => `record ${index}`));
        },
      ),
      { numRuns: 60 },
    );
  });
});
