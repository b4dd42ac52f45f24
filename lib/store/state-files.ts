import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from '../errors.ts';

/** Small named blobs, each a file that is replaced whole: after a crash there is the old one or the new one. */
export class StateFiles {
  readonly #turns = new Map<string, Promise<void>>();

  constructor(private readonly directory: string) {}

  /** Durable when resolved. Two writes of one key happen in the order they were asked for. */
  put(key: string, text: string): Promise<void> {
    const path = this.#path(key);
    const turn = (this.#turns.get(key) ?? Promise.resolve()).catch(() => undefined).then(() => replace(path, text));
    this.#turns.set(key, turn);
    return turn;
  }

  async get(key: string): Promise<string | undefined> {
    try {
      return await readFile(this.#path(key), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new StoreError('store', `state ${key} cannot be read`, { cause: error, retryable: true });
    }
  }

  #path(key: string): string {
    if (!/^[a-z][a-z0-9-]*$/.test(key)) throw new StoreError('malformed', `"${key}" is not a state key`);
    return join(this.directory, `${key}.json`);
  }
}

async function replace(path: string, text: string): Promise<void> {
  try {
    await mkdir(join(path, '..'), { recursive: true });
    const file = await open(`${path}.new`, 'w');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  } catch (error) {
    throw new StoreError('store', 'state cannot be written', { cause: error, retryable: true });
  }
}
