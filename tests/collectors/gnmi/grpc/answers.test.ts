import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { channelTo, outcomeOf, SUBSCRIBE } from './channels.ts';
import * as raw from './raw-server.ts';

const servers: raw.RawServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** What a call comes to when the server sends these frames, once its headers are there. */
async function answeredBy(answer: (stream: number) => readonly Buffer[]) {
  const server = await raw.answering(answer);
  servers.push(server);
  return outcomeOf(channelTo(server.address));
}

const OK = { 'grpc-status': '0' };
const HTML = { ':status': '200', 'content-type': 'text/html' };
const says = (text: string) => raw.data(1, raw.message(text));
const begun = raw.headers(1, raw.RESPONSE);
const done = raw.trailers(1, OK);

describe('an answer', () => {
  it('is read however its frames are cut', async () => {
    const whole = Buffer.concat([raw.message('first'), raw.message(''), raw.message('second')]);
    const bytes = [...whole].map((byte) => raw.data(1, Buffer.from([byte])));
    const split = await answeredBy(() => [begun, ...bytes, done]);
    expect(split).toEqual({ messages: ['first', '', 'second'], error: null });
    const many = Buffer.concat(Array.from({ length: 500 }, (_, index) => raw.message(`m${index}`)));
    expect((await answeredBy(() => [begun, raw.data(1, many), done])).messages).toHaveLength(500);
  });

  it.each([
    ['a status after its messages', [begun, says('hi'), done], ['hi'], null],
    ['a reset after its status, as servers do whose client has more to say', [begun, done, raw.reset(1, 0)], [], null],
    ['a status already in its headers', [raw.headers(1, { ...raw.RESPONSE, ...OK }), says('hi'), done], ['hi'], null],
    [
      'a status in its headers only',
      [raw.headers(1, { ...raw.RESPONSE, ...OK }), raw.data(1, raw.message('hi'), true)],
      ['hi'],
      null,
    ],
    ['no content-type', [raw.headers(1, { ':status': '200' }), says('hi'), done], ['hi'], null],
    ['a provisional answer before', [raw.headers(1, { ':status': '103' }), begun, says('hi'), done], ['hi'], null],
    [
      'no status',
      [begun, says('hi'), raw.data(1, Buffer.alloc(0), true)],
      ['hi'],
      'UNKNOWN: the device ended the call without a status',
    ],
    [
      'trailers without a status',
      [begun, raw.trailers(1, { x: '0' })],
      [],
      'UNKNOWN: the device ended the call without a status',
    ],
    [
      'half a message',
      [begun, raw.data(1, raw.message('hello').subarray(0, 7)), done],
      [],
      'the device ended its answer in the middle of a message',
    ],
    [
      'an empty status',
      [begun, raw.trailers(1, { 'grpc-status': '' })],
      [],
      'status without a number without a reason',
    ],
    [
      'a status that is no number',
      [begun, raw.trailers(1, { 'grpc-status': '0x0' })],
      [],
      'status 0x0 without a reason',
    ],
    [
      'a refusal in place of headers',
      [raw.trailers(1, { ...raw.RESPONSE, 'grpc-status': '12' }), raw.reset(1, 0)],
      [],
      'UNIMPLEMENTED without a reason',
    ],
    [
      'a refusal, then a reset',
      [begun, raw.trailers(1, { 'grpc-status': '5', 'grpc-message': 'no' }), raw.reset(1, 8)],
      [],
      'NOT_FOUND: no',
    ],
    [
      'a promised length above the limit',
      [begun, raw.data(1, Buffer.from([0, 255, 255, 255, 255]))],
      [],
      'a message of 4294967295 bytes is longer than 1000000',
    ],
  ] as const)('with %s', async (_, frames, messages, message) => {
    const { error, ...rest } = await answeredBy(() => frames);
    expect(rest.messages).toEqual(messages);
    expect(error?.message ?? null).toBe(message);
  });

  it.each([
    [
      'the page of a proxy',
      [raw.headers(1, { ...HTML, ':status': '502' }), raw.data(1, Buffer.from('<html>'))],
      'unavailable',
      'HTTP 502 instead of an answer of gRPC',
    ],
    [
      'a page without an end',
      [raw.headers(1, HTML), raw.data(1, Buffer.from('<html>'))],
      'unavailable',
      'text/html instead of an answer of gRPC',
    ],
    [
      'a login page',
      [raw.trailers(1, { ...HTML, ':status': '401' })],
      'unauthorized',
      'HTTP 401 instead of an answer of gRPC',
    ],
    [
      'another grpc',
      [raw.headers(1, { ':status': '200', 'content-type': 'application/grpc-web+proto' })],
      'unavailable',
      'application/grpc-web+proto instead of an answer of gRPC',
    ],
    [
      'a status of gRPC with another of HTTP',
      [raw.trailers(1, { ...raw.RESPONSE, ':status': '503', 'grpc-status': '16' })],
      'unauthorized',
      'UNAUTHENTICATED without a reason',
    ],
  ] as const)('that is %s', async (_, frames, code, message) => {
    expect((await answeredBy(() => frames)).error).toMatchObject({ code, message });
  });

  it.each([
    [0, 'unavailable', 'UNKNOWN: the device ended the call without a status'],
    [1, 'unavailable', 'INTERNAL: the call was reset (PROTOCOL_ERROR)'],
    [2, 'unavailable', 'INTERNAL: the call was reset (INTERNAL_ERROR)'],
    [3, 'unavailable', 'INTERNAL: the call was reset (FLOW_CONTROL_ERROR)'],
    [7, 'unavailable', 'UNAVAILABLE: the call was reset (REFUSED_STREAM)'],
    [8, 'unavailable', 'CANCELLED: the call was reset (CANCEL)'],
    [11, 'too_large', 'RESOURCE_EXHAUSTED: the call was reset (ENHANCE_YOUR_CALM)'],
    [12, 'unavailable', 'PERMISSION_DENIED: the call was reset (INADEQUATE_SECURITY)'],
    [99, 'unavailable', 'INTERNAL: the call was reset (99)'],
  ] as const)('reset with %i', async (reset, code, message) => {
    const early = await answeredBy((stream) => [raw.reset(stream, reset)]);
    const late = await answeredBy((stream) => [begun, says('hi'), raw.reset(stream, reset)]);
    expect(late.messages).toEqual(['hi']);
    for (const { error } of [early, late]) expect(error).toMatchObject({ code, message });
  });

  it("tells a server's text in one line, as far as it can be decoded", async () => {
    const said = async (text: string) =>
      (await answeredBy(() => [begun, raw.trailers(1, { 'grpc-status': '3', 'grpc-message': text })])).error?.message;
    expect(await said('caf%C3%A9 100% %0a%1b[31mred%E2%80%AE%E2%80%A8')).toBe('INVALID_ARGUMENT: café 100%  [31mred');
    expect(await said('%ff%zz')).toBe('INVALID_ARGUMENT: \ufffd%zz');
    expect((await said('%F0%9F%98%80'.repeat(2000)))?.length).toBe('INVALID_ARGUMENT: '.length + 600);
  });

  it.each([
    ['that its stream does not name', {}, 1, 'a message is marked as compressed, but its stream names no encoding'],
    [
      'nobody offered',
      { 'grpc-encoding': 'snappy' },
      1,
      'a message is compressed by snappy, where identity,gzip,deflate were offered',
    ],
    [
      'that is a word of JavaScript',
      { 'grpc-encoding': 'constructor' },
      1,
      'a message is compressed by constructor, where identity,gzip,deflate were offered',
    ],
    ['with a flag that is none', { 'grpc-encoding': 'gzip' }, 2, 'a message begins with 2, not with 0 or 1'],
  ] as const)('in a compression %s', async (_, more, flag, message) => {
    const frames = [raw.headers(1, { ...raw.RESPONSE, ...more }), raw.data(1, raw.message('hi', flag)), done];
    expect(await answeredBy(() => frames)).toMatchObject({ messages: [], error: { code: 'malformed', message } });
  });

  it('is unpacked where its stream says how, message by message', async () => {
    const frames = [
      raw.headers(1, { ...raw.RESPONSE, 'grpc-encoding': 'gzip' }),
      ...[raw.data(1, raw.message(gzipSync('packed'), 1)), says('plain'), done],
    ];
    expect(await answeredBy(() => frames)).toEqual({ messages: ['packed', 'plain'], error: null });
  });

  it('to one question is one message', async () => {
    for (const [frames, message] of [
      [[begun, done], 'the device answers without a message'],
      [[begun, says('a'), says('b'), done], 'the device gives several answers to one question'],
    ] as const) {
      const server = await raw.answering(() => frames);
      servers.push(server);
      const channel = channelTo(server.address);
      const asked = channel.ask(SUBSCRIBE, Buffer.alloc(0), 1000, new AbortController().signal);
      await expect(asked).rejects.toMatchObject({ code: 'malformed', message });
      channel.close();
    }
  });
});
