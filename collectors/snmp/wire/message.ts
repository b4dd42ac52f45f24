import { ParseError } from '../../../lib/errors.ts';
import { BerReader, integer, TAG, tlv } from './ber.ts';

/** A PDU whose request id and max-repetitions are patched in place, so that asking again costs no encoding. */
export interface RequestPdu {
  bytes: Buffer;
  /** Offset of the four octets of the request id. */
  requestIdAt: number;
  /** Offset of the one octet of max-repetitions; 0 for a Get. */
  repetitionsAt: number;
  /** The whole datagram once it has been built (v2c), and where the PDU is in it. */
  datagram: Buffer | null;
  pduAt: number;
}

/** An answer: where things are in its PDU (offsets are into `bytes`), and when it went round. */
export interface Answer {
  bytes: Buffer;
  tag: number;
  requestId: number;
  errorStatus: number;
  errorIndex: number;
  varbindsStart: number;
  varbindsEnd: number;
  /** When the try it answers was sent and came back, on the monotonic clock (performance.now); set by the session. */
  sentMs: number;
  receivedMs: number;
}

/** Names of error-status values, as an operator finds them in the manual. @source RFC 3416 section 3 */
export const ERROR_STATUS: Readonly<Record<number, string>> = {
  1: 'tooBig',
  2: 'noSuchName',
  3: 'badValue',
  5: 'genErr',
  6: 'noAccess',
  13: 'resourceUnavailable',
  16: 'authorizationError',
};

/** error-status tooBig: the answer would not fit a message of the agent. */
export const TOO_BIG = 1;

/** Of the PDU without its variables, and of the list's own head. */
export const PDU_HEAD_BYTES = 24;

/** One octet holds max-repetitions, so it can be patched. */
export const MAX_REPETITIONS = 127;

/** Request ids are four octets without sign bit and with the second bit set, so the encoding never changes length. */
export const REQUEST_ID_BASE = 0x4000_0000;

/** A GetBulk whose first `nonRepeaters` names are asked once and the others `maxRepetitions` times. */
export function getBulkPdu(oids: readonly Uint8Array[], nonRepeaters: number, maxRepetitions: number): RequestPdu {
  return requestPdu(TAG.getBulk, oids, nonRepeaters, Math.min(maxRepetitions, MAX_REPETITIONS));
}

/** A Get of exact instances. */
export function getPdu(oids: readonly Uint8Array[]): RequestPdu {
  return requestPdu(TAG.get, oids, 0, 0);
}

function requestPdu(tag: number, oids: readonly Uint8Array[], second: number, third: number): RequestPdu {
  const names = oids.map((oid) => tlv(TAG.sequence, tlv(TAG.oid, oid), tlv(TAG.null)));
  const head = Buffer.concat([
    tlv(TAG.integer, Buffer.from([0x40, 0, 0, 0])),
    integer(second),
    tlv(TAG.integer, Buffer.from([third])),
  ]);
  const bytes = kept(tlv(tag, head, tlv(TAG.sequence, ...names)));
  const headAt = new BerReader(bytes);
  headAt.header();
  const requestIdAt = headAt.at + 2;
  const repetitionsAt = tag === TAG.getBulk ? headAt.at + head.length - 1 : 0;
  return { bytes, requestIdAt, repetitionsAt, datagram: null, pduAt: 0 };
}

/** A copy for keeps: a small buffer made of others would keep the whole page it was cut from. */
export function kept(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/**
 * Reads the head of the PDU at `reader` and checks that the variables end where the PDU does.
 * @throws ParseError naming the byte
 */
export function readPdu(reader: BerReader): Answer {
  const tag = reader.header();
  if (tag !== TAG.response && tag !== TAG.report) {
    throw new ParseError(`the answer is a PDU of type 0x${tag.toString(16)}, not a response`);
  }
  const requestId = reader.integer('request id');
  const errorStatus = reader.integer('error status');
  const errorIndex = reader.integer('error index');
  reader.enter(TAG.sequence, 'variable list');
  return {
    bytes: reader.bytes,
    tag,
    requestId,
    errorStatus,
    errorIndex,
    varbindsStart: reader.at,
    varbindsEnd: reader.at + reader.length,
    sentMs: 0,
    receivedMs: 0,
  };
}
