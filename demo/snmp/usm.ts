import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import snmp from 'net-snmp';
import type { Access, AnswerPdu } from './access.ts';
import { BerReader, integer, objectId, octets, TAG, tlv } from './ber.ts';

/** A user of an agent, who must sign and encrypt (authPriv). */
export interface UsmUser {
  name: string;
  authProtocol: 'sha256' | 'sha512';
  password: string;
  /** Keys of these digests are long enough for these ciphers: none has to be lengthened. */
  privProtocol: 'aes-128-cfb' | 'aes-256-cfb';
  privPassword: string;
}

export interface UsmEngine {
  id: Buffer;
  boots: number;
  /** Seconds since it booted. */
  timeSeconds: () => number;
}

/** Octets of the truncated digest that signs a message. @source RFC 7860 section 4 */
const CODE_BYTES = { sha256: 24, sha512: 48 } as const;
const KEY_BYTES = { 'aes-128-cfb': 16, 'aes-256-cfb': 32 } as const;
const SALT_BYTES = 8;
/** A message may be this old, or this far ahead, s. @source RFC 3414 section 2.2.3 */
const TIME_WINDOW_SECONDS = 150;
const MAX_MESSAGE_BYTES = 65_507;
const FLAG = { auth: 1, priv: 2, reportable: 4 } as const;
const USM = 3;

/** Why a message is not answered, by the object that counts it. @source RFC 3414 section 5, RFC 3412 section 5 */
const STATS = {
  unsupportedSecLevels: [1, 3, 6, 1, 6, 3, 15, 1, 1, 1, 0],
  notInTimeWindows: [1, 3, 6, 1, 6, 3, 15, 1, 1, 2, 0],
  unknownUserNames: [1, 3, 6, 1, 6, 3, 15, 1, 1, 3, 0],
  unknownEngineIds: [1, 3, 6, 1, 6, 3, 15, 1, 1, 4, 0],
  wrongDigests: [1, 3, 6, 1, 6, 3, 15, 1, 1, 5, 0],
  decryptionErrors: [1, 3, 6, 1, 6, 3, 15, 1, 1, 6, 0],
  unknownContexts: [1, 3, 6, 1, 6, 3, 12, 1, 5, 0],
} as const;
type Reason = keyof typeof STATS;

/** A datagram as far as it can be read without keys. */
interface Message {
  datagram: Buffer;
  id: number;
  maxBytes: number;
  flags: number;
  engineId: Buffer;
  boots: number;
  time: number;
  user: string;
  code: Buffer;
  salt: Buffer;
  /** The scoped PDU, or what it is encrypted to. */
  data: { tag: number; value: Buffer };
}

/**
 * SNMPv3 with the user-based security model for one user: who asks is checked, answers are signed and encrypted, and who
 * asks wrongly is told why by a report. Keys are made of pass phrases by net-snmp.
 * @source RFC 3412, 3414, 3826, 7860
 */
export class UsmAccess implements Access {
  private readonly counts = new Map<Reason, number>();
  private readonly signingKey: Buffer;
  private readonly cipherKey: Buffer;

  constructor(
    private readonly engine: UsmEngine,
    private readonly user: UsmUser,
  ) {
    const keyOf = (password: string): Buffer =>
      snmp.Authentication.passwordToKey(snmp.AuthProtocols[user.authProtocol], password, engine.id);
    this.signingKey = keyOf(user.password);
    this.cipherKey = keyOf(user.privPassword).subarray(0, KEY_BYTES[user.privProtocol]);
  }

  answer(datagram: Buffer, answerPdu: AnswerPdu): Buffer | undefined {
    const message = readMessage(datagram);
    if (message === undefined) return undefined;
    const reason = this.refuse(message);
    if (reason !== undefined) return this.report(message, reason);
    const scoped = this.decrypt(message);
    if (scoped === undefined) return this.report(message, 'decryptionErrors');
    if (scoped.context.length > 0) return this.report(message, 'unknownContexts');
    const pdu = answerPdu(scoped.pdu, message.maxBytes);
    return pdu && this.seal(message.id, FLAG.auth | FLAG.priv, pdu);
  }

  /** The checks of RFC 3414 section 3.2, in its order. */
  private refuse(message: Message): Reason | undefined {
    if (!message.engineId.equals(this.engine.id)) return 'unknownEngineIds';
    if (message.user !== this.user.name) return 'unknownUserNames';
    if ((message.flags & FLAG.auth) === 0 || (message.flags & FLAG.priv) === 0) return 'unsupportedSecLevels';
    if (!this.isAuthentic(message)) return 'wrongDigests';
    const age = Math.abs(this.engine.timeSeconds() - message.time);
    if (message.boots !== this.engine.boots || age > TIME_WINDOW_SECONDS) return 'notInTimeWindows';
    return undefined;
  }

  private isAuthentic({ datagram, code }: Message): boolean {
    const signed = Buffer.from(datagram);
    signed.fill(0, code.byteOffset - datagram.byteOffset, code.byteOffset - datagram.byteOffset + code.length);
    return this.codeOf(signed).equals(code);
  }

  private codeOf(message: Buffer): Buffer {
    const { authProtocol } = this.user;
    return createHmac(authProtocol, this.signingKey).update(message).digest().subarray(0, CODE_BYTES[authProtocol]);
  }

  private decrypt({ data, salt, boots, time }: Message): { context: Buffer; pdu: Buffer } | undefined {
    if (data.tag !== TAG.octets || salt.length !== SALT_BYTES) return undefined;
    const cipher = createDecipheriv(this.user.privProtocol, this.cipherKey, vectorOf(boots, time, salt));
    const plain = Buffer.concat([cipher.update(data.value), cipher.final()]);
    try {
      const scoped = new BerReader(new BerReader(plain).expect(TAG.sequence));
      scoped.expect(TAG.octets);
      const context = scoped.expect(TAG.octets);
      return { context, pdu: scoped.next().bytes };
    } catch (error) {
      // With a wrong key it decrypts to anything.
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  private report(message: Message, reason: Reason): Buffer | undefined {
    const count = (this.counts.get(reason) ?? 0) + 1;
    this.counts.set(reason, count);
    if ((message.flags & FLAG.reportable) === 0) return undefined;
    const binding = tlv(TAG.sequence, Buffer.concat([objectId(STATS[reason]), integer(count, TAG.counter32)]));
    const body = [integer(0), integer(0), integer(0), tlv(TAG.sequence, binding)];
    // Only a signed report can set the asker's clock: then it must be told.
    const flags = reason === 'notInTimeWindows' ? FLAG.auth : 0;
    return this.seal(message.id, flags, tlv(TAG.report, Buffer.concat(body)));
  }

  /** A message of this engine around a PDU. */
  private seal(id: number, flags: number, pdu: Buffer): Buffer {
    const { id: engineId, boots } = this.engine;
    const time = this.engine.timeSeconds();
    const scoped = tlv(TAG.sequence, Buffer.concat([octets(engineId), octets(''), pdu]));
    let data = scoped;
    let salt: Buffer = Buffer.alloc(0);
    if ((flags & FLAG.priv) !== 0) {
      salt = randomBytes(SALT_BYTES);
      const cipher = createCipheriv(this.user.privProtocol, this.cipherKey, vectorOf(boots, time, salt));
      data = octets(Buffer.concat([cipher.update(scoped), cipher.final()]));
    }
    const signs = (flags & FLAG.auth) !== 0;
    const write = (code: Buffer): Buffer => {
      const header = [integer(id), integer(MAX_MESSAGE_BYTES), octets(Buffer.from([flags])), integer(USM)];
      const security = [
        octets(engineId),
        integer(boots),
        integer(time),
        octets(signs ? this.user.name : ''),
        octets(code),
      ];
      return tlv(
        TAG.sequence,
        Buffer.concat([
          integer(3),
          tlv(TAG.sequence, Buffer.concat(header)),
          octets(tlv(TAG.sequence, Buffer.concat([...security, octets(salt)]))),
          data,
        ]),
      );
    };
    if (!signs) return write(Buffer.alloc(0));
    return write(this.codeOf(write(Buffer.alloc(CODE_BYTES[this.user.authProtocol]))));
  }
}

/** @returns undefined for what is no SNMPv3 message of this security model: agents are silent then */
function readMessage(datagram: Buffer): Message | undefined {
  const message = new BerReader(new BerReader(datagram).expect(TAG.sequence));
  if (message.int() !== 3) return undefined;
  const header = new BerReader(message.expect(TAG.sequence));
  const id = header.int();
  const maxBytes = header.int();
  const [flags = 0] = header.expect(TAG.octets);
  if (header.int() !== USM) return undefined;
  const security = new BerReader(new BerReader(message.expect(TAG.octets)).expect(TAG.sequence));
  return {
    ...{ datagram, id, maxBytes, flags },
    engineId: security.expect(TAG.octets),
    boots: security.int(),
    time: security.int(),
    user: security.expect(TAG.octets).toString('utf8'),
    code: security.expect(TAG.octets),
    salt: security.expect(TAG.octets),
    data: message.next(),
  };
}

/** @source RFC 3826 section 3.1.2.1 */
function vectorOf(boots: number, time: number, salt: Buffer): Buffer {
  const vector = Buffer.alloc(16);
  vector.writeUInt32BE(boots, 0);
  vector.writeUInt32BE(time, 4);
  salt.copy(vector, 8);
  return vector;
}
