import { join, resolve } from 'node:path';
import { type Clock, systemClock } from '../../clock.ts';
import { StoreError } from '../../errors.ts';
import { StateFiles } from '../state-files.ts';
import { StoreWorker } from './client.ts';
import { DuckDocumentStore } from './document-store.ts';
import { DuckSampleStore } from './samples.ts';

/** Two owners of one file in one process give no error and lose rows. */
const OPEN = new Set<string>();

/** The embedded database of one monitor: its samples and its documents, both in one worker thread. */
export interface EmbeddedStore {
  samples: DuckSampleStore;
  documents: DuckDocumentStore;
  close(): Promise<void>;
}

/**
 * Opens or creates the embedded store. One process may have a directory open at a time.
 * @param directory where hour files, documents and state live
 * @param options.onFailure called when the store's thread ends by itself
 * @throws StoreError when the directory is in use or damaged
 */
export async function openEmbeddedStore(
  directory: string,
  options: { clock?: Clock; onFailure?: (error: Error) => void } = {},
): Promise<EmbeddedStore> {
  const { clock = systemClock, onFailure = () => {} } = options;
  const path = resolve(directory);
  if (OPEN.has(path)) throw new StoreError('conflict', `${directory} is open in this process already`);
  const worker = new StoreWorker(onFailure, () => OPEN.delete(path));
  OPEN.add(path);
  try {
    await worker.ask({ op: 'open', directory });
  } catch (error) {
    await worker.close().catch(() => undefined);
    throw error;
  }
  return {
    samples: new DuckSampleStore(worker),
    documents: new DuckDocumentStore(worker, new StateFiles(join(directory, 'state')), clock),
    close: () => worker.close(),
  };
}
