import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import type { Sample } from '../../lib/samples/sample.ts';
import { Spool } from '../../lib/spool/spool.ts';
import { openEmbeddedStore } from '../../lib/store/duckdb/index.ts';

const KIB = 1024;
const HOUR_MS = 3_600_000;

let disk: string;
let mounted = false;

/** A small file system of its own, which only root may make: without the right to, these tests say that they did not run. */
function canMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'mount-'));
  const made = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory]).status === 0;
  if (made) execFileSync('umount', [directory]);
  rmSync(directory, { recursive: true, force: true });
  return made;
}

function mount(options: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
  mounted = true;
}

/** Takes all room that is left. */
function fill(): void {
  const block = Buffer.alloc(4 * KIB);
  for (let n = 0; ; n++) {
    try {
      writeFileSync(join(disk, `ballast-${n}`), block);
    } catch {
      return;
    }
  }
}

const free = () => execFileSync('sh', ['-c', `rm -f "${disk}"/ballast-*`]);

beforeAll(() => {
  disk = mkdtempSync(join(tmpdir(), 'full-disk-'));
});
afterEach(() => {
  if (mounted) execFileSync('umount', ['-l', disk]);
  mounted = false;
});
afterAll(() => rmSync(disk, { recursive: true, force: true }));

describe.skipIf(!canMount())('a full disk (needs the right to mount a tmpfs)', () => {
  it('costs the spool what comes meanwhile, counted, and nothing before or after', () => {
    mount('size=256k');
    const dropped: string[] = [];
    const spool = Spool.open({
      directory: join(disk, 'spool'),
      segmentBytes: 16 * KIB,
      onDropped: (_, reason) => dropped.push(reason),
    });
    const put = (from: number, to: number) => {
      let kept = 0;
      for (let n = from; n < to; n++) if (spool.append(Buffer.from(`${n} `.padEnd(2000, '.')))) kept++;
      return kept;
    };
    const before = put(0, 20);
    expect(before).toBe(20);
    fill();
    // The segment being written may have some room in its last page; a new one has none.
    const during = put(20, 60);
    expect(during).toBeLessThan(20);
    expect(spool.stats().droppedItems.disk).toBe(40 - during);
    expect(new Set(dropped)).toEqual(new Set(['disk']));
    // What is waiting can be sent and acknowledged while nothing can be written.
    const first = spool.peek(1);
    expect(first?.body.toString('latin1', 0, 2)).toBe('0 ');
    if (first) spool.ack(first);
    free();
    expect(put(60, 80)).toBe(20);
    const numbers: number[] = [];
    for (let batch = spool.peek(64 * KIB); batch !== undefined; batch = spool.peek(64 * KIB)) {
      for (const { payload } of batch.records) numbers.push(Number.parseInt(payload.toString('latin1', 0, 5), 10));
      spool.ack(batch);
    }
    spool.close();
    expect(numbers.slice(0, 19)).toEqual(Array.from({ length: 19 }, (_, n) => n + 1));
    expect(numbers.slice(-20)).toEqual(Array.from({ length: 20 }, (_, n) => n + 60));
    expect(numbers.length).toBe(19 + during + 20);
  });

  it('does not keep the spool from being opened', () => {
    mount('size=64k');
    mkdirSync(join(disk, 'spool'));
    fill();
    const spool = Spool.open({ directory: join(disk, 'spool') });
    expect(spool.append(Buffer.alloc(500))).toBe(false);
    free();
    expect(spool.append(Buffer.alloc(500))).toBe(true);
    const batch = spool.peek(1);
    if (batch) spool.ack(batch);
    expect(spool.stats().items).toBe(0);
    spool.close();
    expect(Spool.open({ directory: join(disk, 'spool') }).stats().items).toBe(0);
  });

  it('without room for another file keeps the segment that is open', () => {
    mount('size=256k,nr_inodes=5');
    const spool = Spool.open({ directory: join(disk, 'spool'), segmentBytes: 4 * KIB });
    const put = () => spool.append(Buffer.alloc(1500, 'x'));
    // Root, directory, cursor, first segment: one more segment, then none.
    const kept = Array.from({ length: 12 }, put);
    expect(kept.slice(0, 4)).toEqual([true, true, true, true]);
    expect(kept.slice(-4)).toEqual([false, false, false, false]);
    const batch = spool.peek(100 * KIB);
    if (batch) spool.ack(batch);
    expect(put()).toBe(true);
    spool.close();
  });

  it('refuses the store its writes, and takes them once there is room', async () => {
    mount('size=6m');
    const startMs = Date.UTC(2026, 10, 22, 12, 0, 0);
    const directory = join(disk, 'store');
    mkdirSync(directory);
    const store = await openEmbeddedStore(directory, { clock: new ManualClock(startMs + HOUR_MS) });
    const samples = (from: number, count: number): Sample[] =>
      Array.from({ length: count }, (_, n) => ({
        device: 'leaf1',
        port: `Ethernet${n % 64}`,
        startMs: startMs + (from + n) * 1000,
        endMs: startMs + (from + n + 1) * 1000,
        quality: 'exact',
        fields: { txBytesPerSec: (from + n) / 7, rxBytesPerSec: (from + n) / 11 },
      }));
    try {
      await store.samples.write(samples(0, 100));
      fill();
      let refused = 0;
      // Each hour needs a file of its own: the next one cannot be made.
      for (let attempt = 0; attempt < 3; attempt++) {
        await store.samples.write(samples(3600 + attempt * 64, 64)).catch(() => refused++);
      }
      expect(refused).toBe(3);
      free();
      await store.samples.write(samples(3600, 64));
      await store.samples.write(samples(100, 100));
      const filter = { device: 'leaf1', port: 'Ethernet0' };
      const range = { startMs, endMs: startMs + 2 * HOUR_MS };
      const [found] = await store.samples.range({ fields: ['txBytesPerSec'], filter, ...range });
      const given = found?.timestampsMs.filter((_, at) => found.values[at] !== null);
      expect(given?.map((ms) => (ms - startMs) / 1000)).toEqual([1, 65, 101, 165, 3601]);
    } finally {
      await store.close();
    }
  });
});
