import { readGuid } from '../../lib/topology/infiniband-names.ts';

/** Longest line of `ibqueryerrors`: some twenty counters. */
const LONGEST_LINE = 2000;
const PORT_LINE =
  /^\s+GUID 0x([0-9a-fA-F]{1,16}) port (\d{1,3}):((?: \[[A-Za-z0-9]+ == \d{1,20}(?: \([^()[\]]*\))?\])+)/;
const COUNTER = /\[([A-Za-z0-9]+) == (\d{1,20})/g;

/** Error counters of one port that are not zero. */
export interface PortErrors {
  guid: string;
  port: number;
  counters: Map<string, number>;
}

/**
 * Reads what `ibqueryerrors` prints: a line a port that has errors. Sums over all ports of a switch are left out.
 * @source linux-rdma/rdma-core infiniband-diags/ibqueryerrors.c
 */
export function parseErrors(text: string): PortErrors[] {
  const found: PortErrors[] = [];
  for (const line of text.split('\n')) {
    const [, guid, port, rest] = (line.length > LONGEST_LINE ? null : PORT_LINE.exec(line)) ?? [];
    if (guid === undefined || rest === undefined) continue;
    const counters = new Map([...rest.matchAll(COUNTER)].map(([, name = '', value]) => [name, Number(value)]));
    found.push({ guid: readGuid(guid) ?? '', port: Number(port), counters });
  }
  return found;
}
