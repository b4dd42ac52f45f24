import type { JobPlacement } from './types.ts';

/**
 * What is known of a job once a source that knows only part of it has spoken: a scheduler names hosts but no ranks, a
 * log names ranks but no GPUs. What the operator or a client of the API says replaces all that was said before.
 */
export function joinPlacement(before: JobPlacement | undefined, told: JobPlacement): JobPlacement {
  if (before === undefined || told.source === 'api' || told.source === 'config') return told;
  // An ended job of that name was another run.
  if (before.endMs !== undefined && told.endMs === undefined) return told;
  const hosts = told.hosts.length > 0 ? told.hosts : before.hosts;
  const known = new Set(hosts);
  const stillThere = hosts.length === 0 || before.ranks.every(({ device }) => known.has(device));
  const ranks = told.ranks.length > 0 ? told.ranks : stillThere ? before.ranks : [];
  const { warmupSteps, gpus, startMs } = { ...before, ...told };
  return {
    ...told,
    hosts,
    ranks,
    ...(warmupSteps === undefined ? {} : { warmupSteps }),
    ...(gpus === undefined ? {} : { gpus }),
    ...(startMs === undefined ? {} : { startMs }),
  };
}
