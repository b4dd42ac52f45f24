import type { GnmiConfig } from '../config.ts';
import type { PathSet } from '../paths/types.ts';
import type { EncodingName, SubscribeOptions, WantedPath } from '../proto/requests.ts';

/** Ways to get a set's values, best first. A device that refuses one, or stays silent, is tried with the next. */
export const STAGES = {
  auto: ['stream', 'sampled', 'poll', 'get'],
  stream: ['stream', 'sampled'],
  'target-defined': ['target-defined'],
  poll: ['poll'],
  get: ['get'],
  /** For what the stream gives too slowly or not at all. */
  polled: ['poll', 'get'],
} as const;
export type Stage = (typeof STAGES)[keyof typeof STAGES][number];

/** A path of a set, with its number at the watchdog. */
export interface RunPath {
  path: string;
  mode: 'sample' | 'on-change';
  watch: number;
}

export function intervalOf(set: PathSet, config: GnmiConfig): number {
  return set.rare ? Math.max(config.heartbeat, config.interval) : config.interval;
}

function askedMode(stage: Stage, mode: RunPath['mode']): WantedPath['mode'] {
  if (stage === 'target-defined') return stage;
  return stage === 'stream' ? mode : 'sample';
}

/** What is asked for in a stage. */
export function requestFor(
  stage: Stage,
  paths: readonly RunPath[],
  set: PathSet,
  config: GnmiConfig,
  encoding: EncodingName,
): SubscribeOptions {
  const intervalMs = intervalOf(set, config);
  return {
    target: config.target ?? set.target,
    origin: set.origin === 'openconfig' ? (config.origin ?? set.origin) : set.origin,
    paths: paths.map(({ path, mode }): WantedPath => ({ path, mode: askedMode(stage, mode), intervalMs })),
    encoding,
    list: stage === 'poll' ? 'poll' : 'stream',
    heartbeatMs: config.heartbeat,
  };
}
