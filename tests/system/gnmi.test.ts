import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { Bench } from '../collectors/gnmi/running.ts';
import { freePort } from '../free-port.ts';
import { fileOf, gnmic, openconfigProgram, why } from './gnmi-peers.ts';

const run = promisify(execFile);
const bench = new Bench();
const ends: (() => void)[] = [];
afterEach(async () => {
  await bench.end();
  for (const end of ends.splice(0)) end();
});

const certificate = (name: string) => join(import.meta.dirname, '../collectors/gnmi/certificates', name);

/** Two growing octet counters past 2^53 every 100 ms, with the deprecated path elements this server has. */
const FAKE_CONFIG = `
target: "leaf1"
client_type: GRPC_GNMI
enable_delay: true
${['in-octets', 'out-octets']
  .map(
    (leaf) => `values: {
  path: ["interfaces", "interface[name=Ethernet1]", "state", "counters", "${leaf}"]
  timestamp: { timestamp: 1 delta_min: 100000000 delta_max: 100000000 }
  uint_value: {
    value: 9007199254740993
    range: { minimum: 9007199254740993 maximum: 18446744073709551615 delta_min: 1000 delta_max: 1000 }
  }
}`,
  )
  .join('\n')}
values: { path: ["interfaces", "interface[name=Ethernet1]", "state", "oper-status"] repeat: 1 string_value: { value: "UP" } }
values: { repeat: 1 timestamp: { timestamp: 2 } sync: 1 }
`;

const server = openconfigProgram('fake_server');
describe.skipIf('missing' in server)(`against OpenConfig's fake target${why(server)}`, () => {
  async function startServer(): Promise<string> {
    const directory = mkdtempSync(join(tmpdir(), 'gnmi-fake-'));
    const config = join(directory, 'config.pb.txt');
    writeFileSync(config, FAKE_CONFIG);
    const port = await freePort();
    const options = {
      config,
      port,
      server_crt: certificate('device.pem'),
      server_key: certificate('device.key'),
      ca_crt: certificate('authority.pem'),
    };
    const flags = Object.entries(options).map(([name, value]) => `-${name}=${value}`);
    const child: ChildProcess = spawn(fileOf(server), [...flags, '-text'], { stdio: 'ignore' });
    ends.push(() => {
      child.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    });
    return `127.0.0.1:${port}`;
  }
  const tls = {
    ca: certificate('authority.pem'),
    cert: certificate('collector.pem'),
    key: certificate('collector.key'),
  };

  it('reads its stream over mutual TLS, exactly, at the interval it has', async () => {
    const source = bench.source(await startServer(), { tls, interval: '100ms', timeout: '5s' });
    await source.more(8);
    const values = source.frames.map(({ counters }) => {
      const column = counters.find(({ counter }) => counter === 'rxBytes')!;
      return (BigInt(column.high[0]!) << 32n) | BigInt(column.low[0]!);
    });
    expect(values[0]! % 1000n).toBe(9007199254740993n % 1000n);
    for (const [index, value] of values.entries()) if (index > 0) expect(value).toBeGreaterThan(values[index - 1]!);
    expect(source.frames.at(-1)).toMatchObject({ ports: ['Ethernet1'], linkUp: new Uint8Array([1]) });
    expect(source.health.at(-1)).toMatchObject({ state: expect.stringMatching(/ok|degraded/), ports: 1 });
  });

  it('is told which certificate it lacks', async () => {
    const source = bench.source(await startServer(), { tls: { ca: tls.ca }, interval: '100ms', timeout: '1s' });
    await source.until(() => source.says('tls.cert') || source.says('certificate'));
    expect(source.frames).toEqual([]);
  });
});

const cli = openconfigProgram('gnmi_cli');
describe.skipIf('missing' in cli)(`OpenConfig's gnmi_cli against our fake target${why(cli)}`, () => {
  it('gets capabilities, and what it asked for and nothing else', async () => {
    const target = await bench.target();
    const base = ['-insecure', '-address', target.address];
    const { stdout: said } = await run(fileOf(cli), [...base, '-capabilities']);
    expect(said).toContain('openconfig-interfaces');
    const query = ['-query', 'interfaces/interface[name=Ethernet1]/state/counters', '-query_type', 'once'];
    const { stdout } = await run(fileOf(cli), [...base, ...query, '-display_type', 's']);
    expect(stdout).toContain('interfaces/interface/Ethernet1/state/counters/in-octets');
    expect(stdout).not.toMatch(/Ethernet2|oper-status/);
  });
});

const client = gnmic();
describe.skipIf('missing' in client)(`gnmic against our fake target${why(client)}`, () => {
  const flat = (args: string[]) => run(fileOf(client), ['--insecure', ...args, '--format', 'flat']);

  it('gets capabilities and values', async () => {
    const target = await bench.target();
    const { stdout: said } = await run(fileOf(client), ['--insecure', '-a', target.address, 'capabilities']);
    expect(said).toContain('gNMI version: 0.10.0');
    const path = '/interfaces/interface[name=Ethernet2]/state/oper-status';
    const { stdout } = await flat(['-a', target.address, 'get', '--encoding', 'json_ietf', '--path', path]);
    expect(stdout.trim()).toMatch(/Ethernet2.*oper-status: UP/);
  });

  it('subscribes once, and by samples', async () => {
    const target = await bench.target();
    const path = '/interfaces/interface[name=*]/state/counters/in-octets';
    const once = await flat(['-a', target.address, 'subscribe', '--mode', 'once', '--path', path]);
    expect(once.stdout.match(/in-octets: \d+/g)).toHaveLength(2);
    const child = spawn(fileOf(client), [
      ...['--insecure', '-a', target.address, 'subscribe', '--format', 'flat', '--path', path],
      ...['--stream-mode', 'sample', '--sample-interval', '50ms', '--encoding', 'proto'],
    ]);
    ends.push(() => child.kill('SIGKILL'));
    let text = '';
    for await (const chunk of child.stdout) {
      text += chunk;
      if ((text.match(/Ethernet1\].*in-octets: \d+/g) ?? []).length > 3) break;
    }
    const asked = target.requests.at(-1)!.subscribe!.subscription[0]!;
    expect(asked).toMatchObject({ mode: 'SAMPLE', sample_interval: '50000000' });
  });
});
