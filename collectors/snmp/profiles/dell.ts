import { drops, pfcReceived, pfcSent } from './column-kinds.ts';
import type { TableSpec, VendorProfile } from './profile.ts';

/** The same tables under the numbers of OS9's newer MIB and of the Force10 one before it. */
const FPSTATS = [
  { mib: 'DELL-NETWORKING-FPSTATS-MIB', root: '1.3.6.1.4.1.6027.3.27.1', prefix: 'dellNet' },
  { mib: 'F10-FPSTATS-MIB', root: '1.3.6.1.4.1.6027.3.16.1.1', prefix: '' },
] as const;

/** OS9: PFC frames per priority, numbered 1 to 8. @source DELL-NETWORKING-FPSTATS-MIB, revision 2014-09-04 */
const PFC = FPSTATS.map(
  ({ mib, root, prefix }): TableSpec => ({
    table: `${mib} pfcPerPrioIfTable`,
    entry: `${root}.19.1`,
    index: ['ifIndex', 'priorityFrom1'],
    columns: [
      pfcSent(2, objectOf(prefix, 'ifPfcPerPrioRequests')),
      pfcReceived(3, objectOf(prefix, 'ifPfcPerPrioIndications')),
    ],
  }),
);

/** OS9: packets dropped by the egress queues, by ifIndex.unicastOrMulticast.queue. @source the same, fpEgrQIfCounterTable */
const QUEUE_DROPS = FPSTATS.map(
  ({ mib, root, prefix }): TableSpec => ({
    table: `${mib} fpEgrQIfCounterTable`,
    entry: `${root}.20.1`,
    index: ['ifIndex', 'any', 'queue'],
    zeroMeansMissing: true,
    columns: [drops(4, objectOf(prefix, 'fpEgrQDroppedPackets'))],
  }),
);

function objectOf(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** Dell SmartFabric OS10 and OS9. OS10 has no PFC, ECN or queue counters in a public MIB. */
export const DELL: VendorProfile = {
  name: 'dell',
  title: 'Dell OS10/OS9',
  matches: ({ sysObjectId }) =>
    sysObjectId.startsWith('1.3.6.1.4.1.674.11000.5000.100.') || sysObjectId.startsWith('1.3.6.1.4.1.6027.'),
  portName: 'ifName',
  tables: [...PFC, ...QUEUE_DROPS],
  optics: 'entity-sensor',
  notes: ['OS10 has PFC, ECN and queue counters only in gNMI; OS9 has PFC frames and drops here, no pause duration'],
};
