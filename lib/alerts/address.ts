import { BlockList, isIP } from 'node:net';

/**
 * Addresses no receiver has and that an attacker would like us to call: link-local (cloud metadata services live there),
 * "this network", multicast and reserved. Loopback and private networks stay allowed: receivers live there.
 */
const BLOCKED = new BlockList();
BLOCKED.addSubnet('0.0.0.0', 8, 'ipv4');
BLOCKED.addSubnet('169.254.0.0', 16, 'ipv4');
BLOCKED.addSubnet('224.0.0.0', 3, 'ipv4');
BLOCKED.addAddress('::', 'ipv6');
BLOCKED.addSubnet('fe80::', 10, 'ipv6');
BLOCKED.addSubnet('ff00::', 8, 'ipv6');
/** Amazon's metadata service over IPv6. */
BLOCKED.addAddress('fd00:ec2::254', 'ipv6');

/** True for an address we never send to. IPv4 inside IPv6 (::ffff:a.b.c.d) is judged as IPv4. */
export function isBlockedAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return BLOCKED.check(address, 'ipv4');
  if (version === 6) return BLOCKED.check(address, 'ipv6');
  return true;
}
