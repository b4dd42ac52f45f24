/** First wait, and the longest; between them it doubles. */
const BASE_MS = 1000;
const CAP_MS = 300_000;
/** No receiver can park a message for longer than this. */
const MAX_RETRY_AFTER_MS = 3_600_000;
/** An alert nobody could be told for a day is no longer news. */
export const EXPIRE_AFTER_MS = 24 * 3_600_000;

/**
 * How long to wait before the next attempt: full jitter (uniform in 0..2^n s, at most 5 minutes), but never less than
 * what the receiver asked for.
 * @param attempts made so far, from 1
 * @param random uniform in [0, 1)
 * @source https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelayMs(attempts: number, retryAfterMs: number | undefined, random: () => number): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempts - 1, 20));
  const asked = Math.min(Math.max(0, retryAfterMs ?? 0), MAX_RETRY_AFTER_MS);
  return Math.round(asked + random() * ceiling);
}

/** Reads a Retry-After header: seconds, or an HTTP date. Undefined where it is neither. */
export function parseRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const dateMs = Date.parse(text);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
