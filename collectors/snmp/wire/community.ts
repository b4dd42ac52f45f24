import { CollectorError, ParseError } from '../../../lib/errors.ts';
import { BerReader, integer, TAG, tlv } from './ber.ts';
import { type Answer, kept, PDU_HEAD_BYTES, type RequestPdu, readPdu } from './message.ts';
import type { Security } from './security.ts';

/** Tag and length of the message. */
const LENGTH_BYTES = 4;

/** SNMPv2c: the community travels in clear text in front of the PDU. @source RFC 1901 section 3 */
export class CommunitySecurity implements Security {
  readonly engineBoots = null;
  readonly headBytes: number;
  private readonly head: Buffer;

  constructor(community: string) {
    this.head = Buffer.concat([integer(1), tlv(TAG.octetString, Buffer.from(community, 'utf8'))]);
    this.headBytes = LENGTH_BYTES + this.head.length + PDU_HEAD_BYTES;
  }

  wrap(pdu: RequestPdu, requestId: number): Buffer {
    let { datagram } = pdu;
    if (datagram === null) {
      datagram = kept(tlv(TAG.sequence, this.head, pdu.bytes));
      pdu.datagram = datagram;
      pdu.pduAt = datagram.length - pdu.bytes.length;
    }
    let at = pdu.pduAt + pdu.requestIdAt;
    datagram[at++] = requestId >>> 24;
    datagram[at++] = requestId >>> 16;
    datagram[at++] = requestId >>> 8;
    datagram[at] = requestId;
    if (pdu.repetitionsAt > 0) datagram[pdu.pduAt + pdu.repetitionsAt] = pdu.bytes[pdu.repetitionsAt] ?? 0;
    return datagram;
  }

  unwrap(datagram: Buffer): Answer {
    const reader = new BerReader(datagram);
    reader.enter(TAG.sequence, 'message');
    const version = reader.integer('version');
    if (version !== 1) throw new ParseError(`the answer is of SNMP version ${version}, not v2c`);
    reader.skip(TAG.octetString, 'community');
    return readPdu(reader);
  }

  onReport(): CollectorError {
    return new CollectorError('malformed', 'the agent answered a v2c request with an SNMPv3 report');
  }
}
