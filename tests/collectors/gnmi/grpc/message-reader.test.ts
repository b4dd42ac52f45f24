import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageReader } from '../../../../collectors/gnmi/grpc/message-reader.ts';

function frame(bytes: Uint8Array, compressed = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = compressed;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function readAll(reader: MessageReader, chunks: readonly Buffer[]): string[] {
  const messages: string[] = [];
  // What a chunk held may be overwritten by the next: only what was copied lives on.
  for (const chunk of chunks) reader.read(chunk, (message) => messages.push(message.toString('latin1')));
  return messages;
}

describe('messages of a gRPC stream', () => {
  it('come out whole, however the network cuts them', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(messages, fc.array(fc.nat({ max: 400 }), { maxLength: 30 }), (sent, cuts) => {
        const bytes = Buffer.concat(sent.map((message) => frame(message)));
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const chunks = at.slice(1).map((to, index) => Buffer.from(bytes.subarray(at[index], to)));
        const read = readAll(new MessageReader(1000), chunks);
        expect(read).toEqual(sent.map((message) => Buffer.from(message).toString('latin1')));
      }),
    );
  });

  it('a large one grows with what has come, not with what its length promises', () => {
    const reader = new MessageReader(64 * 1024 * 1024);
    const promise = Buffer.from([0, 3, 0, 0, 0]);
    const before = process.memoryUsage().arrayBuffers;
    for (let index = 0; index < 20; index++) new MessageReader(64 * 1024 * 1024).read(promise, () => {});
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * 1024 * 1024);
    const large = Buffer.alloc(200_000, 'x');
    const whole = frame(large);
    const chunks = Array.from({ length: 21 }, (_, index) => whole.subarray(index * 10_000, (index + 1) * 10_000));
    expect(readAll(reader, chunks)).toEqual([large.toString('latin1')]);
  });

  it('are unpacked as the stream says, up to the limit', () => {
    for (const [encoding, pack] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
    ] as const) {
      const reader = new MessageReader(1000);
      reader.encoding = encoding;
      expect(readAll(reader, [frame(pack('hello'), 1), frame(Buffer.from('plain'))])).toEqual(['hello', 'plain']);
      expect(() => readAll(reader, [frame(pack(Buffer.alloc(100_000)), 1)])).toThrow('longer than 1000');
      expect(() => readAll(reader, [frame(Buffer.from('no archive'), 1)])).toThrow('cannot be unpacked');
    }
    expect(() => readAll(new MessageReader(1000), [frame(Buffer.from('x'), 1)])).toThrow('names no encoding');
  });

  it('above the limit are refused by their length alone', () => {
    const head = Buffer.from([0, 0, 0, 4, 0]);
    expect(() => readAll(new MessageReader(1000), [head])).toThrow('a message of 1024 bytes is longer than 1000');
    expect(() => readAll(new MessageReader(1000), [head.subarray(0, 2), head.subarray(2)])).toThrow('1024 bytes');
  });
});
