import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../../lib/errors.ts';
import { ProtoReader } from '../../../lib/protobuf/reader.ts';
import { encodeProto } from '../../../lib/protobuf/writer.ts';

describe('ProtoReader', () => {
  it('reads back what was written, whatever was not asked for in between', () => {
    const inner = encodeProto([[1, 'inside']]);
    const reader = new ProtoReader(
      encodeProto([
        [1, 300n],
        [2, 'text é'],
        [3, -1n],
        [4, inner],
        [1000, 2n ** 63n],
      ]),
    );
    const found: unknown[] = [];
    while (reader.next()) {
      if (reader.field === 2) found.push(reader.text());
      else if (reader.field === 3) found.push(reader.int64());
      else if (reader.field === 4) {
        const message = reader.message();
        while (message.next()) found.push(message.text());
      } else if (reader.field === 1000) found.push(reader.uint64());
    }
    expect(found).toEqual(['text é', -1n, 'inside', 2n ** 63n]);
  });

  it('reads every varint', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), (value) => {
        const reader = new ProtoReader(encodeProto([[7, value]]));
        expect(reader.next() && reader.uint64()).toBe(value);
        expect(reader.next()).toBe(false);
      }),
    );
  });

  it.each([
    ['a number without an end', [0x08, 0x80]],
    ['a number of eleven bytes', [0x08, ...new Array(11).fill(0xff), 1]],
    ['field number 0', [0x00, 0x01]],
    ['a field longer than its message', [0x12, 0x7f, 0x01]],
    ['a length beyond 2^53', [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['a double cut short', [0x09, 1, 2, 3]],
    ['a group', [0x0b, 0x0c]],
  ])('refuses %s', (_, bytes) => {
    expect(() => {
      const reader = new ProtoReader(Buffer.from(bytes));
      while (reader.next());
    }).toThrow(ParseError);
  });

  it('refuses a field of another type', () => {
    const reader = new ProtoReader(encodeProto([[1, 5n]]));
    reader.next();
    expect(() => reader.text()).toThrow('field 1 has wire type 0');
  });
});
