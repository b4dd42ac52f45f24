const BURST = 20;
const PER_SECOND = 2;
/** Addresses remembered: those of targets alone get here, so this is only reached by very large fabrics. */
const MOST_ADDRESSES = 10_000;

/**
 * How many datagrams of an address are decoded: a burst, then two a second. More would change nothing, as a device is
 * polled early once a second at most, and deriving a SNMPv3 key takes milliseconds.
 */
export class Allowance {
  private readonly buckets = new Map<string, { left: number; atMs: number }>();

  take(address: string, nowMs: number): boolean {
    if (this.buckets.size >= MOST_ADDRESSES && !this.buckets.has(address)) this.buckets.clear();
    const bucket = this.buckets.get(address) ?? { left: BURST, atMs: nowMs };
    bucket.left = Math.min(BURST, bucket.left + ((nowMs - bucket.atMs) / 1000) * PER_SECOND);
    bucket.atMs = nowMs;
    this.buckets.set(address, bucket);
    if (bucket.left < 1) return false;
    bucket.left--;
    return true;
  }
}
