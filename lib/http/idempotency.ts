import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { HttpError } from './http-error.ts';
import type { HttpAnswer } from './types.ts';

const KEEP_MS = 24 * 3_600_000;
const MAX_KEYS = 10_000;

/**
 * Answers of requests that carried an Idempotency-Key. Records are upserted by their own keys anyway, so forgetting one
 * (after a restart, or beyond the limit) does no harm.
 */
export class IdempotencyKeys {
  readonly #answers = new Map<string, { atMs: number; digest: string; answer: Promise<HttpAnswer> }>();

  constructor(private readonly clock: Clock) {}

  /**
   * Runs `work` once per key; the same request again gets the same answer.
   * @throws HttpError 422 where the key came before with another body
   */
  run(key: string | undefined, body: Buffer, work: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    if (key === undefined || key === '') return work();
    const digest = createHash('sha256').update(body).digest('base64');
    const nowMs = this.clock.now();
    const known = this.#answers.get(key);
    if (known && nowMs - known.atMs < KEEP_MS) {
      if (known.digest !== digest) {
        throw new HttpError(422, 'idempotency_key_reused', 'this Idempotency-Key came before with another body');
      }
      return known.answer;
    }
    const answer = work();
    this.#answers.delete(key);
    this.#answers.set(key, { atMs: nowMs, digest, answer });
    // A failure is not an answer to keep: the client will try again.
    answer.catch(() => this.#answers.delete(key));
    for (const [oldest, { atMs }] of this.#answers) {
      if (this.#answers.size <= MAX_KEYS && nowMs - atMs < KEEP_MS) break;
      this.#answers.delete(oldest);
    }
    return answer;
  }
}
