import { describe, expect, it } from 'vitest';
import {
  BlockedHistory,
  newestBucketEndMs,
  STRIP_BUCKET_MS,
  STRIP_BUCKETS,
} from '../../../lib/queries/blocked-history.ts';
import type { SampleFrame } from '../../../lib/samples/frame.ts';

const T0 = Date.UTC(2026, 10, 22, 17, 0, 0);

function frame(endMs: number, blocked: number[], quality = 0): SampleFrame {
  return {
    device: 'leaf1',
    ports: blocked.map((_, index) => `E${index}`),
    startMs: Float64Array.from(blocked, () => endMs - 1000),
    endMs: Float64Array.from(blocked, () => endMs),
    quality: Uint8Array.from(blocked, () => quality),
    columns: [{ field: 'rxPauseFraction', priority: 3, values: Float64Array.from(blocked) }],
  };
}

describe('BlockedHistory', () => {
  it('keeps the worst port of each bucket; a gap is no zero', () => {
    const history = new BlockedHistory();
    history.add(frame(T0 - 2 * STRIP_BUCKET_MS, [0.1, 0.5]));
    history.add(frame(T0 - 2 * STRIP_BUCKET_MS, [0.3, Number.NaN]));
    history.add(frame(T0, [0, 0]));
    expect(history.of('leaf1', T0).blocked.slice(-3)).toEqual([0.5, null, 0]);
    expect(history.of('leaf2', T0).blocked.every((value) => value === null)).toBe(true);
  });

  it('fills every bucket that a slow poll covers', () => {
    const history = new BlockedHistory();
    const slow = frame(T0, [0.4]);
    slow.startMs.fill(T0 - 2 * STRIP_BUCKET_MS);
    history.add(slow);
    expect(history.of('leaf1', T0).blocked.slice(-3)).toEqual([null, 0.4, 0.4]);
  });

  it('shows a bucket once every poll of five seconds must have filled it', () => {
    expect(newestBucketEndMs(T0 + 6999)).toBe(T0);
    expect(newestBucketEndMs(T0 + 7000)).toBe(T0 + STRIP_BUCKET_MS);
  });

  it('forgets what is older than it shows, and takes nothing late for new', () => {
    const history = new BlockedHistory();
    history.add(frame(T0, [0.7]));
    const later = T0 + STRIP_BUCKETS * STRIP_BUCKET_MS;
    expect(history.of('leaf1', later - STRIP_BUCKET_MS).blocked[0]).toBe(0.7);
    expect(history.of('leaf1', later).blocked.includes(0.7)).toBe(false);
    history.add(frame(later, [0.1]));
    history.add(frame(T0, [0.9]));
    expect(history.of('leaf1', later).blocked.at(-1)).toBe(0.1);
  });

  it('lets no upper bound hide what was measured, and says where bounds are all there is', () => {
    const history = new BlockedHistory();
    history.add(frame(T0, [1], 1));
    expect(history.of('leaf1', T0)).toMatchObject({ bounded: true });
    expect(history.of('leaf1', T0).blocked.at(-1)).toBe(1);
    history.add(frame(T0, [0.2], 0));
    history.add(frame(T0, [1], 1));
    expect(history.of('leaf1', T0).blocked.at(-1)).toBe(0.2);
    expect(history.of('leaf1', T0).bounded).toBe(false);
  });

  it('leaves out values whose unit breaks physics', () => {
    const history = new BlockedHistory();
    history.add(frame(T0, [0.9], 3));
    expect(history.of('leaf1', T0).blocked.at(-1)).toBeNull();
  });
});
