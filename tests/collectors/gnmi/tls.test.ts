import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gnmiPlugin } from '../../../collectors/gnmi/index.ts';
import { systemClock } from '../../../lib/clock.ts';
import { silentLogger } from '../../../lib/logger.ts';
import * as raw from './grpc/raw-server.ts';

const ends: (() => unknown)[] = [];
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gnmi-tls-'));
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  rmSync(directory, { recursive: true, force: true });
});

const file = (name: string) => new URL(`certificates/${name}`, import.meta.url).pathname;
const identity = (name: string) => ({
  cert: readFileSync(file(`${name}.pem`)),
  key: readFileSync(file(`${name}.key`)),
});
const own = (name: string) => ({ cert: file(`${name}.pem`), key: file(`${name}.key`) });
const ca = file('authority.pem');

/** A device that lets nobody in: who reads that has come through TLS. */
async function device(tls?: TlsOptions): Promise<string> {
  const refusal = (stream: number) => [raw.trailers(stream, { ...raw.RESPONSE, 'grpc-status': '16' })];
  const server = await raw.answering(refusal, tls === undefined ? {} : { tls: { ALPNProtocols: ['h2'], ...tls } });
  ends.push(server.close);
  return server.address;
}

async function other(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  ends.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What `check` says of a target. */
async function said(address: string, tls: object | false): Promise<string> {
  const nothing = (): void => {};
  const sink = {
    ...{ readings: nothing, links: nothing, steps: nothing, collectives: nothing, jobs: nothing, health: nothing },
  };
  const config = gnmiPlugin.configSchema.parse({ name: 'leaf1', address, tls, timeout: '500ms' });
  const context = { sink, clock: systemClock, logger: silentLogger, collectorId: 'test', stateDir: directory };
  const { message } = await gnmiPlugin.create(config, context).probe!(new AbortController().signal);
  expect(message).not.toContain('\n');
  return message.replaceAll(address, 'DEVICE');
}

const INSIDE = 'UNAUTHENTICATED';
const OURS_WANTED = 'the device wants a certificate of ours: set tls.cert and tls.key';

describe('a device over TLS', () => {
  it.each([
    ['is let in by its authority', identity('device'), { ca }, INSIDE],
    ['without ALPN is let in', { ...identity('device'), ALPNProtocols: [] }, { ca }, INSIDE],
    ['is let in unseen', identity('impostor'), { skipVerify: true }, INSIDE],
    [
      'with an expired certificate',
      identity('expired'),
      { ca },
      'has expired: renew the certificate of the device, or correct the clock',
    ],
    ['with an expired certificate, unseen', identity('expired'), { skipVerify: true }, INSIDE],
    [
      'of an unknown authority',
      identity('impostor'),
      { ca },
      'give the authority that signed its certificate as tls.ca',
    ],
    [
      'of an unknown authority, without ours',
      identity('device'),
      {},
      'give the authority that signed its certificate as tls.ca',
    ],
    [
      'under another name',
      identity('device'),
      { ca, serverName: 'leaf2.test' },
      'set tls.serverName to the name in its certificate',
    ],
    [
      'that speaks another protocol',
      { ...identity('device'), ALPNProtocols: ['http/1.1'] },
      { ca },
      'TLS is there, gRPC is not',
    ],
  ])('%s', async (_, tls, ours, text) => {
    expect(await said(await device(tls), ours)).toContain(text);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('that wants our certificate, over %s', async (maxVersion) => {
    const wants = { ...identity('device'), requestCert: true, ca: readFileSync(ca), maxVersion };
    expect(await said(await device(wants), { ca, ...own('collector') })).toContain(INSIDE);
    expect(await said(await device(wants), { ca })).toContain(OURS_WANTED);
    for (const name of ['impostor', 'expired'])
      expect(await said(await device(wants), { ca, ...own(name) })).toMatch(
        /refuse the one it was shown|refuses our certificate/,
      );
  });

  it('and one without are told apart', async () => {
    expect(await said(await device(), { ca })).toContain('the port does not speak TLS: set tls: false');
    expect(await said(await device(identity('device')), false)).toContain('whether the device wants TLS (tls: {})');
  });

  it('whose handshake never ends is given up in time', async () => {
    expect(await said(await other(createServer((socket) => socket.on('error', () => {}))), { ca })).toContain(
      'no TLS connection within 500 ms: check that the host is up',
    );
  });
});

describe('what is no gNMI at all', () => {
  it.each([
    ['a web server', () => createHttpServer(), { ca }, 'the port does not speak TLS'],
    ['a web server, in the clear', () => createHttpServer(), false, 'check the port, and whether the device wants TLS'],
    [
      'SSH',
      () => createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')),
      { ca },
      'the port does not speak TLS',
    ],
  ] as const)('as %s', async (_, server, tls, text) => {
    expect(await said(await other(server()), tls)).toContain(text);
  });

  it('as a closed port', async () => {
    expect(await said('127.0.0.1:1', { ca })).toContain('ECONNREFUSED DEVICE: enable gNMI on the device');
    expect(await said('localhost:1', { ca })).toContain('ECONNREFUSED');
  });
});

describe('a file for TLS', () => {
  const put = (text: string | Buffer): string => {
    const path = join(directory, 'own.pem');
    writeFileSync(path, text);
    return path;
  };
  const collector = own('collector');
  it.each([
    ['that is missing', () => ({ ca: join(directory, 'none.pem') }), /^DEVICE: cannot read \S+none\.pem: ENOENT/],
    ['that is a directory', () => ({ ...collector, key: directory }), /^DEVICE: cannot read \S+: EISDIR/],
    ['that is empty', () => ({ ca: put('') }), /^DEVICE: tls\.ca: \S+own\.pem holds no certificate in PEM form$/],
    [
      'that holds a key instead',
      () => ({ ca: collector.key }),
      /^DEVICE: tls\.ca: \S+collector\.key holds no certificate in PEM form$/,
    ],
    [
      'that holds a certificate instead',
      () => ({ ...collector, key: collector.cert }),
      /^DEVICE: tls\.key: \S+ holds no private key in PEM form$/,
    ],
    [
      'of another pair',
      () => ({ ...collector, key: file('device.key') }),
      /^DEVICE: the TLS files \S+collector\.pem, \S+device\.key cannot be used: TLS: key values mismatch$/,
    ],
    [
      'that is locked',
      () => ({ ...collector, key: put('-----BEGIN ENCRYPTED PRIVATE KEY-----\n') }),
      /^DEVICE: tls\.key: \S+own\.pem is locked by a passphrase: store it without one$/,
    ],
    [
      'that was cut short',
      () => ({ ...collector, cert: put(readFileSync(collector.cert).subarray(0, 200)) }),
      /^DEVICE: the TLS files \S+own\.pem, \S+collector\.key cannot be used: TLS: /,
    ],
  ])('%s is named', async (_, tls, text) => {
    expect(await said('127.0.0.1:1', tls())).toMatch(text);
  });
});
