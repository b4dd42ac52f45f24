import { createHash } from 'node:crypto';
import type { AuthProfile } from '../../../lib/config/auths.ts';

type UserProfile = Extract<AuthProfile, { version: 3 }>;
export type AuthProtocol = UserProfile['authProtocol'];
export type PrivProtocol = UserProfile['privProtocol'];

/** Hash and length of the truncated code of each authentication protocol. @source RFC 3414 section 6, RFC 7860 section 4 */
export const AUTH: Readonly<Record<AuthProtocol, { hash: string; codeBytes: number }>> = {
  MD5: { hash: 'md5', codeBytes: 12 },
  SHA: { hash: 'sha1', codeBytes: 12 },
  SHA224: { hash: 'sha224', codeBytes: 16 },
  SHA256: { hash: 'sha256', codeBytes: 24 },
  SHA384: { hash: 'sha384', codeBytes: 32 },
  SHA512: { hash: 'sha512', codeBytes: 48 },
};

/**
 * Cipher, key length and how a short key is lengthened.
 * @source RFC 3826; draft-blumenthal-aes-usm-04; draft-reeder-snmpv3-usm-3desede-00 (the Cisco way)
 */
export const PRIVACY: Readonly<
  Record<PrivProtocol, { cipher: string; keyBytes: number; lengthen: 'blumenthal' | 'reeder' }>
> = {
  AES: { cipher: 'aes-128-cfb', keyBytes: 16, lengthen: 'blumenthal' },
  AES192: { cipher: 'aes-192-cfb', keyBytes: 24, lengthen: 'blumenthal' },
  AES256: { cipher: 'aes-256-cfb', keyBytes: 32, lengthen: 'blumenthal' },
  AES192C: { cipher: 'aes-192-cfb', keyBytes: 24, lengthen: 'reeder' },
  AES256C: { cipher: 'aes-256-cfb', keyBytes: 32, lengthen: 'reeder' },
};

/** Octets of repeated password that are hashed into a key. */
const EXPANDED_BYTES = 1_048_576;

/** A password's key before it is tied to an engine. @source RFC 3414 appendix A.2 */
export function passwordKey(hash: string, password: Uint8Array): Buffer {
  // A whole number of repetitions in each update keeps the megabyte in step with the password.
  const repeats = Math.max(1, Math.floor(65_536 / password.length));
  const block = Buffer.alloc(password.length * repeats);
  for (let i = 0; i < repeats; i++) block.set(password, i * password.length);
  const digest = createHash(hash);
  let left = EXPANDED_BYTES;
  for (; left >= block.length; left -= block.length) digest.update(block);
  return digest.update(block.subarray(0, left)).digest();
}

/** The key of one engine. @source RFC 3414 section 2.6 */
export function localKey(hash: string, key: Uint8Array, engineId: Uint8Array): Buffer {
  return createHash(hash).update(key).update(engineId).update(key).digest();
}

/** The privacy key of one engine: as many octets of the localised key as the cipher needs, lengthened where there are too few. */
export function privacyKey(protocol: PrivProtocol, hash: string, key: Uint8Array, engineId: Uint8Array): Buffer {
  const { keyBytes, lengthen } = PRIVACY[protocol];
  let local = localKey(hash, key, engineId);
  while (local.length < keyBytes) {
    const more =
      lengthen === 'blumenthal'
        ? createHash(hash).update(local).digest()
        : localKey(hash, passwordKey(hash, local), engineId);
    local = Buffer.concat([local, more]);
  }
  return local.subarray(0, keyBytes);
}

const cache = new Map<string, Buffer>();

/** `passwordKey` remembered: a fabric's switches share a few users, and a megabyte of hashing each adds up. */
export function rememberedPasswordKey(hash: string, password: string): Buffer {
  const name = createHash('sha256').update(`${hash}:${password}`).digest('base64');
  let key = cache.get(name);
  if (key === undefined) {
    key = passwordKey(hash, Buffer.from(password, 'utf8'));
    cache.set(name, key);
  }
  return key;
}
