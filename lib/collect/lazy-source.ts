import type { Source } from './types.ts';

/**
 * A source whose code is loaded when it is first used: a collector on a GPU host reads that host's NICs and should not
 * hold the code of every switch protocol in memory.
 */
export function lazySource(load: () => Promise<Source>): Source {
  let loaded: Promise<Source> | undefined;
  const source = (): Promise<Source> => {
    loaded ??= load();
    return loaded;
  };
  return {
    start: async (signal) => (await source()).start(signal),
    probe: async (signal) => (await source()).probe(signal),
  };
}
