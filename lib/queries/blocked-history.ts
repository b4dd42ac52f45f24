import { QUALITIES } from '../samples/fields.ts';
import type { SampleFrame } from '../samples/frame.ts';
import { weight } from './blocked-weight.ts';

/** One column of the strip, ms, and how many are kept: a quarter of an hour. */
export const STRIP_BUCKET_MS = 5000;
export const STRIP_BUCKETS = 180;
/** A slow poll fills every bucket it covers, up to a minute of them. */
const MOST_BUCKETS_A_SAMPLE = 12;
/** The newest bucket shown is one that every poll of 5 s has filled and delivered, ms. */
const LAG_MS = STRIP_BUCKET_MS + 2000;
const SUSPECT = QUALITIES.indexOf('suspect_unit');
const BOUNDED = QUALITIES.indexOf('bounded');

/** A ring of buckets: `number` says which bucket stands at a place, so that an old one is not taken for a new one. */
interface Ring {
  number: Float64Array;
  blocked: Float64Array;
  /** 1 where the share is only an upper bound. */
  bounded: Uint8Array;
}

/** The worst blocked share of every device over the last quarter of an hour, at hand without a query. */
export class BlockedHistory {
  readonly #rings = new Map<string, Ring>();

  add(frame: SampleFrame): void {
    for (const { field, values } of frame.columns) {
      if (field !== 'rxPauseFraction' && field !== 'xmitWaitFraction') continue;
      const ring = this.#ringOf(frame.device);
      for (let row = 0; row < values.length; row++) {
        const value = values[row] as number;
        const endMs = frame.endMs[row] as number;
        if (Number.isNaN(value) || Number.isNaN(endMs) || frame.quality[row] === SUSPECT) continue;
        const last = bucketOf(endMs);
        const first = Math.max(bucketOf((frame.startMs[row] as number) + 1), last - MOST_BUCKETS_A_SAMPLE);
        for (let bucket = first; bucket <= last; bucket++)
          put(ring, bucket, Math.min(1, value), frame.quality[row] === BOUNDED);
      }
    }
  }

  #ringOf(device: string): Ring {
    let ring = this.#rings.get(device);
    if (ring === undefined) {
      ring = {
        number: new Float64Array(STRIP_BUCKETS).fill(Number.NEGATIVE_INFINITY),
        blocked: new Float64Array(STRIP_BUCKETS),
        bounded: new Uint8Array(STRIP_BUCKETS),
      };
      this.#rings.set(device, ring);
    }
    return ring;
  }

  /**
   * Oldest first, up to the bucket that ends at `endMs`; null where the device gave nothing.
   * @returns `bounded`: some of the shares are only upper bounds
   */
  of(device: string, endMs: number): { blocked: (number | null)[]; bounded: boolean } {
    const ring = this.#rings.get(device);
    const last = bucketOf(endMs);
    let bounded = false;
    const blocked = Array.from({ length: STRIP_BUCKETS }, (_, index) => {
      const bucket = last - STRIP_BUCKETS + 1 + index;
      const place = bucket % STRIP_BUCKETS;
      if (ring === undefined || ring.number[place] !== bucket) return null;
      const share = ring.blocked[place] as number;
      if (ring.bounded[place] === 1 && share > 0) bounded = true;
      return Math.round(share * 10_000) / 10_000;
    });
    return { blocked, bounded };
  }
}

/** End of the newest bucket that may be shown. */
export function newestBucketEndMs(nowMs: number): number {
  return Math.floor((nowMs - LAG_MS) / STRIP_BUCKET_MS) * STRIP_BUCKET_MS + STRIP_BUCKET_MS;
}

/** The end of an interval belongs to it: a sample that ends at a border is of the bucket before. */
function bucketOf(endMs: number): number {
  return Math.ceil(endMs / STRIP_BUCKET_MS);
}

/** Keeps the worst of a bucket; what was measured stands before what only may have been. */
function put(ring: Ring, bucket: number, value: number, bounded: boolean): void {
  const place = bucket % STRIP_BUCKETS;
  const known = ring.number[place] as number;
  // Late data of a bucket that has been overwritten is let go.
  if (bucket < known) return;
  if (bucket === known) {
    const before = ring.blocked[place] as number;
    if (weight(value, bounded) <= weight(before, ring.bounded[place] === 1)) return;
  }
  ring.number[place] = bucket;
  ring.blocked[place] = value;
  ring.bounded[place] = bounded ? 1 : 0;
}
