import { parseOid } from '../wire/oid.ts';
import type { SnmpSession } from '../wire/session.ts';
import { walkTable } from '../wire/walk.ts';
import { number } from './device.ts';
import type { FoundInterface } from './interfaces.ts';

/** A physical port that belongs to a link aggregation group. */
export interface FoundLagMember {
  /** ifIndex of the port, and of its group. */
  ifIndex: number;
  lagIfIndex: number;
}

/** @source IEEE8023-LAG-MIB dot3adAggPortTable, index ifIndex of the port; 0 where it is attached to no group */
const AGG_PORT = { entry: parseOid('1.2.840.10006.300.43.1.2.1.1'), attachedAggId: 13 } as const;
/** @source IF-MIB ifStackTable, index ifStackHigherLayer.ifStackLowerLayer */
const IF_STACK = { entry: parseOid('1.3.6.1.2.1.31.1.2.1'), status: 3 } as const;
/** RowStatus active(1). */
const ACTIVE = 1;
/** ieee8023adLag. @source IANAifType-MIB */
const LAG_TYPE = 161;

/**
 * Members of the device's link aggregation groups: by what LACP has attached, else by the interface stack, which also
 * knows static groups. Only ports and groups of the interface list count.
 */
export async function readLagMembers(
  session: SnmpSession,
  interfaces: readonly FoundInterface[],
): Promise<FoundLagMember[]> {
  const known = new Map(interfaces.map((found) => [found.ifIndex, found]));
  if (!interfaces.some(({ ifType }) => ifType === LAG_TYPE)) return [];
  const members = new Map<number, number>();
  const add = (ifIndex: number, lagIfIndex: number): void => {
    const port = known.get(ifIndex);
    if (port !== undefined && port.ifType !== LAG_TYPE && known.get(lagIfIndex)?.ifType === LAG_TYPE)
      members.set(ifIndex, lagIfIndex);
  };
  const stacked = await walkTable(session, IF_STACK.entry, [IF_STACK.status]);
  for (const { index, values } of stacked) {
    const [higher, lower] = index;
    const active = number(values.get(IF_STACK.status)) === ACTIVE;
    if (active && index.length === 2 && higher !== undefined && lower !== undefined) add(lower, higher);
  }
  const attached = await walkTable(session, AGG_PORT.entry, [AGG_PORT.attachedAggId]);
  for (const { index, values } of attached) add(index[0] ?? -1, number(values.get(AGG_PORT.attachedAggId)) ?? 0);
  return [...members].map(([ifIndex, lagIfIndex]) => ({ ifIndex, lagIfIndex }));
}
