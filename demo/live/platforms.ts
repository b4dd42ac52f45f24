/**
 * What a device of the demo poses as, and how it is read:
 * `nxos` Cisco NX-OS over SNMPv2c; `nxos-v3` the same over SNMPv3; `eos` Arista EOS over gNMI; `sysfs` a host with the
 * collector on it; `exporter` a host with a node_exporter.
 */
export type Platform = 'nxos' | 'nxos-v3' | 'eos' | 'sysfs' | 'exporter';

/** A mixed fabric: every kind of switch has hosts of both kinds, and both jobs have both kinds of ranks. */
const PLATFORMS: Readonly<Record<string, Platform>> = {
  leaf2: 'eos',
  leaf4: 'eos',
  spine2: 'nxos-v3',
  ...Object.fromEntries(['02', '03', '06', '07', '10', '11', '14', '15'].map((n) => [`gpu${n}`, 'exporter' as const])),
};

export function platformOf(device: string): Platform {
  return PLATFORMS[device] ?? (device.startsWith('gpu') ? 'sysfs' : 'nxos');
}

/** How a switch of this platform names its n-th port. */
export function switchPortName(device: string, number: number): string {
  return platformOf(device) === 'eos' ? `Ethernet${number}/1` : `Ethernet1/${number}`;
}

/** Software as LLDP's system description tells it. */
export function softwareOf(device: string): string {
  const platform = platformOf(device);
  if (platform === 'eos') return 'Arista Networks EOS';
  return platform === 'nxos' || platform === 'nxos-v3' ? 'Cisco NX-OS(tm) n9000' : 'Linux';
}
