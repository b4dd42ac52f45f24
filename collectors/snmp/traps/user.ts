import snmp, { type User } from 'net-snmp';
import type { AuthProfile } from '../../../lib/config/auths.ts';

type V3Profile = Extract<AuthProfile, { version: 3 }>;

/** net-snmp's names, where the types of the package do not list what it can do. */
const AUTH = {
  MD5: 'md5',
  SHA: 'sha',
  SHA224: 'sha224',
  SHA256: 'sha256',
  SHA384: 'sha384',
  SHA512: 'sha512',
} as const;
const PRIV = { AES: 'aes', AES256: 'aes256b', AES256C: 'aes256r' } as const;

/** The profile as net-snmp's user; null for AES192, which net-snmp does not have. */
export function trapUser(profile: V3Profile): User | null {
  const { username: name, securityLevel, password, privPassword } = profile;
  if (securityLevel === 'noAuthNoPriv') return { name, level: snmp.SecurityLevel.noAuthNoPriv };
  const auth = { authProtocol: snmp.AuthProtocols[AUTH[profile.authProtocol]], authKey: password ?? '' };
  if (securityLevel === 'authNoPriv') return { name, level: snmp.SecurityLevel.authNoPriv, ...auth };
  const { privProtocol } = profile;
  if (privProtocol === 'AES192' || privProtocol === 'AES192C') return null;
  return {
    name,
    level: snmp.SecurityLevel.authPriv,
    ...auth,
    privProtocol: snmp.PrivProtocols[PRIV[privProtocol]],
    privKey: privPassword ?? '',
  };
}
