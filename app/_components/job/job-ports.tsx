'use client';

import type { JobDetail } from '../../../lib/api/types.ts';
import { formatPlural } from '../../../lib/format/numbers.ts';
import { PortList } from '../incident/port-list.tsx';
import { Empty } from '../states.tsx';

/** Where the job runs, and the ports its traffic uses. */
export function JobPorts({ detail }: { detail: JobDetail }) {
  const { placement, ports } = detail;
  if (placement === null) {
    return (
      <Empty
        title="Its hosts are not known."
        command={'jobs: [{ job: job0, hosts: [gpu01, gpu02] }]   # stallscope.yaml'}
      >
        Without hosts no port can be blamed for its slow steps, or cleared.
      </Empty>
    );
  }
  const hosts =
    placement.ranks.length > 0 ? new Set(placement.ranks.map((rank) => rank.device)).size : placement.hosts.length;
  return (
    <>
      <p className="pb-1 text-muted">
        {formatPlural(hosts, 'host')}, {formatPlural(placement.ranks.length, 'rank')}, from {placement.source}
      </p>
      <PortList ports={ports} none="No port of these hosts is polled." most={18} />
    </>
  );
}
