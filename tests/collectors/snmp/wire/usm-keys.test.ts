import { describe, expect, it } from 'vitest';
import { localKey, passwordKey, privacyKey } from '../../../../collectors/snmp/wire/usm-keys.ts';

const PASSWORD = Buffer.from('maplesyrup');
const ENGINE = Buffer.from('000000000000000000000002', 'hex');

describe('user keys', () => {
  /** @source RFC 3414 appendix A.3 */
  it.each([
    ['md5', '9faf3283884e92834ebc9847d8edd963', '526f5eed9fcce26f8964c2930787d82b'],
    ['sha1', '9fb5cc0381497b3793528939ff788d5d79145211', '6695febc9288e36282235fc7151f128497b38f3f'],
  ])('are those of the standard for %s', (hash, key, local) => {
    const passKey = passwordKey(hash, PASSWORD);
    expect(passKey.toString('hex')).toBe(key);
    expect(localKey(hash, passKey, ENGINE).toString('hex')).toBe(local);
  });

  it('for AES-128 are the first 16 octets of the localised key', () => {
    const key = passwordKey('sha1', PASSWORD);
    expect(privacyKey('AES', 'sha1', key, ENGINE).toString('hex')).toBe('6695febc9288e36282235fc7151f1284');
  });

  it('for AES-256 with a short hash depend on how they are lengthened, with a long one they do not', () => {
    const short = passwordKey('sha1', PASSWORD);
    const standard = privacyKey('AES256', 'sha1', short, ENGINE);
    const cisco = privacyKey('AES256C', 'sha1', short, ENGINE);
    expect(standard).toHaveLength(32);
    expect(cisco).toHaveLength(32);
    expect(standard.subarray(0, 20)).toEqual(cisco.subarray(0, 20));
    expect(standard.equals(cisco)).toBe(false);
    const long = passwordKey('sha256', PASSWORD);
    expect(privacyKey('AES256', 'sha256', long, ENGINE)).toEqual(privacyKey('AES256C', 'sha256', long, ENGINE));
  });
});
