import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { BerReader, integer, TAG, tlv } from '../../../../collectors/snmp/wire/ber.ts';
import { encodeOid, parseOid } from '../../../../collectors/snmp/wire/oid.ts';
import { AUTH, localKey, PRIVACY, passwordKey, privacyKey } from '../../../../collectors/snmp/wire/usm-keys.ts';
import type { AuthProfile } from '../../../../lib/config/auths.ts';

export type V3Profile = Extract<AuthProfile, { version: 3 }>;

const AUTHENTICATED = 1;
const PRIVATE = 2;

/** What a request said, once the engine has read it. */
export interface SeenRequest {
  messageId: number;
  requestId: number;
  flags: number;
  engineId: Buffer;
  boots: number;
  timeS: number;
  user: string;
  /** Whether its code is that of the user's key; null = not authenticated. */
  genuine: boolean | null;
  contextName: string;
}

export interface AnswerParts {
  messageId: number;
  /** Inside the PDU; the message id where it is left out. */
  requestId?: number;
  flags?: number;
  boots?: number;
  timeS?: number;
  engineId?: Buffer;
  /** Last part but one of the usmStats counter: a report instead of an answer. */
  report?: number;
  /** These bytes in the place of the PDU, protected as any other. */
  pdu?: Buffer;
}

/** The agent's side of SNMPv3 with one user: written from the RFCs apart from the collector's own, for tests only. */
export class FakeEngine {
  boots = 5;
  timeS = 1000;
  private readonly hash: string;
  private readonly codeBytes: number;
  private readonly authKey: Buffer;
  private readonly privKey: Buffer;

  constructor(
    private readonly profile: V3Profile,
    readonly id = Buffer.from('80001f8804746573742d656e67696e65', 'hex'),
  ) {
    ({ hash: this.hash, codeBytes: this.codeBytes } = AUTH[profile.authProtocol]);
    this.authKey = localKey(this.hash, passwordKey(this.hash, Buffer.from(profile.password ?? '')), this.id);
    const privPassword = Buffer.from(profile.privPassword ?? 'unused');
    this.privKey = privacyKey(profile.privProtocol, this.hash, passwordKey(this.hash, privPassword), this.id);
  }

  read(datagram: Buffer): SeenRequest {
    const copy = Buffer.from(datagram);
    const reader = new BerReader(copy);
    reader.enter(TAG.sequence, 'message');
    reader.integer('version');
    reader.enter(TAG.sequence, 'header');
    const messageId = reader.integer('message id');
    reader.integer('size');
    const flags = reader.octets('flags')[0]!;
    reader.integer('model');
    reader.enter(TAG.octetString, 'parameters');
    reader.enter(TAG.sequence, 'parameters');
    const engineId = reader.octets('engine');
    const boots = reader.integer('boots');
    const timeS = reader.integer('time');
    const user = reader.octets('user').toString();
    const code = reader.octets('code');
    const claimed = Buffer.from(code);
    const salt = reader.octets('salt');
    let genuine: boolean | null = null;
    if ((flags & AUTHENTICATED) !== 0) {
      code.fill(0);
      genuine = this.codeOf(copy).equals(claimed);
    }
    let scoped = reader;
    if ((flags & PRIVATE) !== 0) {
      const { cipher } = PRIVACY[this.profile.privProtocol];
      const decipher = createDecipheriv(cipher, this.privKey, vector(boots, timeS, salt));
      scoped = new BerReader(Buffer.concat([decipher.update(reader.octets('secret')), decipher.final()]));
    }
    scoped.enter(TAG.sequence, 'scoped PDU');
    scoped.octets('context engine');
    const contextName = scoped.octets('context name').toString();
    scoped.header();
    const requestId = scoped.integer('request id');
    return { messageId, requestId, flags, engineId, boots, timeS, user, genuine, contextName };
  }

  /** An answer with one number, or a report, as protected as `flags` say. */
  answer(parts: AnswerParts): Buffer {
    const { messageId, requestId = messageId, flags = AUTHENTICATED | PRIVATE, engineId = this.id } = parts;
    const { boots = this.boots, timeS = this.timeS, report } = parts;
    const name = report === undefined ? '1.3.6.1.2.1.1.3.0' : `1.3.6.1.6.3.15.1.1.${report}.0`;
    const variable = tlv(TAG.sequence, tlv(TAG.oid, encodeOid(parseOid(name))), integer(42));
    const tag = report === undefined ? TAG.response : TAG.report;
    const own = tlv(tag, integer(requestId), integer(0), integer(0), tlv(TAG.sequence, variable));
    const pdu = parts.pdu ?? own;
    const scoped = tlv(TAG.sequence, tlv(TAG.octetString, engineId), tlv(TAG.octetString), pdu);
    const salt = Buffer.from('0011223344556677', 'hex');
    let data = scoped;
    if ((flags & PRIVATE) !== 0) {
      const { cipher } = PRIVACY[this.profile.privProtocol];
      const encryption = createCipheriv(cipher, this.privKey, vector(boots, timeS, salt));
      data = tlv(TAG.octetString, Buffer.concat([encryption.update(scoped), encryption.final()]));
    }
    const build = (code: Buffer): Buffer =>
      tlv(
        TAG.sequence,
        integer(3),
        tlv(TAG.sequence, integer(messageId), integer(65_507), tlv(TAG.octetString, Buffer.from([flags])), integer(3)),
        tlv(
          TAG.octetString,
          tlv(
            TAG.sequence,
            tlv(TAG.octetString, engineId),
            integer(boots),
            integer(timeS),
            tlv(TAG.octetString, Buffer.from(this.profile.username)),
            tlv(TAG.octetString, code),
            tlv(TAG.octetString, (flags & PRIVATE) === 0 ? Buffer.alloc(0) : salt),
          ),
        ),
        data,
      );
    if ((flags & AUTHENTICATED) === 0) return build(Buffer.alloc(0));
    return build(this.codeOf(build(Buffer.alloc(this.codeBytes))));
  }

  private codeOf(message: Buffer): Buffer {
    return createHmac(this.hash, this.authKey).update(message).digest().subarray(0, this.codeBytes);
  }
}

function vector(boots: number, timeS: number, salt: Buffer): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(boots, 0);
  bytes.writeUInt32BE(timeS, 4);
  salt.copy(bytes, 8);
  return bytes;
}
