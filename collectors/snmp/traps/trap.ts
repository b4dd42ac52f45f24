/** A notification of a device. */
export interface Trap {
  /** linkDown, linkUp and their like by name, anything else by OID. */
  name: string;
  /** The interface it is about, where it says one. */
  ifIndex: number | null;
  /** When it arrived, ms since the Unix epoch. */
  atMs: number;
}

/** What net-snmp gives of a trap or inform; none of it has been checked. */
export interface TrapPdu {
  varbinds?: { oid?: unknown; value?: unknown }[];
  /** SNMPv1 alone. */
  enterprise?: unknown;
  generic?: unknown;
  specific?: unknown;
  /** Who it was authorised as: one of the two. */
  community?: unknown;
  user?: unknown;
}

const SNMP_TRAP_OID = '1.3.6.1.6.3.1.1.4.1.0';
const IF_INDEX = '1.3.6.1.2.1.2.2.1.1.';
const LONGEST_OID = 128;
/** @source RFC 3418 snmpTraps, RFC 2863 linkDown and linkUp: the last arc is the SNMPv1 generic-trap number plus one. */
const STANDARD_TRAPS = '1.3.6.1.6.3.1.1.5.';
const GENERIC = ['coldStart', 'warmStart', 'linkDown', 'linkUp', 'authenticationFailure', 'egpNeighborLoss'];

/** Reads what a notification is about; whatever it lacks, it is still a sign to look at the device. */
export function toTrap(pdu: TrapPdu, atMs: number): Trap {
  const varbinds = Array.isArray(pdu.varbinds) ? pdu.varbinds : [];
  const index = varbinds.find(({ oid }) => typeof oid === 'string' && oid.startsWith(IF_INDEX))?.value;
  return { name: trapName(pdu, varbinds), ifIndex: Number.isInteger(index) ? Number(index) : null, atMs };
}

function trapName(pdu: TrapPdu, varbinds: readonly { oid?: unknown; value?: unknown }[]): string {
  if (typeof pdu.generic === 'number') {
    return GENERIC[pdu.generic] ?? `${String(pdu.enterprise)}.0.${String(pdu.specific)}`.slice(0, LONGEST_OID);
  }
  const oid = varbinds.find((varbind) => varbind.oid === SNMP_TRAP_OID)?.value;
  if (typeof oid !== 'string') return 'unnamed';
  const standard = oid.startsWith(STANDARD_TRAPS) ? GENERIC[Number(oid.slice(STANDARD_TRAPS.length)) - 1] : undefined;
  return standard ?? oid.slice(0, LONGEST_OID);
}
