import { tmpdir } from 'node:os';
import { systemClock } from '../lib/clock.ts';
import type { CollectorContext, CollectSink } from '../lib/collect/types.ts';
import { silentLogger } from '../lib/logger.ts';

/** Takes everything and keeps nothing. */
export const NO_SINK: CollectSink = {
  readings: () => {},
  links: () => {},
  steps: () => {},
  collectives: () => {},
  jobs: () => {},
  health: () => {},
};

/** What a source is created with: the parts of the sink that a test listens to, and what else differs. */
export function collectorContext(
  sink: Partial<CollectSink>,
  over: Partial<Omit<CollectorContext, 'sink'>> = {},
): CollectorContext {
  return {
    sink: { ...NO_SINK, ...sink },
    clock: systemClock,
    logger: silentLogger,
    collectorId: 'test',
    stateDir: tmpdir(),
    ...over,
  };
}
