import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AuthProfile } from '../../../lib/config/auths.ts';
import { CollectorError, ParseError } from '../../../lib/errors.ts';
import { BerReader, integer, TAG, tlv } from './ber.ts';
import { type Answer, PDU_HEAD_BYTES, type RequestPdu, readPdu } from './message.ts';
import { parseOid, startsWith } from './oid.ts';
import type { Security } from './security.ts';
import { AUTH, localKey, PRIVACY, privacyKey, rememberedPasswordKey } from './usm-keys.ts';
import { readVarbinds } from './value.ts';

type UserProfile = Extract<AuthProfile, { version: 3 }>;

/** msgFlags. @source RFC 3412 section 6.4 */
const FLAG = { authenticated: 1, private: 2, reportable: 4 } as const;
const USER_SECURITY_MODEL = 3;
/** Largest answer we can take. */
const MAX_MESSAGE_BYTES = 65_507;
/** How far an answer's engine time may lie behind, s. @source RFC 3414 section 2.2.3 */
const TIME_WINDOW_S = 150;
const MAX_BOOTS = 2_147_483_647;
const NO_BYTES = Buffer.alloc(0);
/** Tags, lengths, numbers and the salt of a message; its engine id stands in it twice. */
const ENVELOPE_BYTES = 75;
const LONGEST_ENGINE_ID = 32;
/** usmStats: the last part but one says which. @source SNMP-USER-BASED-SM-MIB */
const USM_STATS = parseOid('1.3.6.1.6.3.15.1.1');
const USM = {
  unsupportedSecLevels: 1,
  notInTimeWindows: 2,
  unknownUserNames: 3,
  unknownEngineIds: 4,
  wrongDigests: 5,
  decryptionErrors: 6,
} as const;

/** What is known of the agent's engine. */
interface Engine {
  id: Buffer;
  boots: number;
  /** Engine time when it was heard, and our monotonic clock then. */
  timeS: number;
  heardMs: number;
  /** Boots and time were heard in an authenticated message, not only in the report of discovery. */
  confirmed: boolean;
  /** Since when all that comes is older than what was heard; null = the last message was not. */
  olderSinceMs: number | null;
  authKey: Buffer;
  privKey: Buffer;
}

/** The parts of a received message. */
interface Envelope {
  messageId: number;
  flags: number;
  engineId: Buffer;
  boots: number;
  timeS: number;
  user: string;
  code: Buffer;
  /** Offset of the authentication code in the datagram. */
  codeAt: number;
  salt: Buffer;
  /** Stands at the scoped PDU or its encrypted form. */
  reader: BerReader;
}

/**
 * SNMPv3 with the user-based security model. The engine is discovered by the first request (the agent's report tells
 * its id and time) and followed from authenticated answers afterwards; an engine that restarted is found out by its
 * report, and the request goes out again.
 * @source RFC 3412, RFC 3414, RFC 3826, RFC 7860
 */
export class UserSecurity implements Security {
  readonly headBytes: number;
  private engine: Engine | null = null;
  private salt = randomBytes(8).readBigUInt64BE();
  private readonly authKey: Buffer;
  private readonly privKey: Buffer;
  private readonly hash: string;
  private readonly codeBytes: number;
  private readonly flags: number;

  constructor(
    private readonly profile: UserProfile,
    private readonly monotonicMs: () => number = () => performance.now(),
  ) {
    const { securityLevel, password, privPassword, authProtocol } = profile;
    this.hash = AUTH[authProtocol].hash;
    this.codeBytes = AUTH[authProtocol].codeBytes;
    const authenticated = securityLevel !== 'noAuthNoPriv' && password !== undefined;
    const secret = securityLevel === 'authPriv' && privPassword !== undefined;
    this.authKey = authenticated ? rememberedPasswordKey(this.hash, password) : NO_BYTES;
    this.privKey = secret ? rememberedPasswordKey(this.hash, privPassword) : NO_BYTES;
    this.flags = (authenticated ? FLAG.authenticated : 0) | (secret ? FLAG.private : 0);
    const names = Buffer.byteLength(profile.username) + Buffer.byteLength(profile.contextName ?? '');
    this.headBytes = ENVELOPE_BYTES + 2 * LONGEST_ENGINE_ID + names + this.codeBytes + PDU_HEAD_BYTES;
  }

  get engineBoots(): number | null {
    return this.engine?.boots ?? null;
  }

  wrap(pdu: RequestPdu, requestId: number): Buffer {
    const { engine } = this;
    pdu.bytes.writeUInt32BE(requestId, pdu.requestIdAt);
    // Before the engine is known, an empty engine id asks for the report that names it.
    const flags = engine === null ? 0 : this.flags;
    const engineId = engine?.id ?? NO_BYTES;
    const boots = engine?.boots ?? 0;
    const timeS = engine === null ? 0 : this.timeOf(engine);
    const scoped = tlv(
      TAG.sequence,
      tlv(TAG.octetString, engineId),
      tlv(TAG.octetString, Buffer.from(this.profile.contextName ?? '', 'utf8')),
      pdu.bytes,
    );
    const salt = (flags & FLAG.private) !== 0 ? this.nextSalt() : NO_BYTES;
    const data =
      engine !== null && salt.length > 0 ? tlv(TAG.octetString, this.encrypt(engine, timeS, salt, scoped)) : scoped;
    const saltField = tlv(TAG.octetString, salt);
    const codeBytes = (flags & FLAG.authenticated) !== 0 ? this.codeBytes : 0;
    const message = tlv(
      TAG.sequence,
      integer(3),
      tlv(
        TAG.sequence,
        integer(requestId),
        integer(MAX_MESSAGE_BYTES),
        tlv(TAG.octetString, Buffer.from([flags | FLAG.reportable])),
        integer(USER_SECURITY_MODEL),
      ),
      tlv(
        TAG.octetString,
        tlv(
          TAG.sequence,
          tlv(TAG.octetString, engineId),
          integer(boots),
          integer(timeS),
          tlv(TAG.octetString, engine === null ? NO_BYTES : Buffer.from(this.profile.username, 'utf8')),
          tlv(TAG.octetString, Buffer.alloc(codeBytes)),
          saltField,
        ),
      ),
      data,
    );
    if (engine !== null && codeBytes > 0) {
      const codeAt = message.length - data.length - saltField.length - codeBytes;
      message.set(this.codeOf(engine, message), codeAt);
    }
    return message;
  }

  unwrap(datagram: Buffer): Answer {
    const envelope = readEnvelope(datagram);
    const authenticated = (envelope.flags & FLAG.authenticated) !== 0;
    const { engine } = this;
    if (authenticated) {
      if (engine === null || !envelope.engineId.equals(engine.id))
        throw new ParseError('the answer is of an engine we did not ask');
      this.verify(engine, envelope, datagram);
      this.hear(engine, envelope);
    }
    const pdu = readPdu(this.openScoped(engine, envelope));
    if (pdu.tag === TAG.report) {
      if (!authenticated) this.learn(envelope, pdu);
    } else {
      if ((envelope.flags & this.flags) !== this.flags) {
        throw new CollectorError('unauthorized', 'the answer is less protected than the request: it is not taken');
      }
      if (pdu.requestId !== envelope.messageId) throw new ParseError('the answer is to another request');
    }
    pdu.requestId = envelope.messageId;
    return pdu;
  }

  onReport(report: Answer): 'resend' | CollectorError {
    const { username, securityLevel } = this.profile;
    switch (usmReason(report)) {
      case USM.unknownEngineIds:
      case USM.notInTimeWindows:
        return 'resend';
      case USM.unknownUserNames:
        return refused(`the agent does not know the user "${username}": create it there or correct username`);
      case USM.wrongDigests:
        return refused(`the agent refuses the password of user "${username}": correct password or authProtocol`);
      case USM.decryptionErrors:
        return refused(`the agent cannot decrypt requests of user "${username}": correct privPassword or privProtocol`);
      case USM.unsupportedSecLevels:
        return refused(`the agent does not let user "${username}" in with ${securityLevel}: correct securityLevel`);
      default:
        return refused('the agent answered with a report that says nothing of users or time');
    }
  }

  /** An unauthenticated report may only name the engine: its id, and a first guess of its time. */
  private learn(envelope: Envelope, report: Answer): void {
    if (usmReason(report) !== USM.unknownEngineIds) return;
    const { engineId, boots, timeS } = envelope;
    if (engineId.length < 5 || engineId.length > LONGEST_ENGINE_ID) throw new ParseError('the report names no engine');
    if (this.engine?.id.equals(engineId)) return;
    const id = Buffer.from(engineId);
    this.engine = {
      id,
      boots,
      timeS,
      heardMs: this.monotonicMs(),
      confirmed: false,
      olderSinceMs: null,
      authKey: this.authKey.length > 0 ? localKey(this.hash, this.authKey, id) : NO_BYTES,
      privKey: this.privKey.length > 0 ? privacyKey(this.profile.privProtocol, this.hash, this.privKey, id) : NO_BYTES,
    };
  }

  /** Follows the engine's clock from an authenticated message, and refuses one that is too old. */
  private hear(engine: Engine, { boots, timeS }: Envelope): void {
    const nowS = this.timeOf(engine);
    if (!engine.confirmed || boots > engine.boots || (boots === engine.boots && timeS >= engine.timeS)) {
      Object.assign(engine, { boots, timeS, heardMs: this.monotonicMs(), confirmed: true, olderSinceMs: null });
      return;
    }
    if (boots < engine.boots || boots === MAX_BOOTS || timeS < nowS - TIME_WINDOW_S) {
      engine.olderSinceMs ??= this.monotonicMs();
      // Nothing newer for as long as an old message may pass for a new one: the device begins to count afresh.
      if (this.monotonicMs() - engine.olderSinceMs > TIME_WINDOW_S * 1000) this.engine = null;
      throw new CollectorError(
        'unauthorized',
        'the answer is older than the time window of 150 s and is not taken; a device that has lost its boot count is asked afresh after that time',
      );
    }
    engine.olderSinceMs = null;
  }

  private timeOf(engine: Engine): number {
    return engine.timeS + Math.floor((this.monotonicMs() - engine.heardMs) / 1000);
  }

  private verify(engine: Engine, { code, codeAt }: Envelope, datagram: Buffer): void {
    const claimed = Buffer.from(code);
    code.fill(0);
    const expected = this.codeOf(engine, datagram);
    datagram.set(claimed, codeAt);
    if (claimed.length !== expected.length || !timingSafeEqual(claimed, expected)) {
      throw new CollectorError('unauthorized', 'the answer does not carry a code of our password: it is not taken');
    }
  }

  private codeOf(engine: Engine, message: Buffer): Buffer {
    return createHmac(this.hash, engine.authKey).update(message).digest().subarray(0, this.codeBytes);
  }

  private openScoped(engine: Engine | null, { flags, reader, boots, timeS, salt }: Envelope): BerReader {
    let scoped = reader;
    if ((flags & FLAG.private) !== 0) {
      if (engine === null || engine.privKey.length === 0 || salt.length !== 8)
        throw new ParseError('the answer is encrypted for somebody else');
      const decipher = createDecipheriv(
        PRIVACY[this.profile.privProtocol].cipher,
        engine.privKey,
        vector(boots, timeS, salt),
      );
      const encrypted = reader.octets('encrypted part');
      scoped = new BerReader(Buffer.concat([decipher.update(encrypted), decipher.final()]));
    }
    scoped.enter(TAG.sequence, 'scoped PDU');
    scoped.octets('context engine id');
    scoped.octets('context name');
    return scoped;
  }

  private encrypt(engine: Engine, timeS: number, salt: Buffer, scoped: Buffer): Buffer {
    const { cipher } = PRIVACY[this.profile.privProtocol];
    const encryption = createCipheriv(cipher, engine.privKey, vector(engine.boots, timeS, salt));
    return Buffer.concat([encryption.update(scoped), encryption.final()]);
  }

  /** Never the same twice with one key. @source RFC 3826 section 3.1.2.1 */
  private nextSalt(): Buffer {
    this.salt = BigInt.asUintN(64, this.salt + 1n);
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(this.salt);
    return bytes;
  }
}

/** Initialisation vector: boots, time, salt. */
function vector(boots: number, timeS: number, salt: Buffer): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(boots >>> 0, 0);
  bytes.writeUInt32BE(timeS >>> 0, 4);
  bytes.set(salt, 8);
  return bytes;
}

function readEnvelope(datagram: Buffer): Envelope {
  const reader = new BerReader(datagram);
  reader.enter(TAG.sequence, 'message');
  const version = reader.integer('version');
  if (version !== 3) throw new ParseError(`the answer is of SNMP version ${version}, not v3`);
  reader.enter(TAG.sequence, 'message header');
  const messageId = reader.integer('message id');
  reader.integer('message size');
  const flags = reader.octets('message flags')[0] ?? 0;
  const model = reader.integer('security model');
  if (model !== USER_SECURITY_MODEL) throw new ParseError(`the answer uses security model ${model}, not users`);
  reader.enter(TAG.octetString, 'security parameters');
  reader.enter(TAG.sequence, 'security parameters');
  const engineId = reader.octets('engine id');
  const boots = reader.integer('engine boots');
  const timeS = reader.integer('engine time');
  if (boots < 0 || timeS < 0) throw new ParseError('the engine time of the answer is negative');
  const user = reader.octets('user name').toString('utf8');
  const code = reader.octets('authentication code');
  const codeAt = reader.at - code.length;
  const salt = reader.octets('privacy salt');
  return { messageId, flags, engineId, boots, timeS, user, code, codeAt, salt, reader };
}

/** Which usmStats counter a report carries, or 0. */
function usmReason(report: Answer): number {
  const [first] = readVarbinds(report.bytes, report.varbindsStart, report.varbindsEnd);
  return first !== undefined && startsWith(first.oid, USM_STATS) ? (first.oid[USM_STATS.length] ?? 0) : 0;
}

function refused(message: string): CollectorError {
  return new CollectorError('unauthorized', message);
}
