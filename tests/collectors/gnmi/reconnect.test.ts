import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { encodePoll } from '../../../collectors/gnmi/proto/requests.ts';
import { Backoff } from '../../../collectors/gnmi/stream/backoff.ts';
import { fabricNames } from '../../../collectors/snmp/names.ts';
import * as raw from './grpc/raw-server.ts';
import { capabilities, counterPath, response, update } from './messages.ts';
import { Bench } from './running.ts';

const bench = new Bench();
const servers: raw.RawServer[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await bench.end();
  for (const server of servers.splice(0)) await server.close();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const OK = { 'grpc-status': '0' };
const begun = (stream: number) => raw.headers(stream, raw.RESPONSE);
const sample = raw.message(
  response({
    parts: [
      update(counterPath('Ethernet1', 'in-octets'), { uint: 5n }),
      update(counterPath('Ethernet1', 'out-octets'), { uint: 6n }),
    ],
  }),
);
const device = {
  cert: readFileSync(new URL('certificates/device.pem', import.meta.url)),
  key: readFileSync(new URL('certificates/device.key', import.meta.url)),
};
const poll = raw.message(encodePoll());
/** A subscription and the first poll may come in one frame. */
const asksAgain = ({ payload }: raw.ClientFrame) => payload.subarray(-poll.length).equals(poll);
const models = raw.message(capabilities(['openconfig-interfaces'], [2]));

/** Says what it can do on its first connection; what it does on the others is the test's. */
async function deviceThat(
  does: (frame: raw.ClientFrame, write: (bytes: Buffer) => void) => void,
  options: raw.RawOptions = {},
): Promise<raw.RawServer> {
  let greeted = false;
  const server = await raw.rawServer((frame, write) => {
    if (greeted) return does(frame, write);
    if (frame.type !== raw.FRAME.headers) return;
    greeted = true;
    write(Buffer.concat([begun(frame.stream), raw.data(frame.stream, models), raw.trailers(frame.stream, OK)]));
  }, options);
  servers.push(server);
  return server;
}

describe('a device that fails again and again', () => {
  it.each([
    [
      'cancels every call',
      (stream: number) => [raw.trailers(stream, { ...raw.RESPONSE, 'grpc-status': '1' })],
      'CANCELLED',
    ],
    ['resets every call as cancelled', (stream: number) => [raw.reset(stream, 8)], 'CANCEL'],
    [
      'dies after every first message',
      (stream: number) => [begun(stream), raw.data(stream, sample), raw.goaway(stream, 2, 'crash')],
      'the device hung up: crash',
    ],
  ])('as it %s, is asked ever more rarely, and health says why', async (_, answer, said) => {
    const server = await deviceThat((frame, write) => {
      if (frame.type === raw.FRAME.headers) write(Buffer.concat(answer(frame.stream)));
    });
    const source = bench.source(server.address);
    await source.until(() => source.says(said));
    await pause(1500);
    // Waits of 10 ms at the mean, doubled each time: 8 tries or so. Without growth it would be more than 100.
    expect(server.connections()).toBeLessThan(30);
    expect(server.connections()).toBeGreaterThan(3);
  });

  it('over TLS, 50 times, leaves nothing behind', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const handles = () =>
      process.getActiveResourcesInfo().filter((name) => /TCPSocket|TLS|Timeout|Connect/.test(name)).length;
    let calls = 0;
    let most = 0;
    const server = await deviceThat(
      (frame, write) => {
        if (frame.type !== raw.FRAME.headers) return;
        most = Math.max(most, server.open());
        const ends = [raw.trailers(frame.stream, OK), raw.goaway(frame.stream, 2), raw.reset(frame.stream, 2)];
        write(Buffer.concat([begun(frame.stream), raw.data(frame.stream, sample), ends[calls++ % 3]!]));
      },
      { tls: device },
    );
    const before = handles();
    const source = bench.source(server.address, { tls: { skipVerify: true } });
    await source.until(() => server.connections() > 50);
    // One set of paths, and the connection before it may not have gone yet.
    expect(most).toBeLessThan(4);
    expect(handles()).toBeLessThan(before + 12);
    await source.stop();
    await source.until(() => server.open() === 0 && handles() <= before);
  });

  it('64 of them at once come back spread over their waits', () => {
    const tries: number[] = [];
    for (let device = 0; device < 64; device++) {
      const backoff = new Backoff(1000);
      for (let atMs = backoff.next(); atMs < 60_000; atMs += backoff.next()) tries.push(atMs);
    }
    const perSecond = Array.from({ length: 60 }, (_, at) => tries.filter((ms) => Math.floor(ms / 1000) === at).length);
    // The first second has them all at least once, few of them thrice; then they thin out.
    expect(perSecond[0]).toBeGreaterThanOrEqual(64);
    expect(perSecond[0]).toBeLessThan(64 * 3);
    for (const count of perSecond.slice(10)) expect(count).toBeLessThan(24);
    const firsts = Array.from({ length: 64 }, () => new Backoff(1000).next()).sort((a, b) => a - b);
    // Full jitter: anywhere from nothing to all of the wait.
    expect(firsts[0]).toBeLessThan(250);
    expect(firsts[63]).toBeGreaterThan(750);
  });
});

describe('a password', () => {
  it.each([
    [{ password: 'wrong-horse' }, 'wrong-horse'],
    [{ password: 'wrong-horse', authScheme: 'basic' }, Buffer.from('admin:wrong-horse').toString('base64')],
  ])('that a server repeats in its refusals is told to nobody', async (login, secret) => {
    // The cut that keeps texts short must not spare half of it.
    for (const before of ['no login with ', 'x'.repeat(293)]) {
      const refusal = { 'grpc-status': '12', 'grpc-message': `${before}${secret.replace('-', '%2D')} refused` };
      const server = await raw.answering((stream) => [raw.trailers(stream, { ...raw.RESPONSE, ...refusal })]);
      servers.push(server);
      const source = bench.source(server.address, { ...login, username: 'admin' });
      await source.until(() => source.says('get refused'));
      expect(JSON.stringify(source.health)).not.toContain(secret.slice(0, 5));
      await source.stop();
    }
  });
});

describe('polling', () => {
  it('waits for an answer before it asks again', async () => {
    let polls = 0;
    let answer = () => {};
    const server = await deviceThat((frame, write) => {
      if (frame.type === raw.FRAME.headers) write(begun(frame.stream));
      if (frame.type !== raw.FRAME.data || !asksAgain(frame)) return;
      polls++;
      answer = () => write(raw.data(frame.stream, sample));
    });
    const source = bench.source(server.address, { mode: 'poll' });
    await source.until(() => polls === 1);
    await pause(300);
    expect(polls).toBe(1);
    answer();
    await source.until(() => polls === 2);
    expect(source.health.flatMap(({ lastError }) => lastError?.message ?? [])).toEqual([]);
  });
});

it('a poll that is rarer than an answer may be late is waited for', async () => {
  let polls = 0;
  const server = await deviceThat((frame, write) => {
    if (frame.type === raw.FRAME.headers) write(begun(frame.stream));
    if (frame.type !== raw.FRAME.data || !asksAgain(frame)) return;
    polls++;
    write(raw.data(frame.stream, sample));
  });
  const rare = { paths: ['openconfig-optics'], heartbeat: '1s', interval: '50ms', timeout: '100ms' };
  const source = bench.source(server.address, { ...rare, mode: 'poll' });
  await source.until(() => polls > 0);
  // Capabilities, and the one on which it waited.
  expect(server.connections()).toBe(2);
  expect(source.says('no message')).toBe(false);
});

describe('the end', () => {
  it.each([
    ['in the handshake of TLS', { tls: { skipVerify: true } }, async () => raw.rawServer(() => {}, { greeting: null })],
    ['before HTTP/2 speaks', {}, async () => raw.rawServer(() => {}, { greeting: null })],
    ['before the answer to Capabilities', {}, async () => raw.rawServer(() => {})],
    ['before the first message', {}, async () => deviceThat(() => {})],
    [
      'with streams open',
      { tls: { skipVerify: true } },
      async () =>
        deviceThat(
          (frame, write) => {
            if (frame.type === raw.FRAME.headers)
              write(Buffer.concat([begun(frame.stream), raw.data(frame.stream, sample)]));
          },
          { tls: device },
        ),
    ],
  ])('of the collector comes at once %s, and closes every socket', async (_, config, start) => {
    const server = await start();
    servers.push(server);
    const source = bench.source(server.address, { timeout: '60s', ...config });
    await source.until(() => server.open() > 0);
    await pause(50);
    const startedMs = performance.now();
    await source.stop();
    expect(performance.now() - startedMs).toBeLessThan(500);
    await source.until(() => server.open() === 0);
  });
});

it('a device that never answered is forgotten when its target goes', async () => {
  const server = await raw.rawServer(() => {});
  servers.push(server);
  const source = bench.source(server.address);
  await source.until(() => server.open() > 0);
  const { version } = fabricNames;
  await source.stop();
  expect(fabricNames.version).toBe(version + 1);
});

it('a name that cannot be resolved is asked for again until it can', async () => {
  const target = await bench.target();
  const lookup = dns.lookup;
  let failures = 0;
  vi.spyOn(dns, 'lookup').mockImplementation(((name: string, options: object, done: (error: Error | null) => void) => {
    if (name !== 'leaf1.test') return Reflect.apply(lookup, dns, [name, options, done]);
    failures++;
    if (failures < 3) return done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }));
    return Reflect.apply(lookup, dns, ['127.0.0.1', options, done]);
  }) as typeof dns.lookup);
  const source = bench.source(target.address.replace('127.0.0.1', 'leaf1.test'));
  await source.more(1);
  expect(source.says('the name is not known to this machine')).toBe(true);
});
