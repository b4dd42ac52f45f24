import type { Incident } from './incident.ts';

/** One sentence an operator can act on. */
export function summarise(incident: Incident): string {
  const port = `${incident.rootDevice}/${incident.rootPort}`;
  const hurt = incident.victims.length;
  const waiting = hurt === 0 ? '' : `; ${hurt} ${hurt === 1 ? 'port waits' : 'ports wait'} behind it`;
  switch (incident.kind) {
    case 'pause-storm':
      return `${port} is held by its NIC most of the time (pause storm)${waiting}`;
    case 'slow-receiver':
      return `the NIC at ${port} takes data more slowly than it comes (slow receiver)${waiting}`;
    case 'pfc-deadlock':
      return `ports wait for each other in a circle that passes ${port} (PFC deadlock)${waiting}`;
    case 'incast':
      return `too many senders at once towards ${port} (incast)${senders(incident)}${waiting}`;
    case 'microburst':
      return `short bursts fill the queue of ${port}`;
    case 'congestion':
      return `${port} is held and nothing that is visible explains it${waiting}`;
    case 'uplink-imbalance':
    case 'ecmp-collision':
      return `flows collide on the uplink ${port} while its siblings have room${waiting}`;
    case 'link-degraded':
      return `the link at ${port} is degraded${waiting}`;
    case 'link-flap':
      return `the link at ${port} goes down again and again`;
    case 'packet-loss':
      return `${port} drops packets${waiting}`;
  }
}

function senders(incident: Incident): string {
  if (incident.senders.length === 0) return '';
  const named = incident.senders.slice(0, 4).map((port) => port.device);
  const more = incident.senders.length - named.length;
  return ` from ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
