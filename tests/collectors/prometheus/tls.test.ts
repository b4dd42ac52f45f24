import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HttpReader } from '../../../collectors/prometheus/scrape.ts';
import { issue } from '../../certificates.ts';

const directory = mkdtempSync(join(tmpdir(), 'prometheus-tls-'));
const file = (name: string, content: string) => {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
};
const authority = issue({ name: 'our authority', authority: true });
const stranger = issue({ name: 'another authority', authority: true });
const forLoopback = { addresses: ['127.0.0.1'], issuer: authority };
const collector = issue({ name: 'stallscope', issuer: authority });
const unknown = issue({ name: 'stallscope', issuer: stranger });
const caFile = file('ca.pem', authority.cert);
const certFile = file('cert.pem', collector.cert);
const keyFile = file('key.pem', collector.key);

const servers: Server[] = [];
const listen = async (server: Server): Promise<number> => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};
const say: http.RequestListener = (request, response) => {
  const { authorized } = request.socket as TLSSocket;
  response.end(`known=${authorized === true} as=${request.headers.authorization ?? 'nobody'}`);
};
const ports: Record<string, number> = {};
beforeAll(async () => {
  const good = issue({ name: 'exporter', ...forLoopback });
  const secure = (more: https.ServerOptions) => https.createServer({ key: good.key, cert: good.cert, ...more }, say);
  const old = issue({ name: 'exporter', ...forLoopback, validUntil: new Date(Date.now() - 86_400_000) });
  const named = issue({ name: 'exporter', dns: ['gpu07.example'], issuer: authority });
  const own = issue({ name: 'exporter', addresses: ['127.0.0.1'] });
  ports.good = await listen(secure({}));
  ports.strict = await listen(secure({ requestCert: true, rejectUnauthorized: true, ca: authority.cert }));
  ports.strict12 = await listen(
    secure({ requestCert: true, rejectUnauthorized: true, ca: authority.cert, maxVersion: 'TLSv1.2' }),
  );
  ports.expired = await listen(secure({ key: old.key, cert: old.cert }));
  ports.named = await listen(secure({ key: named.key, cert: named.cert }));
  ports.selfSigned = await listen(secure({ key: own.key, cert: own.cert }));
  ports.plain = await listen(http.createServer(say));
});
afterAll(async () => {
  for (const server of servers as https.Server[]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(directory, { recursive: true });
});

function reader(tls: object, auth?: { version: 'bearer'; token: string }) {
  return new HttpReader({
    auth,
    tls: { insecureSkipVerify: false, ...tls },
    timeoutMs: 5000,
    maxBodyBytes: 10_000,
  });
}
async function read(name: string, tls: object): Promise<string> {
  const http = reader(tls, { version: 'bearer', token: 't0p' });
  try {
    const url = new URL(`https://127.0.0.1:${ports[name]}/metrics`);
    return (await http.get(url, new AbortController().signal)).body.toString();
  } catch (error) {
    return (error as Error).message;
  } finally {
    http.close();
  }
}

it('asks an exporter whose authority is told, with credentials and with a certificate of ours', async () => {
  expect(await read('good', { caFile })).toBe('known=false as=Bearer t0p');
  expect(await read('strict', { caFile, certFile, keyFile })).toBe('known=true as=Bearer t0p');
  expect(await read('named', { caFile, serverName: 'gpu07.example' })).toBe('known=false as=Bearer t0p');
});

it.each<[string, string, object, RegExp]>([
  ['an unknown authority', 'good', {}, /no authority known here has signed: set tls.caFile$/],
  ['a self-signed certificate', 'selfSigned', { caFile }, /no authority known here/],
  ['an expired certificate', 'expired', { caFile }, /has expired$/],
  ['another name', 'named', { caFile }, /for another name: set tls.serverName$/],
  ['no TLS', 'plain', { caFile }, /speaks no TLS: write http:\/\/ in the url$/],
  ['no certificate of ours', 'strict', { caFile }, /wants a certificate of ours: set tls.certFile/],
  ['no certificate of ours, TLS 1.2', 'strict12', { caFile }, /wants a certificate of ours: set tls.certFile/],
  [
    'a certificate of ours nobody knows',
    'strict',
    { caFile, certFile: file('x.pem', unknown.cert), keyFile: file('x.key', unknown.key) },
    /accept our certificate/,
  ],
  ['a missing file', 'good', { caFile: join(directory, 'none') }, /tls.caFile .*none cannot be read \(ENOENT\)$/],
  [
    'a key of another certificate',
    'strict',
    { caFile, certFile, keyFile: file('y.key', unknown.key) },
    /tls.certFile, keyFile or caFile is no PEM, or they do not belong together$/,
  ],
  ['a file that is none', 'strict', { caFile, certFile: file('z.pem', 'x'), keyFile }, /is no PEM/],
])('%s: one clear sentence, and no credentials sent', async (_, name, tls, expected) => {
  const message = await read(name, tls);
  expect(message).toMatch(expected);
  expect(message).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/metrics /);
  expect(message).not.toContain('t0p');
});

it('insecureSkipVerify takes any certificate', async () => {
  expect(await read('expired', { insecureSkipVerify: true })).toContain('as=Bearer');
  expect(await read('selfSigned', { insecureSkipVerify: true })).toContain('as=Bearer');
});

it('takes renewed files without a restart', async () => {
  const changing = file('changing.pem', stranger.cert);
  const http = reader({ caFile: changing });
  const url = new URL(`https://127.0.0.1:${ports.good}/metrics`);
  const get = async () => (await http.get(url, new AbortController().signal)).body.toString();
  await expect(get()).rejects.toThrow('no authority known here');
  writeFileSync(changing, `${stranger.cert}${authority.cert}`);
  expect(await get()).toContain('as=nobody');
  http.close();
});
