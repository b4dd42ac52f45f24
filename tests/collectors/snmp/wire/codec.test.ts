import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BerReader, integer, TAG, tlv } from '../../../../collectors/snmp/wire/ber.ts';
import { CommunitySecurity } from '../../../../collectors/snmp/wire/community.ts';
import { getBulkPdu } from '../../../../collectors/snmp/wire/message.ts';
import { compareOids, decodeOid, encodeIndex, encodeOid, parseOid } from '../../../../collectors/snmp/wire/oid.ts';

describe('object identifiers', () => {
  it('come back as they went, and in the same order', () => {
    const subId = fc.integer({ min: 0, max: 0xffff_ffff });
    const oid = fc.array(subId, { maxLength: 20 }).map((rest) => [1, 3, ...rest]);
    fc.assert(
      fc.property(oid, oid, (a, b) => {
        const bytes = encodeOid(a);
        expect(decodeOid(bytes, 0, bytes.length)).toEqual(a);
        expect(Buffer.concat([encodeOid(a), encodeIndex(b)]).equals(encodeOid([...a, ...b]))).toBe(true);
        expect(Math.sign(compareOids(a, b)) + Math.sign(compareOids(b, a))).toBe(0);
      }),
    );
  });

  it('with a part over 32 bits, or that ends in the middle of one, are refused', () => {
    expect(() => decodeOid(Buffer.from([0x2b, 0x90, 0x80, 0x80, 0x80, 0x00]), 0, 6)).toThrow(/larger than 32 bits/);
    expect(() => decodeOid(Buffer.from([0x2b, 0x86]), 0, 2)).toThrow(/ends in the middle/);
  });

  it('are written as the standard writes them', () => {
    expect(encodeOid(parseOid('1.3.6.1.4.1.2680.1.2.7.3.2.0')).toString('hex')).toBe('2b06010401947801020703' + '0200');
    expect(encodeOid(parseOid('2.999.3')).toString('hex')).toBe('883703');
  });
});

describe('integers', () => {
  it('take the fewest octets and keep their sign', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        const bytes = integer(value);
        expect(new BerReader(bytes).integer('it')).toBe(value);
      }),
    );
    expect(integer(128).toString('hex')).toBe('02020080');
    expect(integer(-129).toString('hex')).toBe('0202ff7f');
  });
});

describe('a request', () => {
  it('changes only its id and repetitions between two sends', () => {
    const security = new CommunitySecurity('public');
    const pdu = getBulkPdu([encodeOid(parseOid('1.3.6.1.2.1.31.1.1.1.6'))], 0, 50);
    const first = Buffer.from(security.wrap(pdu, 0x4000_0001));
    pdu.bytes[pdu.repetitionsAt] = 9;
    const second = Buffer.from(security.wrap(pdu, 0x7fff_ffff));
    const expected = tlv(
      TAG.sequence,
      integer(1),
      tlv(TAG.octetString, Buffer.from('public')),
      tlv(
        TAG.getBulk,
        integer(0x7fff_ffff),
        integer(0),
        integer(9),
        tlv(
          TAG.sequence,
          tlv(TAG.sequence, tlv(TAG.oid, encodeOid(parseOid('1.3.6.1.2.1.31.1.1.1.6'))), tlv(TAG.null)),
        ),
      ),
    );
    expect(second.equals(expected)).toBe(true);
    expect(first.length).toBe(second.length);
  });
});

describe('an answer', () => {
  it('whose lengths reach beyond the datagram is cut short, and the byte is named', () => {
    const security = new CommunitySecurity('public');
    const answer = tlv(TAG.sequence, integer(1), tlv(TAG.octetString, Buffer.from('public')));
    expect(() => security.unwrap(answer.subarray(0, 9))).toThrow(/cut short: byte 2 announces 11 bytes, 7 are there/);
    expect(() => security.unwrap(Buffer.from([0x30, 0x80, 0, 0]))).toThrow(/form that SNMP does not use/);
    expect(() => security.unwrap(Buffer.alloc(0))).toThrow(/cut short at byte 0/);
  });
});
