import type { StallscopeConfig } from '../lib/config/types.ts';

/** What is allowed but probably not meant, in sentences: shown by `check` and at the start. */
export function adviceOn(config: StallscopeConfig): string[] {
  return [...openServer(config), ...hostsWithoutPorts(config)];
}

function openServer({ server }: StallscopeConfig): string[] {
  const isLoopback = /^(localhost|127\..*|::1)$/.test(server.host);
  if (isLoopback || server.tokens.length > 0) return [];
  return [
    `server.host ${server.host} lets other machines in, and without server.tokens each of them may read, push and reload`,
  ];
}

/** A job's ports follow from targets and links; LLDP may tell more once the fabric is polled. */
function hostsWithoutPorts({ jobs, links, targets }: StallscopeConfig): string[] {
  const known = new Set([...targets.map(({ name }) => name), ...links.flatMap(({ a, b }) => [a.device, b.device])]);
  return jobs.flatMap(({ job, hosts, ranks }) => {
    const unknown = [...new Set([...hosts, ...ranks.map(({ device }) => device)])].filter((host) => !known.has(host));
    if (unknown.length === 0) return [];
    const names =
      unknown.length > 3 ? `${unknown.slice(0, 3).join(', ')} and ${unknown.length - 3} more` : unknown.join(', ');
    const say =
      unknown.length === 1
        ? 'has no link and is no target; unless LLDP tells of it, its'
        : 'have no link and are no targets; unless LLDP tells of them, their';
    return [`job ${job}: ${names} ${say} ports are unknown`];
  });
}
