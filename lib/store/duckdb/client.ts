import { Worker } from 'node:worker_threads';
import { errorMessage, StoreError } from '../../errors.ts';
import { cancelled } from '../checks.ts';
import type { StoreReply, StoreRequest } from './protocol.ts';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
/** A question to the worker, before it has a number. */
export type StoreQuestion = WithoutId<StoreRequest>;

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The main thread's end of the store worker: numbered questions, answers in any order. */
export class StoreWorker {
  readonly #worker = new Worker(new URL('./bootstrap.mjs', import.meta.url));
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #failure: StoreError | undefined;

  #closing = false;

  constructor(onFailure: (error: Error) => void, onEnd: () => void) {
    this.#worker.on('message', (reply: StoreReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#fail(`the store stopped: ${errorMessage(error)}`));
    this.#worker.on('exit', () => {
      this.#fail('the store is closed');
      onEnd();
      if (!this.#closing && this.#failure) onFailure(this.#failure);
    });
  }

  #settle(reply: StoreReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.ok) pending?.resolve(reply.value);
    else pending?.reject(new StoreError(reply.code, reply.message, { retryable: reply.retryable }));
  }

  #fail(message: string): void {
    this.#failure ??= new StoreError('unavailable', message, { retryable: false });
    for (const pending of this.#pending.values()) pending.reject(this.#failure);
    this.#pending.clear();
  }

  /** Asks and waits. @throws StoreError as the worker says, or cancelled when the signal says stop first */
  ask<T>(question: StoreQuestion, options: { transfer?: ArrayBuffer[]; signal?: AbortSignal | undefined } = {}) {
    const { transfer = [], signal } = options;
    if (this.#failure) return Promise.reject<T>(this.#failure);
    if (signal?.aborted) return Promise.reject<T>(cancelled());
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      const onAbort = () => {
        this.#pending.delete(id);
        this.#worker.postMessage({ id: 0, op: 'cancel', target: id } satisfies StoreRequest);
        reject(cancelled());
      };
      const done = () => signal?.removeEventListener('abort', onAbort);
      this.#pending.set(id, {
        resolve: (value) => {
          done();
          resolve(value as T);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#worker.postMessage({ ...question, id } as StoreRequest, transfer);
    });
  }

  /** Closes the files and ends the thread. */
  async close(): Promise<void> {
    this.#closing = true;
    if (!this.#failure) {
      // What cannot be closed in order is closed by the end of its thread; its log is read at the next start.
      await this.ask({ op: 'close' }).catch(() => undefined);
      this.#failure ??= new StoreError('unavailable', 'the store is closed', { retryable: false });
    }
    await this.#worker.terminate();
  }
}
