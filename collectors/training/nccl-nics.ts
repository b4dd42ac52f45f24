import type { JobPlacement, PortRef } from '../../lib/topology/types.ts';

/**
 * What each rank prints as it looks for its network, with NCCL_DEBUG=INFO: the RDMA ports that it will use. Members of a
 * merged adapter stand in braces.
 * @source NVIDIA/nccl src/transport/net_ib.cc ("NET/IB : Using")
 */
const USING = /^(\S{1,256}?):\d+:\d+ \[\d+\] NCCL INFO NET\/IB : Using (.{1,4096}?); OOB /;
const PORT = /([A-Za-z][\w.-]{0,63}):(\d{1,3})\/(?:IB|RoCE)\b/g;
const MOST_HOSTS = 65_536;
const MOST_PORTS = 64;

/** Learns from the logs of a job which NIC ports it uses on its hosts. */
export class NcclNics {
  private readonly portsOf = new Map<string, string[]>();
  private told = '';

  constructor(private readonly job: string) {}

  /** Looks at a line. */
  take(line: string): void {
    if (!line.includes('NET/IB : Using')) return;
    const [, host = '', list = ''] = USING.exec(line) ?? [];
    const found = [...list.matchAll(PORT)].slice(0, MOST_PORTS).map(([, card = '', port = '']) => ({ card, port }));
    if (found.length === 0 || (this.portsOf.size >= MOST_HOSTS && !this.portsOf.has(host))) return;
    this.portsOf.set(host, portNames(found));
  }

  /** The ports, beside what is known of the job otherwise; only news. */
  news(): JobPlacement | undefined {
    if (this.portsOf.size === 0) return undefined;
    const nics: PortRef[] = [...this.portsOf]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([device, ports]) => ports.map((port) => ({ device, port })));
    const text = JSON.stringify(nics);
    if (text === this.told) return undefined;
    this.told = text;
    return { job: this.job, hosts: [], ranks: [], nics, source: 'log' };
  }
}

/** The only port of a card goes by the card's name, as with the collectors. */
function portNames(found: readonly { card: string; port: string }[]): string[] {
  const names = found.map(({ card, port }) => {
    const alone = port === '1' && !found.some((other) => other.card === card && other.port !== '1');
    return alone ? card : `${card}/${port}`;
  });
  return [...new Set(names)];
}
