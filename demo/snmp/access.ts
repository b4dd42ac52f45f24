import { BerReader, integer, octets, TAG, tlv } from './ber.ts';

/** Answers a PDU in so many bytes at most; undefined where an agent stays silent. */
export type AnswerPdu = (pdu: Buffer, maxBytes: number) => Buffer | undefined;

/** How an agent knows who asks: by community (v2c) or by user (v3). */
export interface Access {
  /**
   * The answer to one datagram, or undefined: agents are silent on what they cannot read or may not answer.
   * @throws RangeError where the datagram is no SNMP message
   */
  answer(datagram: Buffer, answerPdu: AnswerPdu): Buffer | undefined;
}

/** SNMPv2c: everyone who names the community. @source RFC 1901 */
export class CommunityAccess implements Access {
  constructor(private readonly community: string) {}

  answer(datagram: Buffer, answerPdu: AnswerPdu): Buffer | undefined {
    const message = new BerReader(new BerReader(datagram).expect(TAG.sequence));
    const version = message.int();
    const community = message.expect(TAG.octets);
    if (version !== 1 || community.toString('utf8') !== this.community) return undefined;
    const pdu = answerPdu(message.next().bytes, Number.POSITIVE_INFINITY);
    return pdu && tlv(TAG.sequence, Buffer.concat([integer(1), octets(community), pdu]));
  }
}
