import { describe, expect, it } from 'vitest';
import { RecordFraming } from '../../../collectors/lanz/framing.ts';
import { config, congestion, framed } from './records.ts';

const RECORDS = [config(480), congestion({ atMs: 1, entry: 1, segments: 5 }), Buffer.alloc(300, 7)];
const STREAM = Buffer.concat(RECORDS.map(framed));

describe('records of a stream', () => {
  it.each([1, 2, 3, 7, STREAM.length])('are whole however it is cut (%i bytes at a time)', (size) => {
    const framing = new RecordFraming();
    const found: Buffer[] = [];
    for (let at = 0; at < STREAM.length; at += size) found.push(...framing.push(STREAM.subarray(at, at + size)));
    expect(found).toEqual(RECORDS);
    expect(framing.isWithin).toBe(false);
  });

  it('a record that has begun is told, in its length as well', () => {
    const framing = new RecordFraming();
    framing.push(Buffer.from([0xac]));
    expect(framing.isWithin).toBe(true);
    framing.push(Buffer.from([0x02]));
    expect(framing.isWithin).toBe(true);
    expect(framing.push(Buffer.alloc(300))).toHaveLength(1);
    expect(framing.isWithin).toBe(false);
  });

  it('empty records are none', () => {
    expect(new RecordFraming().push(Buffer.from([0, 0, 1, 9, 0]))).toEqual([Buffer.from([9])]);
  });

  it.each([
    ['too long', [0x81, 0x80, 0x40]],
    ['of 64 bits', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ['that never ends', new Array(50).fill(0x80)],
    ['that is the beginning of HTTP', [...Buffer.from('HTTP/1.1 400 Bad Request\r\n').map((byte) => byte | 0x80)]],
  ])('a length %s ends the stream before memory is taken for it', (_, bytes) => {
    expect(() => new RecordFraming().push(Buffer.from(bytes))).toThrow('none of LANZ');
  });
});
