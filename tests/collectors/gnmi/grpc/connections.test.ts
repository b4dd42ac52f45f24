import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { ChannelOptions, GrpcChannel } from '../../../../collectors/gnmi/grpc/channel.ts';
import { KeepaliveInterval } from '../../../../collectors/gnmi/grpc/keepalive.ts';
import { channelTo, outcomeOf, SUBSCRIBE } from './channels.ts';
import * as raw from './raw-server.ts';

const servers: raw.RawServer[] = [];
const channels: GrpcChannel[] = [];
afterEach(async () => {
  for (const channel of channels.splice(0)) channel.close();
  for (const server of servers.splice(0)) await server.close();
});

async function serve(...[heard, options]: Parameters<typeof raw.rawServer>): Promise<raw.RawServer> {
  const server = await raw.rawServer(heard, options);
  servers.push(server);
  return server;
}

function open(server: raw.RawServer, options: Partial<ChannelOptions> = {}): GrpcChannel {
  const channel = channelTo(server.address, options);
  channels.push(channel);
  return channel;
}

const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const errorOf = (ended: Promise<unknown>) =>
  ended.then(
    () => null,
    (error: Error) => error,
  );
const quiet = (): void => {};
const certificate = (name: string) => readFileSync(new URL(`../certificates/${name}`, import.meta.url));
const device = { cert: certificate('device.pem'), key: certificate('device.key') };
const trusting = { secureContext: createSecureContext({ ca: certificate('authority.pem') }), rejectUnauthorized: true };
const OK = { 'grpc-status': '0' };
const answer = (stream: number, text: string) =>
  Buffer.concat([raw.headers(stream, raw.RESPONSE), raw.data(stream, raw.message(text)), raw.trailers(stream, OK)]);

describe('a connection that does not come about', () => {
  it.each([
    ['is taken and never spoken on', null, 'it took the connection, but has not spoken HTTP/2 within 100 ms'],
    ['stalls in the handshake of TLS', trusting, 'no TLS connection within 100 ms'],
  ])('as it %s, is given up in time, with all its calls', async (_, tls, message) => {
    const server = await serve(quiet, { greeting: null });
    const channel = open(server, { tls, connectTimeoutMs: 100 });
    const calls = [channel.call(SUBSCRIBE, quiet).ended, channel.call(SUBSCRIBE, quiet).ended];
    const asked = channel.ask(SUBSCRIBE, Buffer.alloc(0), 5000, new AbortController().signal);
    for (const call of [...calls, asked]) expect(await errorOf(call)).toMatchObject({ code: 'timeout', message });
    await until(() => server.open() === 0);
    expect(() => channel.call(SUBSCRIBE, quiet)).toThrow(message);
  });

  it('lets calls go at once, for their deadline or their caller', async () => {
    const server = await serve(quiet, { greeting: null });
    const channel = open(server, { tls: trusting, connectTimeoutMs: 60_000 });
    const late = channel.ask(SUBSCRIBE, Buffer.alloc(0), 50, new AbortController().signal);
    expect(await errorOf(late)).toMatchObject({
      code: 'timeout',
      message: 'DEADLINE_EXCEEDED: no answer within 50 ms',
    });
    const stop = new AbortController();
    const asked = channel.ask(SUBSCRIBE, Buffer.alloc(0), 60_000, stop.signal);
    stop.abort();
    expect(await errorOf(asked)).toMatchObject({ code: 'cancelled' });
    const call = channel.call(SUBSCRIBE, quiet);
    call.cancel();
    expect(await errorOf(call.ended)).toMatchObject({ code: 'cancelled' });
  });
});

describe('a call may be cancelled', () => {
  it.each([
    ['before its headers', () => []],
    ['after its headers', (stream: number) => [raw.headers(stream, raw.RESPONSE)]],
    [
      'within a message',
      (stream: number) => [raw.headers(stream, raw.RESPONSE), raw.data(stream, raw.message('hello').subarray(0, 8))],
    ],
  ])('%s, and the server hears of it', async (_, begun) => {
    const server = await serve((frame, write) => {
      if (frame.type === raw.FRAME.headers) write(Buffer.concat(begun(frame.stream)));
    });
    const call = open(server).call(SUBSCRIBE, quiet);
    await until(() => server.frames.some(({ type }) => type === raw.FRAME.headers));
    await new Promise((resolve) => setTimeout(resolve, 20));
    call.cancel();
    expect(await errorOf(call.ended)).toMatchObject({ code: 'cancelled' });
    await until(() => server.frames.some(({ type }) => type === raw.FRAME.reset));
    // CANCEL
    expect(server.frames.find(({ type }) => type === raw.FRAME.reset)?.payload.readUInt32BE(0)).toBe(8);
  });

  it('after its end, to no effect', async () => {
    const server = await raw.answering((stream) => [answer(stream, 'hi')]);
    servers.push(server);
    const call = open(server).call(SUBSCRIBE, quiet);
    await call.ended;
    call.cancel();
    await expect(call.ended).resolves.toBeUndefined();
  });

  it('where the device reads nothing any more', async () => {
    const server = await serve((frame, _, socket) => {
      if (frame.type === raw.FRAME.headers) socket.pause();
    });
    const channel = open(server);
    const call = channel.call(SUBSCRIBE, quiet);
    for (let index = 0; index < 200; index++) call.send(Buffer.alloc(65_536));
    await new Promise((resolve) => setTimeout(resolve, 50));
    call.cancel();
    expect(await errorOf(call.ended)).toMatchObject({ code: 'cancelled' });
  });
});

describe('GOAWAY', () => {
  it('before a restart lets calls end that the device has taken, and takes no more', async () => {
    let finish = quiet;
    const server = await serve((frame, write) => {
      if (frame.type !== raw.FRAME.headers) return;
      write(Buffer.concat([raw.headers(frame.stream, raw.RESPONSE), raw.goaway(frame.stream, 0)]));
      finish = () =>
        write(Buffer.concat([raw.data(frame.stream, raw.message('last')), raw.trailers(frame.stream, OK)]));
    });
    const channel = open(server);
    const messages: string[] = [];
    const call = channel.call(SUBSCRIBE, (message) => messages.push(message.toString()));
    await until(() => finish !== quiet);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(() => channel.call(SUBSCRIBE, quiet)).toThrow('the device is closing its connections, as before a restart');
    finish();
    await call.ended;
    expect(messages).toEqual(['last']);
  });

  it.each([
    [raw.goaway(0, 0), 'UNAVAILABLE: the device is closing its connections, as before a restart'],
    [raw.goaway(0, 2, 'a\n\u001b[31m'), 'UNAVAILABLE: the device hung up: a [31m'],
    [raw.goaway(0, 2), 'UNAVAILABLE: the device hung up: INTERNAL_ERROR'],
    [
      raw.goaway(0, 11, 'too_many_pings'),
      'UNAVAILABLE: the device hung up: too_many_pings; pings go out half as often from now on',
    ],
  ])('ends other calls with what it says', async (frame, message) => {
    const server = await raw.answering(() => [frame]);
    servers.push(server);
    expect((await outcomeOf(channelTo(server.address))).error).toMatchObject({ code: 'unreachable', message });
  });

  it('without calls is told by the next one', async () => {
    const server = await serve((frame, write) => {
      if (frame.type === raw.FRAME.settings && frame.flags === 0) write(raw.goaway(0, 0));
    });
    const channel = open(server);
    await until(() => server.connections() === 1 && server.open() === 0);
    expect(() => channel.call(SUBSCRIBE, quiet)).toThrow('the device is closing its connections');
  });
});

describe('pings', () => {
  const pingsTo = (server: raw.RawServer) =>
    server.frames.filter(({ type, flags }) => type === raw.FRAME.ping && flags === 0);

  it('find a dead connection', async () => {
    const server = await serve(quiet, { ignorePings: true });
    const call = open(server, { keepalive: new KeepaliveInterval(50), pingTimeoutMs: 50 }).call(SUBSCRIBE, quiet);
    const message = 'the device does not answer: the connection is dead';
    expect(await errorOf(call.ended)).toMatchObject({ code: 'timeout', message });
    await until(() => server.open() === 0);
  });

  it('go out only while a call is open and nothing comes', async () => {
    const idle = await raw.answering((stream) => [answer(stream, 'hi')]);
    const busy = await serve((frame, write) => {
      if (frame.type !== raw.FRAME.headers) return;
      write(raw.headers(frame.stream, raw.RESPONSE));
      setInterval(() => write(raw.data(frame.stream, raw.message('hi'))), 10).unref();
    });
    const still = await serve(quiet);
    servers.push(idle);
    const options = { pingTimeoutMs: 1000 };
    await open(idle, { ...options, keepalive: new KeepaliveInterval(50) }).call(SUBSCRIBE, quiet).ended;
    for (const server of [busy, still])
      open(server, { ...options, keepalive: new KeepaliveInterval(50) })
        .call(SUBSCRIBE, quiet)
        .ended.catch(quiet);
    await until(() => pingsTo(still).length > 3);
    expect(pingsTo(idle).length + pingsTo(busy).length).toBe(0);
  });

  it('become rarer for all connections to a device that minds them, once for what they did together', async () => {
    const server = await raw.answering(() => [raw.goaway(0, 11, 'too_many_pings')]);
    servers.push(server);
    const keepalive = new KeepaliveInterval();
    expect(keepalive.ms).toBe(310_000);
    const both = [channelTo(server.address, { keepalive }), channelTo(server.address, { keepalive })];
    await Promise.all(both.map(outcomeOf));
    expect(keepalive.ms).toBe(620_000);
    await outcomeOf(channelTo(server.address, { keepalive }));
    expect(keepalive.ms).toBe(1_240_000);
    for (let index = 0; index < 9; index++) keepalive.tooOften(keepalive.ms);
    expect(keepalive.ms).toBe(7_200_000);
  });
});

describe('limits of a server', () => {
  it('of one call at a time make the second wait, and its deadline counts meanwhile', async () => {
    let release = quiet;
    const server = await serve(
      (frame, write) => {
        if (frame.type !== raw.FRAME.headers) return;
        if (frame.stream === 1) release = () => write(answer(1, 'first'));
        else write(answer(frame.stream, 'later'));
      },
      // MAX_CONCURRENT_STREAMS
      { greeting: raw.settings({ 3: 1 }) },
    );
    const channel = open(server);
    const first = channel.call(SUBSCRIBE, quiet);
    await until(() => release !== quiet);
    const ask = (ms: number) => channel.ask(SUBSCRIBE, Buffer.alloc(0), ms, new AbortController().signal);
    expect(await errorOf(ask(50))).toMatchObject({ code: 'timeout' });
    const waiting = ask(5000);
    release();
    await first.ended;
    expect((await waiting).toString()).toBe('later');
  });

  it('of a few bytes at a time, changed on the way, are kept', async () => {
    const received: Buffer[] = [];
    const server = await serve(
      (frame, write) => {
        if (frame.type !== raw.FRAME.data) return;
        received.push(frame.payload);
        if (Buffer.concat(received).length >= 5 + 100) return write(answer(frame.stream, 'all'));
        // One more byte, then frames of any length.
        const more = Buffer.alloc(4);
        more.writeUInt32BE(received.length < 5 ? 1 : 1000);
        write(raw.http2Frame(raw.FRAME.window, 0, frame.stream, more));
        if (received.length === 2) write(raw.settings({ 1: 0, 5: 20_000 }));
      },
      // INITIAL_WINDOW_SIZE
      { greeting: raw.settings({ 4: 1 }) },
    );
    const channel = open(server);
    // Until they are known, those of the protocol hold.
    await until(() => server.frames.some(({ type, flags }) => type === raw.FRAME.settings && flags === 1));
    const asked = await channel.ask(SUBSCRIBE, Buffer.alloc(100, 'x'), 5000, new AbortController().signal);
    expect(asked.toString()).toBe('all');
    expect(received.length).toBeGreaterThan(4);
    expect(Buffer.concat(received)).toEqual(raw.message(Buffer.alloc(100, 'x')));
  });
});

describe('flow control', () => {
  /** A device that sends as much as it may, in messages of 1,000 bytes. */
  async function fastDevice(total: number) {
    const frame = raw.data(1, raw.message(Buffer.alloc(995)));
    let connection = 65_535;
    let stream = 0;
    let asked = false;
    const sent = { bytes: 0 };
    const pump = (write: (bytes: Buffer) => void): void => {
      while (sent.bytes < total && Math.min(connection, stream) >= 1000) {
        write(frame);
        sent.bytes += 1000;
        connection -= 1000;
        stream -= 1000;
      }
      if (sent.bytes >= total && sent.bytes < total + 1000) {
        write(raw.trailers(1, OK));
        sent.bytes += 1000;
      }
    };
    const server = await serve((got, write) => {
      if (got.type === raw.FRAME.settings && got.flags === 0)
        for (let at = 0; at < got.payload.length; at += 6)
          if (got.payload.readUInt16BE(at) === 4) stream += got.payload.readUInt32BE(at + 2);
      if (got.type === raw.FRAME.headers) {
        asked = true;
        write(raw.headers(1, raw.RESPONSE));
      }
      if (got.type === raw.FRAME.window) {
        if (got.stream === 0) connection += got.payload.readUInt32BE(0);
        else stream += got.payload.readUInt32BE(0);
      }
      if (asked) pump(write);
    });
    return { server, sent };
  }

  it('never starves a fast device, and lets it send no more than two windows ahead', async () => {
    const { server, sent } = await fastDevice(20_000_000);
    let bytes = 0;
    let ahead = 0;
    await open(server).call(SUBSCRIBE, (message) => {
      bytes += message.length + 5;
      ahead = Math.max(ahead, sent.bytes - bytes);
    }).ended;
    expect(bytes).toBe(20_000_000);
    expect(ahead).toBeLessThan(2 * 1_048_576);
  });
});

describe.skipIf(process.platform !== 'linux')('TCP', () => {
  /** Kind of the timer that the system has for our end of a connection; 02 = keepalive. */
  const timerOf = (port: number): string | undefined => {
    const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const lines = readFileSync('/proc/self/net/tcp', 'utf8').split('\n');
    const ours = lines.map((line) => line.trim().split(/\s+/)).find((fields) => fields[2]?.endsWith(remote));
    return ours?.[5]?.slice(0, 2);
  };

  it.each([
    ['in the clear', null, {}],
    ['over TLS', trusting, { tls: device }],
  ])('asks a quiet device for its life %s', async (_, tls, options) => {
    const server = await serve(quiet, options);
    open(server, { tls });
    await until(() => timerOf(Number(server.address.split(':')[1])) === '02');
  });
});

describe('metadata', () => {
  it('goes with every call, and no table of header compression keeps the password', async () => {
    const server = await raw.answering((stream) => [answer(stream, 'hi')]);
    servers.push(server);
    const metadata = { username: 'stallscope', password: '~~' };
    const channel = open(server, { metadata });
    for (let index = 0; index < 2; index++)
      await channel.ask(SUBSCRIBE, Buffer.alloc(0), 1234, new AbortController().signal);
    const blocks = server.frames.filter(({ type }) => type === raw.FRAME.headers).map(({ payload }) => payload);
    expect(blocks).toHaveLength(2);
    // "~~" is 13 bits a letter in Huffman's code, so it stands there plain; before it the never-indexed name.
    for (const block of blocks) {
      const at = block.indexOf('\u0002~~', 0, 'latin1');
      expect(at).toBeGreaterThan(0);
    }
  });

  it('reaches an address of IPv6', async () => {
    const server = await serve(
      (frame, write) => {
        if (frame.type === raw.FRAME.headers) write(answer(frame.stream, 'six'));
      },
      { host: '::1', tls: device },
    );
    expect(server.address).toMatch(/^\[::1\]:/);
    expect(await outcomeOf(channelTo(server.address, { tls: trusting }))).toEqual({ messages: ['six'], error: null });
  });
});
