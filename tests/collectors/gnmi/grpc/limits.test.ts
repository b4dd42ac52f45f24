import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { answer, channelTo, DEVICE, errorOf, outcomeOf, Peers, SUBSCRIBE, TRUSTING, until } from './channels.ts';
import * as raw from './raw-server.ts';

const peers = new Peers();
afterEach(() => peers.end());
const quiet = (): void => {};
const OK = { 'grpc-status': '0' };

describe('limits of a server', () => {
  it('of one call at a time make the second wait, and its deadline counts meanwhile', async () => {
    let release = quiet;
    const server = await peers.serve(
      (frame, write) => {
        if (frame.type !== raw.FRAME.headers) return;
        if (frame.stream === 1) release = () => write(answer(1, 'first'));
        else write(answer(frame.stream, 'later'));
      },
      // MAX_CONCURRENT_STREAMS
      { greeting: raw.settings({ 3: 1 }) },
    );
    const channel = peers.open(server);
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
    const server = await peers.serve(
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
    const channel = peers.open(server);
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
    const server = await peers.serve((got, write) => {
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
    await peers.open(server).call(SUBSCRIBE, (message) => {
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
    ['over TLS', TRUSTING, { tls: DEVICE }],
  ])('asks a quiet device for its life %s', async (_, tls, options) => {
    const server = await peers.serve(quiet, options);
    peers.open(server, { tls });
    await until(() => timerOf(Number(server.address.split(':')[1])) === '02');
  });
});

describe('metadata', () => {
  it('goes with every call, and no table of header compression keeps the password', async () => {
    const server = await peers.answering((stream) => [answer(stream, 'hi')]);
    const metadata = { username: 'stallscope', password: '~~' };
    const channel = peers.open(server, { metadata });
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
    const server = await peers.serve(
      (frame, write) => {
        if (frame.type === raw.FRAME.headers) write(answer(frame.stream, 'six'));
      },
      { host: '::1', tls: DEVICE },
    );
    expect(server.address).toMatch(/^\[::1\]:/);
    expect(await outcomeOf(channelTo(server.address, { tls: TRUSTING }))).toEqual({ messages: ['six'], error: null });
  });
});
