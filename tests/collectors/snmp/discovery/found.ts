import type { FoundInterface } from '../../../../collectors/snmp/discovery/interfaces.ts';

/** An interface as discovery finds it, with the parts a test cares about. */
export function found(ifIndex: number, name: string, parts: Partial<FoundInterface> = {}): FoundInterface {
  return {
    ifIndex,
    name,
    ifName: name,
    ifDescr: name,
    ifAlias: '',
    ifType: 6,
    mac: '',
    speedMbps: 400_000,
    polled: true,
    ...parts,
  };
}
