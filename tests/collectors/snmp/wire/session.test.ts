import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BerReader, integer, TAG, tlv } from '../../../../collectors/snmp/wire/ber.ts';
import { openBursts } from '../../../../collectors/snmp/wire/bursts.ts';
import { CommunitySecurity } from '../../../../collectors/snmp/wire/community.ts';
import { getPdu, type RequestPdu } from '../../../../collectors/snmp/wire/message.ts';
import { encodeOid, parseOid } from '../../../../collectors/snmp/wire/oid.ts';
import { type SessionOptions, SnmpSession } from '../../../../collectors/snmp/wire/session.ts';

const NAME = encodeOid(parseOid('1.3.6.1.2.1.1.3.0'));

interface Seen {
  requestId: number;
  from: RemoteInfo;
}

/** A peer that answers only when it is told to. */
class Peer {
  readonly seen: Seen[] = [];
  private wake: () => void = () => {};

  constructor(readonly socket: Socket) {
    socket.on('message', (datagram, from) => {
      const reader = new BerReader(datagram);
      reader.enter(TAG.sequence, 'message');
      reader.integer('version');
      reader.octets('community');
      reader.header();
      this.seen.push({ requestId: reader.integer('request id'), from });
      this.wake();
    });
  }

  async until(requests: number): Promise<void> {
    while (this.seen.length < requests) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  send(bytes: Buffer, to: RemoteInfo, from: Socket = this.socket): Promise<void> {
    return new Promise((resolve) => from.send(bytes, to.port, to.address, () => resolve()));
  }
}

function answer(requestId: number, value = 42): Buffer {
  const variables = tlv(TAG.sequence, tlv(TAG.sequence, tlv(TAG.oid, NAME), integer(value)));
  const pdu = tlv(TAG.response, integer(requestId), integer(0), integer(0), variables);
  return tlv(TAG.sequence, integer(1), tlv(TAG.octetString, Buffer.from('public')), pdu);
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}

const WAYS = [
  { way: 'datagrams in bursts', bursts: openBursts },
  { way: 'one datagram at a time', bursts: async () => null },
];

describe.each(WAYS)('a session with a device, $way', ({ bursts }) => {
  let peer: Peer;
  let session: SnmpSession;

  const open = (options: Partial<SessionOptions> = {}): void => {
    const security = new CommunitySecurity('public');
    const { port } = peer.socket.address();
    const limits = { timeoutMs: 5000, retries: 0, maxInFlight: 3, ...options };
    session = new SnmpSession({ host: '127.0.0.1', port, security, ...limits }, bursts);
  };
  const pdu = (): RequestPdu => getPdu([NAME]);
  const outcome = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'answered',
      (error: Error) => error.message,
    );

  beforeEach(async () => {
    peer = new Peer(await bound());
  });
  afterEach(() => {
    session.close();
    peer.socket.close();
  });

  it('asks a device no more at once than it may, and the next when one is answered', async () => {
    open({ maxInFlight: 3 });
    const all = Array.from({ length: 7 }, () => session.request(pdu()));
    await peer.until(3);
    // What is sent at once arrives at once on loopback.
    await new Promise((resolve) => setImmediate(resolve));
    expect(peer.seen).toHaveLength(3);
    for (let i = 0; i < 7; i++) {
      await peer.until(i + 1);
      expect(peer.seen.length).toBeLessThanOrEqual(i + 3);
      await peer.send(answer(peer.seen[i]!.requestId, i), peer.seen[i]!.from);
      await all[i];
    }
    expect(peer.seen).toHaveLength(7);
    expect(new Set(peer.seen.map(({ requestId }) => requestId)).size).toBe(7);
  });

  it('takes no answer from another address or port, or to another request', async () => {
    open();
    const asked = session.request(pdu());
    await peer.until(1);
    const [{ requestId, from }] = peer.seen as [Seen];
    const stranger = await bound();
    await peer.send(answer(requestId, 666), from, stranger);
    stranger.close();
    await peer.send(answer(requestId + 64, 667), from);
    await peer.send(answer(requestId, 42), from);
    const { bytes, varbindsEnd } = await asked;
    expect(bytes[varbindsEnd - 1]).toBe(42);
    // The stranger's never reached us; the one to another request did, and was counted.
    expect(session.counts.unexpected).toBe(1);
  });

  it('takes an answer once: the same again, or a late one, is nothing', async () => {
    open({ maxInFlight: 1 });
    const first = session.request(pdu());
    await peer.until(1);
    await peer.send(answer(peer.seen[0]!.requestId), peer.seen[0]!.from);
    await first;
    const second = session.request(pdu());
    await peer.until(2);
    await peer.send(answer(peer.seen[0]!.requestId, 1), peer.seen[0]!.from);
    await peer.send(answer(peer.seen[1]!.requestId, 2), peer.seen[1]!.from);
    expect((await second).bytes.at(-1)).toBe(2);
    expect(session.counts.unexpected).toBe(1);
  });

  it('asks again under a new id when nothing comes, and takes the answer to the second try', async () => {
    open({ timeoutMs: 20, retries: 100 });
    const asked = session.request(pdu());
    await peer.until(2);
    expect(peer.seen[1]!.requestId).not.toBe(peer.seen[0]!.requestId);
    // The try after this one has time enough for the answer.
    session.options.timeoutMs = 5000;
    await peer.until(peer.seen.length + 1);
    const latest = peer.seen.at(-1)!;
    await peer.send(answer(latest.requestId), latest.from);
    expect((await asked).requestId).toBe(latest.requestId);
    expect(session.counts.retries).toBeGreaterThan(0);
  });

  it('gives up after its tries, saying how long it waited', async () => {
    open({ timeoutMs: 20, retries: 1 });
    expect(await outcome(session.request(pdu()))).toBe('no answer within 20 ms (2 tries)');
    expect(session.counts).toMatchObject({ requests: 1, retries: 1, timeouts: 2 });
  });

  it('says how late answers are that come after their deadline, until one comes in time', async () => {
    open({ timeoutMs: 40, retries: 0, maxInFlight: 1 });
    expect(await outcome(session.request(pdu()))).toBe('no answer within 40 ms (1 try)');
    await peer.send(answer(peer.seen[0]!.requestId), peer.seen[0]!.from);
    const late = await outcome(session.request(pdu()));
    expect(late).toMatch(/^no answer within 40 ms \(1 try\): answers come after \d+ ms, so raise timeout$/);
    expect(Number(/after (\d+) ms/.exec(late)![1])).toBeGreaterThanOrEqual(40);
    session.options.timeoutMs = 5000;
    const asked = session.request(pdu());
    await peer.until(3);
    await peer.send(answer(peer.seen[2]!.requestId), peer.seen[2]!.from);
    await asked;
    session.options.timeoutMs = 20;
    expect(await outcome(session.request(pdu()))).toBe('no answer within 20 ms (1 try)');
  });

  it('sends counters before discovery, whoever came first', async () => {
    open({ maxInFlight: 1 });
    const order: string[] = [];
    const ask = (name: string, priority: 'urgent' | 'patient'): Promise<void> =>
      session.request(pdu(), priority).then(() => void order.push(name));
    const all = [ask('walk', 'patient'), ask('walk 2', 'patient'), ask('counters', 'urgent')];
    for (let i = 0; i < all.length; i++) {
      await peer.until(i + 1);
      await peer.send(answer(peer.seen[i]!.requestId), peer.seen[i]!.from);
    }
    await Promise.all(all);
    expect(order).toEqual(['counters', 'walk', 'walk 2']);
  });

  it('says of bytes that are no answer what is wrong with them', async () => {
    open();
    const asked = outcome(session.request(pdu()));
    await peer.until(1);
    await peer.send(answer(1).subarray(0, 20), peer.seen[0]!.from);
    expect(await asked).toMatch(/cut short/);
    expect(session.counts.malformed).toBe(1);
  });

  it('fails what waits when it is closed, and what is asked afterwards', async () => {
    open({ maxInFlight: 1 });
    const waiting = [session.request(pdu()), session.request(pdu(), 'urgent')].map(outcome);
    await peer.until(1);
    session.close();
    expect(await Promise.all(waiting)).toEqual(['stopped', 'stopped']);
    expect(await outcome(session.request(pdu()))).toBe('stopped');
  });

  it('keeps the bytes of answers that came together apart', async () => {
    open({ maxInFlight: 3 });
    const all = Array.from({ length: 3 }, () => session.request(pdu()));
    await peer.until(3);
    await Promise.all(peer.seen.map(({ requestId, from }, i) => peer.send(answer(requestId, i + 1), from)));
    const last = (await Promise.all(all)).map(({ bytes }) => bytes.at(-1));
    expect(last).toEqual([1, 2, 3]);
  });

  it('goes on when it is closed by the answer to a request, with more answers behind it', async () => {
    open({ maxInFlight: 2 });
    const first = session.request(pdu()).then(() => session.close());
    const second = outcome(session.request(pdu()));
    await peer.until(2);
    await Promise.all(peer.seen.map(({ requestId, from }) => peer.send(answer(requestId), from)));
    await first;
    expect(['answered', 'stopped']).toContain(await second);
  });

  it('hears at once that nobody listens on the port, and works again when somebody does', async () => {
    const { port } = peer.socket.address();
    open();
    await new Promise<void>((resolve) => peer.socket.close(() => resolve()));
    expect(await outcome(session.request(pdu()))).toMatch(/connection refused/);
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
    peer = new Peer(socket);
    const asked = session.request(pdu());
    await peer.until(1);
    await peer.send(answer(peer.seen[0]!.requestId), peer.seen[0]!.from);
    expect((await asked).errorStatus).toBe(0);
  });
});
