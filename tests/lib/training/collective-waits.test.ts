import { describe, expect, it } from 'vitest';
import type { CollectiveRecord } from '../../../lib/training/collective.ts';
import { collectiveWaits } from '../../../lib/training/collective-waits.ts';

const record = (commId: string, collectiveSeq: number, rank: number, execTimeUs: number): CollectiveRecord => ({
  job: 'j',
  commId,
  collectiveSeq,
  collectiveKind: 'AllReduce',
  messageBytes: 1e6,
  execTimeUs,
  rank,
  host: `h${rank}`,
});

describe('collectiveWaits', () => {
  it('names the rank with the shortest time, and sums what the others waited for it', () => {
    const records = [1, 2, 3].flatMap((seq) => [
      record('0xa', seq, 0, 900),
      record('0xa', seq, 1, seq === 3 ? 1000 : 100),
      record('0xa', seq, 2, 700),
      record('0xb', seq, 0, 50),
      record('0xb', seq, 1, 51),
    ]);
    expect(collectiveWaits(records)).toEqual([
      { commId: '0xa', rank: 1, host: 'h1', last: 2, of: 3, waitedSeconds: expect.closeTo(0.0016, 9) },
      { commId: '0xa', rank: 2, host: 'h2', last: 1, of: 3, waitedSeconds: expect.closeTo(0.0003, 9) },
      { commId: '0xb', rank: 0, host: 'h0', last: 3, of: 3, waitedSeconds: expect.closeTo(0.000003, 9) },
    ]);
  });

  it('joins operations of one kind: AllGather 5 and ReduceScatter 5 of a communicator are two', () => {
    const gather = [record('0xa', 5, 0, 9000), record('0xa', 5, 1, 9000)];
    const scatter = [record('0xa', 5, 0, 100), record('0xa', 5, 1, 100)];
    const told = [
      ...gather.map((one) => ({ ...one, collectiveKind: 'AllGather' })),
      ...scatter.map((one) => ({ ...one, collectiveKind: 'ReduceScatter' })),
    ];
    expect(collectiveWaits(told)).toEqual([]);
  });

  it('leaves out operations with a root, which ends before or after the others whoever came last', () => {
    const rooted = ['Broadcast', 'Reduce', 'Gather', 'Scatter', '_reduce_oop', 'broadcast'];
    const told = (collectiveKind: string) => [
      { ...record('0xa', 1, 0, 100), collectiveKind },
      { ...record('0xa', 1, 1, 900), collectiveKind },
    ];
    expect(collectiveWaits(rooted.flatMap(told))).toEqual([]);
    for (const kind of ['AllReduce', 'ReduceScatter', 'AllGather', 'AlltoAll', '_allgather_base', 'reduce_scatter']) {
      expect(collectiveWaits(told(kind))).toHaveLength(1);
    }
  });

  it('says nothing of one rank alone, of equal times, of means and of point-to-point operations', () => {
    const { collectiveSeq: _, ...mean } = record('0xa', 1, 0, 5);
    const sent = { ...record('0xa', 2, 0, 5), peer: 1 };
    const alone = record('0xa', 3, 0, 5);
    const equal = [record('0xa', 4, 0, 5), record('0xa', 4, 1, 5)];
    expect(
      collectiveWaits([mean, { ...mean, rank: 1, execTimeUs: 9 }, sent, { ...sent, rank: 1 }, alone, ...equal]),
    ).toEqual([]);
  });
});
