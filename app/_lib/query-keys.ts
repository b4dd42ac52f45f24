import type { PortRef } from '../../lib/topology/types.ts';
import type { PortView } from './port-rows.ts';

/** Cache keys; the server's first answer and the event stream write under the same ones. */
export const queryKeys = {
  overview: ['overview'] as const,
  strip: ['strip'] as const,
  topology: ['topology'] as const,
  targets: ['targets'] as const,
  intake: ['intake'] as const,
  portBlock: ({ search, sort, desc }: PortView, block: number) => ['ports', search, sort, desc, block] as const,
  port: (port: PortRef) => ['port', port.device, port.port] as const,
  seriesOf: (port: PortRef) => ['series', port.device, port.port] as const,
  incidents: ['incidents'] as const,
  incident: (id: string) => ['incident', id] as const,
  jobs: ['jobs'] as const,
  job: (job: string) => ['job', job] as const,
  steps: (job: string) => ['steps', job] as const,
  ranks: (job: string) => ['ranks', job] as const,
  explain: (job: string, step: number) => ['explain', job, step] as const,
  deliveries: ['deliveries'] as const,
};
