import { HttpError } from './http-error.ts';

/** Bodies worked on at once; more wait at the client, who is told when to come back. */
const MAX_CONCURRENT_WRITES = 16;
const RETRY_AFTER_SECONDS = '1';

/** Keeps a door from taking more bodies at once than memory has room for. */
export class WriteLimit {
  #underWay = 0;

  /** @throws HttpError 503 with Retry-After where too many are under way */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay >= MAX_CONCURRENT_WRITES) {
      throw new HttpError(503, 'unavailable', 'too many writes at once', { 'retry-after': RETRY_AFTER_SECONDS });
    }
    this.#underWay++;
    try {
      return await work();
    } finally {
      this.#underWay--;
    }
  }
}
