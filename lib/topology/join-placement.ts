import type { JobPlacement } from './types.ts';

/**
 * What is known of a job once a source that knows only part of it has spoken: a scheduler names hosts but no ranks, a
 * log names ranks but no GPUs, an agent its own host. What the operator or a client of the API says replaces all that was
 * said before.
 */
export function joinPlacement(before: JobPlacement | undefined, told: JobPlacement): JobPlacement {
  const { ofHost, ...whole } = told;
  if (before === undefined || told.source === 'api' || told.source === 'config') return whole;
  if (ofHost !== undefined) return ofOneHost(before, whole, ofHost);
  // An ended job of that name was another run.
  if (before.endMs !== undefined && told.endMs === undefined) return whole;
  const hosts = told.hosts.length > 0 ? told.hosts : before.hosts;
  const known = new Set(hosts);
  const stillThere = hosts.length === 0 || before.ranks.every(({ device }) => known.has(device));
  const ranks = told.ranks.length > 0 ? told.ranks : stillThere ? before.ranks : [];
  const all = { ...before, ...whole };
  const { warmupSteps, gpus, startMs, nics } = all;
  return {
    ...whole,
    hosts,
    ranks,
    ...(nics === undefined ? {} : { nics }),
    ...(warmupSteps === undefined ? {} : { warmupSteps }),
    ...(gpus === undefined ? {} : { gpus }),
    ...(startMs === undefined ? {} : { startMs }),
  };
}

/** The job is there, or no longer there, on one host. It has ended once it is on none. */
function ofOneHost(before: JobPlacement, told: JobPlacement, host: string): JobPlacement {
  const { endMs, ...alive } = before;
  if (told.endMs === undefined) {
    if (endMs !== undefined) return told;
    return before.hosts.includes(host) ? before : { ...alive, hosts: [...before.hosts, ...told.hosts] };
  }
  const hosts = before.hosts.filter((other) => other !== host);
  return hosts.length === 0 ? { ...before, endMs: told.endMs } : { ...before, hosts };
}
