import { CISCO_NXOS } from './cisco-nxos.ts';
import { GENERIC } from './generic.ts';
import type { DeviceIdentity, VendorProfile } from './profile.ts';

/** Vendors in the order they are tried; the generic one takes the rest. */
export const PROFILES: readonly VendorProfile[] = [CISCO_NXOS, GENERIC];

/** The profile of a device, from what it says it is. */
export function chooseProfile(identity: DeviceIdentity): VendorProfile {
  return PROFILES.find((profile) => profile.matches(identity)) ?? GENERIC;
}

/** A profile by its name; the generic one for a name we do not know (any more). */
export function profileNamed(name: string): VendorProfile {
  return PROFILES.find((profile) => profile.name === name) ?? GENERIC;
}
