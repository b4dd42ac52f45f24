import type { VendorProfile } from './profile.ts';

/** Dell SmartFabric OS10 and OS9. Neither has PFC, ECN or queue counters in a public MIB. */
export const DELL: VendorProfile = {
  name: 'dell',
  title: 'Dell OS10/OS9',
  matches: ({ sysObjectId }) =>
    sysObjectId.startsWith('1.3.6.1.4.1.674.11000.5000.100.') || sysObjectId.startsWith('1.3.6.1.4.1.6027.'),
  portName: 'ifName',
  tables: [],
  optics: 'entity-sensor',
  notes: ['PFC, ECN and queue counters are not in SNMP: use gNMI'],
};
