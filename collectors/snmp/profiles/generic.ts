import { CISCO_PFC_PRIORITY } from './cisco-nxos.ts';
import type { VendorProfile } from './profile.ts';

/** Any agent we have no better word for: standard MIBs, and the one PFC table that several vendors borrowed. */
export const GENERIC: VendorProfile = {
  name: 'generic',
  title: 'generic SNMP agent',
  matches: () => true,
  portName: 'ifName',
  tables: [CISCO_PFC_PRIORITY],
  optics: 'entity-sensor',
  notes: ['pause duration, ECN marks and queue watermarks are in no standard MIB: use gNMI where the switch has it'],
};
