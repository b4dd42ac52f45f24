import { join } from 'node:path';
import { type Clock, systemClock } from '../../clock.ts';
import { StateFiles } from '../state-files.ts';
import { StoreWorker } from './client.ts';
import { DuckDocumentStore } from './document-store.ts';
import { DuckSampleStore } from './samples.ts';

/** The embedded database of one monitor: its samples and its documents, both in one worker thread. */
export interface EmbeddedStore {
  samples: DuckSampleStore;
  documents: DuckDocumentStore;
  close(): Promise<void>;
}

/**
 * Opens or creates the embedded store. One process may have a directory open at a time.
 * @param directory where hour files, documents and state live
 * @throws StoreError when the directory is in use or damaged
 */
export async function openEmbeddedStore(directory: string, clock: Clock = systemClock): Promise<EmbeddedStore> {
  const worker = new StoreWorker();
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
