import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerCredentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Backoff } from '../../../collectors/gnmi/stream/backoff.ts';
import { capabilities, counterPath, response, update } from './messages.ts';
import { Bench } from './running.ts';

const bench = new Bench();
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gnmi-tls-'));
});
afterEach(async () => {
  await bench.end();
  rmSync(directory, { recursive: true, force: true });
});

const certificate = (name: string) => new URL(`certificates/${name}`, import.meta.url).pathname;
const device = (name: string, wantsOurs = false) =>
  ServerCredentials.createSsl(
    readFileSync(certificate('authority.pem')),
    [
      {
        cert_chain: readFileSync(certificate(`${name}.pem`)),
        private_key: readFileSync(certificate(`${name}.key`)),
      },
    ],
    wantsOurs,
  );

describe('TLS', () => {
  it('trusts the given authority, and the name it is told to expect', async () => {
    const target = await bench.target({ credentials: device('device') });
    const tls = { ca: certificate('authority.pem') };
    await bench.source(target.address, { tls }).more(1);
    await bench.source(target.address, { tls: { ...tls, serverName: 'leaf1.test' } }).more(1);
    const wrong = bench.source(target.address, { tls: { ...tls, serverName: 'leaf2.test' } });
    await wrong.until(() => wrong.says('tls.serverName') || wrong.says('leaf2.test'));
    expect(wrong.frames).toEqual([]);
  });

  it('refuses a device that another authority signed, unless told to ask nobody', async () => {
    const target = await bench.target({ credentials: device('impostor') });
    const source = bench.source(target.address, { tls: { ca: certificate('authority.pem') } });
    await source.until(() => source.says('tls.ca'));
    expect(source.frames).toEqual([]);
    await bench.source(target.address, { tls: { skipVerify: true } }).more(1);
  });

  it('shows its own certificate, and takes a renewed one without a restart', async () => {
    const target = await bench.target({ credentials: device('device', true) });
    const own = { cert: join(directory, 'own.pem'), key: join(directory, 'own.key') };
    const put = (name: string) => {
      copyFileSync(certificate(`${name}.pem`), own.cert);
      copyFileSync(certificate(`${name}.key`), own.key);
    };
    put('impostor');
    const source = bench.source(target.address, { tls: { ca: certificate('authority.pem'), ...own } });
    await source.until(() => source.health.length > 0);
    expect(source.frames).toEqual([]);
    put('collector');
    await source.more(1);
    // An expired or wrong one is seen at the next connection, not before.
    put('impostor');
    await source.more(2);
    const before = source.health.at(-1)!.failures;
    target.drop();
    await source.until(() => source.health.at(-1)!.failures > before);
    put('collector');
    await source.more(2);
  });

  it('names a file that cannot be read', async () => {
    const target = await bench.target({ credentials: device('device') });
    const source = bench.source(target.address, { tls: { ca: join(directory, 'missing.pem') } });
    await source.until(() => source.says(`cannot read ${join(directory, 'missing.pem')}`));
  });
});

describe('connections', () => {
  it('come back after the device ended its calls', async () => {
    const target = await bench.target();
    const source = bench.source(target.address);
    await source.more(2);
    target.drop();
    await source.until(() => source.says('restarting'));
    await source.more(2);
  });

  it('a message above the limit ends its call with an error that says what to do, and nothing else', async () => {
    const target = await bench.target();
    const source = bench.source(target.address, { maxMessageBytes: 4096 });
    await source.more(2);
    target.send(response({ parts: [update(counterPath('Ethernet1', 'in-octets'), { text: 'x'.repeat(5000) })] }));
    await source.until(() => source.says('raise maxMessageBytes'));
    await source.more(2);
  });

  it('an unreadable message is named and passed over', async () => {
    const target = await bench.target();
    const source = bench.source(target.address);
    await source.more(2);
    target.send(Buffer.from([0x0a, 0x7f, 0x01]));
    await source.until(() => source.says('a message of openconfig-interfaces is unreadable'));
    await source.more(2);
    expect(source.health.at(-1)!.failures).toBe(1);
  });

  it('one that the server ends for too many pings comes back', async () => {
    const server = await rudeServer();
    const source = bench.source(server.address);
    await source.more(1);
    server.goAway();
    await source.until(() => server.sessions() > 2 && source.frames.length > 3);
    expect(source.counter('rxBytes')).toBe(5n);
    server.close();
  });

  it('a device that answers late delays nobody else', async () => {
    let release = () => {};
    const late = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = bench.source((await bench.target({ late })).address, { timeout: '60s' });
    const quick = bench.source((await bench.target()).address);
    await quick.more(5);
    expect(slow.frames).toEqual([]);
    release();
    await slow.more(1);
  });

  it('are tried again after waits that are random up to a limit which doubles', () => {
    const longest = new Backoff(1000, 30_000, () => 1);
    expect(Array.from({ length: 7 }, () => longest.next())).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    longest.reset();
    expect(longest.next()).toBe(1000);
    const shortest = new Backoff(1000, 30_000, () => 0);
    expect([shortest.next(), shortest.next()]).toEqual([0, 0]);
  });
});

/** Speaks just enough gRPC to send one sample to each call, and can turn clients away as Go servers do. */
async function rudeServer() {
  const open = new Set<ServerHttp2Session>();
  let seen = 0;
  const server: Http2Server = createServer();
  server.on('session', (session) => {
    seen++;
    open.add(session);
    session.on('close', () => open.delete(session));
    session.on('error', () => {});
  });
  const frame = (bytes: Buffer) => {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(bytes.length, 1);
    return Buffer.concat([head, bytes]);
  };
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    if (headers[':path'] === '/gnmi.gNMI/Capabilities') {
      stream.end(frame(capabilities(['openconfig-interfaces'], [2])));
      return;
    }
    const send = () => {
      if (stream.closed || stream.destroyed) return clearInterval(timer);
      stream.write(
        frame(
          response({
            parts: [
              update(counterPath('Ethernet1', 'in-octets'), { uint: 5n }),
              update(counterPath('Ethernet1', 'out-octets'), { uint: 6n }),
            ],
          }),
        ),
      );
    };
    const timer = setInterval(send, 20);
    send();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sessions: () => seen,
    goAway: () => {
      // ENHANCE_YOUR_CALM
      for (const session of open) session.goaway(11, 0, Buffer.from('too_many_pings'));
      for (const session of open) session.destroy();
    },
    close: () => {
      for (const session of open) session.destroy();
      server.close();
    },
  };
}
