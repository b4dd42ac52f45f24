import { afterEach, describe, expect, it } from 'vitest';
import { KeepaliveInterval } from '../../../../collectors/gnmi/grpc/keepalive.ts';
import { answer, channelTo, errorOf, outcomeOf, Peers, SUBSCRIBE, TRUSTING, until } from './channels.ts';
import * as raw from './raw-server.ts';

const peers = new Peers();
afterEach(() => peers.end());
const quiet = (): void => {};
const OK = { 'grpc-status': '0' };

describe('a connection that does not come about', () => {
  it.each([
    ['is taken and never spoken on', null, 'it took the connection, but has not spoken HTTP/2 within 100 ms'],
    ['stalls in the handshake of TLS', TRUSTING, 'no TLS connection within 100 ms'],
  ])('as it %s, is given up in time, with all its calls', async (_, tls, message) => {
    const server = await peers.serve(quiet, { greeting: null });
    const channel = peers.open(server, { tls, connectTimeoutMs: 100 });
    const calls = [channel.call(SUBSCRIBE, quiet).ended, channel.call(SUBSCRIBE, quiet).ended];
    const asked = channel.ask(SUBSCRIBE, Buffer.alloc(0), 5000, new AbortController().signal);
    for (const call of [...calls, asked]) expect(await errorOf(call)).toMatchObject({ code: 'timeout', message });
    await until(() => server.open() === 0);
    expect(() => channel.call(SUBSCRIBE, quiet)).toThrow(message);
  });

  it('lets calls go at once, for their deadline or their caller', async () => {
    const server = await peers.serve(quiet, { greeting: null });
    const channel = peers.open(server, { tls: TRUSTING, connectTimeoutMs: 60_000 });
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
    const server = await peers.serve((frame, write) => {
      if (frame.type === raw.FRAME.headers) write(Buffer.concat(begun(frame.stream)));
    });
    const call = peers.open(server).call(SUBSCRIBE, quiet);
    await until(() => server.frames.some(({ type }) => type === raw.FRAME.headers));
    await new Promise((resolve) => setTimeout(resolve, 20));
    call.cancel();
    expect(await errorOf(call.ended)).toMatchObject({ code: 'cancelled' });
    await until(() => server.frames.some(({ type }) => type === raw.FRAME.reset));
    // CANCEL
    expect(server.frames.find(({ type }) => type === raw.FRAME.reset)?.payload.readUInt32BE(0)).toBe(8);
  });

  it('after its end, to no effect', async () => {
    const server = await peers.answering((stream) => [answer(stream, 'hi')]);
    const call = peers.open(server).call(SUBSCRIBE, quiet);
    await call.ended;
    call.cancel();
    await expect(call.ended).resolves.toBeUndefined();
  });

  it('where the device reads nothing any more', async () => {
    const server = await peers.serve((frame, _, socket) => {
      if (frame.type === raw.FRAME.headers) socket.pause();
    });
    const channel = peers.open(server);
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
    const server = await peers.serve((frame, write) => {
      if (frame.type !== raw.FRAME.headers) return;
      write(Buffer.concat([raw.headers(frame.stream, raw.RESPONSE), raw.goaway(frame.stream, 0)]));
      finish = () =>
        write(Buffer.concat([raw.data(frame.stream, raw.message('last')), raw.trailers(frame.stream, OK)]));
    });
    const channel = peers.open(server);
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
    const server = await peers.answering(() => [frame]);
    expect((await outcomeOf(channelTo(server.address))).error).toMatchObject({ code: 'unreachable', message });
  });

  it('without calls is told by the next one', async () => {
    const server = await peers.serve((frame, write) => {
      if (frame.type === raw.FRAME.settings && frame.flags === 0) write(raw.goaway(0, 0));
    });
    const channel = peers.open(server);
    await until(() => server.connections() === 1 && server.open() === 0);
    expect(() => channel.call(SUBSCRIBE, quiet)).toThrow('the device is closing its connections');
  });
});

describe('pings', () => {
  const pingsTo = (server: raw.RawServer) =>
    server.frames.filter(({ type, flags }) => type === raw.FRAME.ping && flags === 0);

  it('find a dead connection', async () => {
    const server = await peers.serve(quiet, { ignorePings: true });
    const call = peers.open(server, { keepalive: new KeepaliveInterval(50), pingTimeoutMs: 50 }).call(SUBSCRIBE, quiet);
    const message = 'the device does not answer: the connection is dead';
    expect(await errorOf(call.ended)).toMatchObject({ code: 'timeout', message });
    await until(() => server.open() === 0);
  });

  it('go out only while a call is open and nothing comes', async () => {
    const idle = await peers.answering((stream) => [answer(stream, 'hi')]);
    const busy = await peers.serve((frame, write) => {
      if (frame.type !== raw.FRAME.headers) return;
      write(raw.headers(frame.stream, raw.RESPONSE));
      setInterval(() => write(raw.data(frame.stream, raw.message('hi'))), 10).unref();
    });
    const still = await peers.serve(quiet);
    const options = { pingTimeoutMs: 1000 };
    await peers.open(idle, { ...options, keepalive: new KeepaliveInterval(50) }).call(SUBSCRIBE, quiet).ended;
    for (const server of [busy, still])
      peers
        .open(server, { ...options, keepalive: new KeepaliveInterval(50) })
        .call(SUBSCRIBE, quiet)
        .ended.catch(quiet);
    await until(() => pingsTo(still).length > 3);
    expect(pingsTo(idle).length + pingsTo(busy).length).toBe(0);
  });

  it('become rarer for all connections to a device that minds them, once for what they did together', async () => {
    const server = await peers.answering(() => [raw.goaway(0, 11, 'too_many_pings')]);
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
