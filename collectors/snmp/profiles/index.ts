import { ARISTA_EOS } from './arista-eos.ts';
import { CISCO_NXOS } from './cisco-nxos.ts';
import { DELL } from './dell.ts';
import { GENERIC } from './generic.ts';
import { HUAWEI } from './huawei.ts';
import { JUNIPER } from './juniper.ts';
import { NVIDIA_CUMULUS } from './nvidia-cumulus.ts';
import { NVIDIA_ONYX } from './nvidia-onyx.ts';
import type { DeviceIdentity, VendorProfile } from './profile.ts';
import { RUIJIE } from './ruijie.ts';
import { SONIC } from './sonic.ts';

/**
 * Vendors in the order they are tried; the generic one takes the rest. SONiC and Cumulus come first: they run on
 * other vendors' hardware and may answer with net-snmp's object id.
 */
export const PROFILES: readonly VendorProfile[] = [
  SONIC,
  NVIDIA_CUMULUS,
  CISCO_NXOS,
  ARISTA_EOS,
  NVIDIA_ONYX,
  JUNIPER,
  HUAWEI,
  RUIJIE,
  DELL,
  GENERIC,
];

/** The profile of a device, from what it says it is. */
export function chooseProfile(identity: DeviceIdentity): VendorProfile {
  return PROFILES.find((profile) => profile.matches(identity)) ?? GENERIC;
}

/** A profile by its name; the generic one for a name we do not know (any more). */
export function profileNamed(name: string): VendorProfile {
  return PROFILES.find((profile) => profile.name === name) ?? GENERIC;
}
