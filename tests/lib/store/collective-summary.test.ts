import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lib/clock.ts';
import { openEmbeddedStore } from '../../../lib/store/duckdb/index.ts';
import { MemoryDocumentStore } from '../../../lib/store/memory/documents.ts';
import type { CollectiveRecord } from '../../../lib/training/collective.ts';

const T0 = Date.UTC(2026, 10, 22, 1, 59, 30);
const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** The same numbers at every run. */
function seeded(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Records of every sort: collectives and point-to-point, without a rank, without a number, without times, from outside the range. */
function records(random: (below: number) => number, count: number): CollectiveRecord[] {
  return Array.from({ length: count }, (_, n): CollectiveRecord => {
    const seq = random(40);
    // The same operation told again ran at about the same time.
    const endUs = (T0 + seq * 500 + 300 + random(100)) * 1000;
    const execTimeUs = 1 + random(200) * 1000;
    const kinds = ['AllGather', 'ReduceScatter', 'Broadcast', 'Reduce'];
    const comm = random(4);
    const rank = random(6);
    return {
      job: random(20) === 0 ? 'other' : 'llm',
      commId: `0x${comm}`,
      collectiveKind: kinds[random(kinds.length)] ?? '',
      messageBytes: 1e6 + random(3),
      execTimeUs,
      ...(random(10) === 0 ? {} : { collectiveSeq: seq }),
      ...(random(10) === 0 ? {} : { rank }),
      ...(random(5) === 0 ? { peer: random(6) } : {}),
      ...(comm === 1 ? {} : { host: `h${rank}` }),
      ...(comm === 2 ? { timingSource: 'torch_profiler' } : { timingSource: 'kernel_gpu' }),
      ...(random(4) === 0 ? { busGBPerSec: null } : {}),
      ...(comm === 3 ? { timestampMs: T0 + n / 1000 } : { startUs: endUs - execTimeUs, endUs }),
    };
  });
}

describe('the summary of collectives', () => {
  it('is the same where the rows are as where all of them are read, through repeats and over hours', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'summary-'));
    directories.push(directory);
    const clock = new ManualClock(T0);
    const store = await openEmbeddedStore(directory, { clock });
    const memory = new MemoryDocumentStore(clock);
    const random = seeded(7);
    let before: CollectiveRecord[] = [];
    // The third and fourth batch arrive in the next hour.
    for (let batch = 0; batch < 4; batch++) {
      const now = records(random, 400);
      const again = before.filter(() => random(3) === 0).map((one) => ({ ...one, execTimeUs: one.execTimeUs + 7 }));
      for (const documents of [store.documents, memory]) await documents.putCollectives([...now, ...again]);
      before = now;
      clock.advance(20_000);
    }
    for (const job of ['llm', 'other', 'nobody']) {
      for (const startMs of [T0 - 1000, T0 + 3000, T0 + 19_500]) {
        const query = { job, range: { startMs, endMs: startMs + 7000 }, most: 10_000 };
        const [found, expected] = [
          await store.documents.collectiveSummary(query),
          await memory.collectiveSummary(query),
        ];
        const { longest, waits, ...counts } = expected;
        expect(found).toMatchObject(counts);
        expect(found.waits).toEqual(
          waits.map((wait) => ({ ...wait, waitedSeconds: expect.closeTo(wait.waitedSeconds, 9) })),
        );
        expect(found.longest.map(({ execTimeUs }) => execTimeUs)).toEqual(longest.map(({ execTimeUs }) => execTimeUs));
        for (const record of found.longest) expect(longest).toContainEqual(record);
        if (job === 'llm' && startMs === T0 + 3000) {
          expect(counts.operations).toBeGreaterThan(300);
          expect(counts.missing).toBeGreaterThan(10);
          expect(waits.length).toBeGreaterThan(5);
        }
      }
    }
    await store.close();
  });
});
