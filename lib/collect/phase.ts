/**
 * A well-mixed 32-bit hash of a short text (FNV-1a, then murmur3's finaliser): for spreading, not for secrets.
 * @source http://www.isthe.com/chongo/tech/comp/fnv/ , MurmurHash3 fmix32
 */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Where in its interval a target is polled: the same after every restart, spread evenly over targets. Ms in [0, intervalMs). */
export function phaseMs(key: string, intervalMs: number): number {
  return Math.floor((hash32(key) / 0x1_0000_0000) * intervalMs);
}

/** The first time at or after nowMs that lies on this key's beat. */
export function nextTickMs(nowMs: number, intervalMs: number, phase: number): number {
  return Math.ceil((nowMs - phase) / intervalMs) * intervalMs + phase;
}
