import { CISCO_PFC_PRIORITY } from './cisco-nxos.ts';
import type { VendorProfile } from './profile.ts';

/** sonic-snmpagent reads its database every 5 s, give or take 2. @source sonic-snmpagent ax_interface/mib.py */
const REFRESH_MS = 5000;

/**
 * SONiC, community and Dell Enterprise. The port totals of CISCO-PFC-EXT-MIB hold only priority 3 there, so they are
 * summed from the priorities; ifName is the vendor's alias, so ports go by ifDescr.
 */
export const SONIC: VendorProfile = {
  name: 'sonic',
  title: 'SONiC',
  matches: ({ sysObjectId, sysDescr }) =>
    sysDescr.startsWith('SONiC Software Version') || sysObjectId.startsWith('1.3.6.1.4.1.4413.1.2.1.2'),
  portName: 'ifDescr',
  tables: [CISCO_PFC_PRIORITY],
  optics: 'entity-sensor',
  refreshMs: REFRESH_MS,
  notes: [
    'its SNMP agent refreshes every 5 s: shorter polls repeat values',
    'pause duration, ECN marks and watermarks are not in SNMP: use gNMI',
  ],
};
