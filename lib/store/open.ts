import { type Clock, systemClock } from '../clock.ts';
import { errorMessage } from '../errors.ts';
import type { StoreConfig } from './config.ts';
import { openEmbeddedStore } from './duckdb/index.ts';
import { openInfluxStore } from './influxdb/index.ts';
import type { RemoteSampleStore } from './remote-store.ts';
import type { SeriesDictionary } from './series.ts';
import type { DocumentStore, SampleStore } from './types.ts';
import { openVictoriaStore } from './victoriametrics/index.ts';

/** Where a monitor keeps what it knows. */
export interface Stores {
  samples: SampleStore & { readonly dictionary: SeriesDictionary };
  documents: DocumentStore;
  close(): Promise<void>;
}

/**
 * Opens the stores of a monitor: samples where the configuration says, documents always in the monitor's own directory.
 * A database of another process need not answer yet.
 * @param options.onFailure called when the embedded store's thread ends by itself
 * @throws StoreError when the directory is in use or damaged
 */
export async function openStores(
  config: StoreConfig,
  directory: string,
  options: { clock?: Clock; onFailure?: (error: Error) => void } = {},
): Promise<Stores> {
  const embedded = await openEmbeddedStore(directory, options);
  const samples = remoteStore(config, options.clock);
  if (samples === undefined) return embedded;
  return {
    samples,
    documents: embedded.documents,
    close: async () => {
      await samples.close();
      await embedded.close();
    },
  };
}

function remoteStore(config: StoreConfig, clock: Clock = systemClock): RemoteSampleStore | undefined {
  switch (config.kind) {
    case 'embedded':
      return undefined;
    case 'influxdb':
      return openInfluxStore(config);
    case 'victoriametrics':
      return openVictoriaStore(config, clock);
  }
}

/** Whether the samples' database answers: what `check` tells. */
export async function probeStore(
  config: StoreConfig,
  clock: Clock = systemClock,
): Promise<{ ok: boolean; message: string }> {
  const store = remoteStore(config, clock);
  if (store === undefined) return { ok: true, message: 'embedded, in the data directory' };
  try {
    await store.latest({ filter: {}, sinceMs: clock.now() });
    return { ok: true, message: `${config.kind} answers` };
  } catch (error) {
    return { ok: false, message: errorMessage(error) };
  } finally {
    await store.close();
  }
}
