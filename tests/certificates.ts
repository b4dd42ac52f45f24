import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate and its key, as files hold them; made here so that none expires in the repository. */
export interface Issued {
  name: string;
  cert: string;
  key: string;
  privateKey: KeyObject;
}

export interface Wanted {
  /** The common name, and where it is no address the only name. */
  name: string;
  /** Names and addresses it is for. */
  dns?: string[];
  addresses?: string[];
  /** Signed by itself where left out. */
  issuer?: Issued;
  authority?: boolean;
  validUntil?: Date;
}

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

/** Object identifiers as their contents in hexadecimal digits. */
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
const COMMON_NAME = oid('550403');
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));
const BASIC_CONSTRAINTS = oid('551d13');
const ALT_NAMES = oid('551d11');
const TRUE = der(0x01, Buffer.from([0xff]));

const nameOf = (text: string) => sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(text)))));
const timeOf = (at: Date) => der(0x18, Buffer.from(`${at.toISOString().replace(/[-:T]|\.\d+/g, '')}`));

/**
 * Makes an X.509 version 3 certificate for an elliptic curve key.
 * @source RFC 5280 sections 4.1 and 4.2.1
 */
export function issue(wanted: Wanted): Issued {
  const { name, dns = [], addresses = [], issuer, authority = false } = wanted;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const day = 86_400_000;
  const alternatives = [
    ...dns.map((text) => der(0x82, Buffer.from(text))),
    ...addresses.map((text) => der(0x87, Buffer.from(text.split('.').map(Number)))),
  ];
  const extensions = [
    sequence(BASIC_CONSTRAINTS, TRUE, der(0x04, sequence(...(authority ? [TRUE] : [])))),
    ...(alternatives.length > 0 ? [sequence(ALT_NAMES, der(0x04, sequence(...alternatives)))] : []),
  ];
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    nameOf(issuer?.name ?? name),
    sequence(timeOf(new Date(Date.now() - 10 * day)), timeOf(wanted.validUntil ?? new Date(Date.now() + 10 * day))),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey);
  const whole = sequence(body, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    name,
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    privateKey,
  };
}
