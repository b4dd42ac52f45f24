import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Demo, startDemo } from '../../demo/main.ts';
import { silentLogger } from '../../lib/logger.ts';
import { Bench } from '../collectors/gnmi/running.ts';
import { fileOf, gnmic, why } from './gnmi-peers.ts';

const run = promisify(execFile);
const OCTETS = '/interfaces/interface[name=*]/state/counters/in-octets';
const PFC = '/interfaces/interface[name=Ethernet5/1]/ethernet/pfc/priorities/priority[index=3]';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

let folder: string;
let demo: Demo;
/** The switch's entry in stallscope.yaml. */
let leaf: { address: string; username: string; password: string; tls: false };
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stallscope-demo-'));
  demo = await startDemo({ dataDir: folder, monitorUrl: 'http://127.0.0.1:9', script: false, logger: silentLogger });
  const { targets } = parse(readFileSync(demo.configFile, 'utf8'));
  leaf = targets.find(({ name }: { name: string }) => name === 'leaf2');
  expect(leaf).toMatchObject({ collector: 'gnmi' });
});
afterAll(async () => {
  await demo?.close();
  rmSync(folder, { recursive: true, force: true });
});

const client = gnmic();
describe.skipIf('missing' in client)(`gnmic against a gNMI switch of the demo${why(client)}`, () => {
  const who = (): string[] => ['-a', leaf.address, '--insecure', '-u', leaf.username, '-p', leaf.password];
  const gnmi = async (...args: string[]): Promise<string> => {
    const { stdout } = await run(fileOf(client), [...who(), ...args], { timeout: 15_000 });
    return stdout;
  };
  /** What a stream has printed when enough of it is there. */
  const stream = async (args: string[], enough: (text: string) => boolean): Promise<string> => {
    const child = spawn(fileOf(client), [...who(), 'subscribe', ...args]);
    ends.push(() => child.kill('SIGKILL'));
    let text = '';
    for await (const chunk of child.stdout) {
      text += chunk;
      if (enough(text)) break;
    }
    return text;
  };
  /** Path and value of each line of `--format flat`. */
  const flat = (text: string): [string, string][] =>
    text
      .split('\n')
      .filter((line) => line.includes(': '))
      .map((line) => line.split(': ') as [string, string]);

  it('gets capabilities', async () => {
    const told = await gnmi('capabilities');
    for (const one of ['gNMI version: 0.10.0', 'openconfig-qos', 'arista-pfc', 'JSON_IETF', 'PROTO'])
      expect(told).toContain(one);
  });

  it('gets the same in both encodings, past 2^53', async () => {
    const read = async (encoding: string) =>
      flat(await gnmi('get', '--path', OCTETS, '--encoding', encoding, '--format', 'flat'));
    const [proto, ietf] = [await read('proto'), await read('json_ietf')];
    expect(proto).toHaveLength(6);
    expect(ietf.map(([path]) => path)).toEqual(proto.map(([path]) => path));
    for (const [index, [, octets]] of ietf.entries()) {
      expect(BigInt(octets)).toBeGreaterThan(2n ** 53n);
      expect(BigInt(octets)).toBeGreaterThanOrEqual(BigInt(proto[index]![1]));
    }
  });

  it('gets a document with the keys of its lists', async () => {
    const answer = JSON.parse(await gnmi('get', '--path', '/lldp/interfaces', '--encoding', 'json_ietf'));
    const [document] = Object.values(answer[0].updates[0].values) as { 'openconfig-lldp:interface': object[] }[];
    expect(document!['openconfig-lldp:interface'][4]).toMatchObject({
      name: 'Ethernet5/1',
      neighbors: { neighbor: [{ id: '1', state: { 'system-name': 'spine1', 'port-id': 'Ethernet1/2' } }] },
    });
  });

  it.each(['proto', 'json_ietf'])(
    'subscribes once in %s, to PFC of one priority, with target and origin',
    async (encoding) => {
      const answer = await gnmi(
        ...['subscribe', '--mode', 'once', '--target', 'pod7', '--path', `openconfig:${PFC}`],
        ...['--encoding', encoding],
      );
      expect(answer).toContain('"target": "pod7"');
      expect(answer).toContain('"sync-response": true');
      for (const name of ['in-frames', 'out-frames', 'pfc-on-total-rx-time', 'rx-transitions'])
        expect(answer).toContain(`ethernet/pfc/priorities/priority[index=3]/state/${name}`);
    },
  );

  it.each(['proto', 'json_ietf'])('subscribes by samples in %s, and gets them at that pace', async (encoding) => {
    const asked = ['--path', OCTETS, '--stream-mode', 'sample', '--sample-interval', '250ms', '--encoding', encoding];
    const text = await stream(asked, (so) => (so.match(/Ethernet1\/1\]"/g) ?? []).length >= 8);
    const stamps = [...text.matchAll(/"timestamp": (\d+),\s+"time": "[^"]+",\s+"prefix": "[^"]*Ethernet1\/1\]"/g)];
    const times = stamps.map(([, stamp]) => Number(BigInt(stamp!) / 1_000_000n));
    expect(times.length).toBeGreaterThanOrEqual(6);
    const pace = (times.at(-1)! - times[0]!) / (times.length - 1);
    expect(pace).toBeGreaterThan(200);
    expect(pace).toBeLessThan(600);
  });

  it('subscribes on change with a heartbeat', async () => {
    const path = '/interfaces/interface[name=Ethernet1/1]/state/oper-status';
    const asked = ['--path', path, '--stream-mode', 'on-change', '--heartbeat-interval', '300ms', '--format', 'flat'];
    const text = await stream(asked, (so) => (so.match(/oper-status: UP/g) ?? []).length >= 3);
    expect(text).toContain('Ethernet1/1');
  });

  it('polls: a set at once and one for each poll', async (ctx) => {
    // gnmic asks on a terminal what to poll.
    if (!existsSync('/usr/bin/script')) return ctx.skip('script (util-linux) is not installed');
    const who = `-a ${leaf.address} --insecure -u ${leaf.username} -p ${leaf.password}`;
    const command = `${fileOf(client)} ${who} subscribe --mode poll --path '${OCTETS}' --format flat`;
    const child = spawn('/usr/bin/script', ['-qefc', command, '/dev/null']);
    ends.push(() => child.kill('SIGTERM'));
    let text = '';
    let asked = 0;
    const count = (what: RegExp) => (text.match(what) ?? []).length;
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => {
        text += chunk;
        // Enter takes what stands first: the only target, its only subscription.
        while (asked < count(/select (target|subscription) to poll/g)) {
          asked++;
          child.stdin.write('\r');
        }
        if (count(/sync response 'true'/g) >= 3) resolve();
      });
    });
    expect(count(/in-octets: \d+/g)).toBe(18);
  });

  it.each([
    ['a wrong password', ['-p', 'wrong', 'capabilities'], 'Unauthenticated'],
    ['a path of no model', ['get', '--path', '/nope'], 'NotFound'],
    ['a subscription to none', ['subscribe', '--mode', 'once', '--path', '/nope'], 'InvalidArgument'],
  ])('is told what is wrong with %s', async (_, args, code) => {
    const failed = await gnmi(...args).catch((error: { stderr: string; stdout: string }) => error);
    expect(typeof failed === 'string' ? failed : failed.stderr + failed.stdout).toContain(code);
  });
});

describe('the gNMI collector against a switch of the demo', () => {
  const bench = new Bench();
  afterEach(() => bench.end());

  it.each(['PROTO', 'JSON_IETF', 'JSON'])('streams ports, PFC, ECN and neighbours in %s', async (encoding) => {
    const { address, username, password } = leaf;
    const source = bench.source(address, { name: 'leaf2', username, password, encoding, interval: '200ms' });
    await source.until(() => source.links.some(({ links }) => links.length === 6));
    await source.more(3);
    const ports = [1, 2, 3, 4, 5, 6].map((number) => `Ethernet${number}/1`);
    expect(source.frames.at(-1)).toMatchObject({ device: 'leaf2', linkUp: new Uint8Array(6).fill(1) });
    expect([...source.frames.at(-1)!.ports].sort()).toEqual(ports);
    expect([...source.frames.at(-1)!.linkRateBitsPerSec].sort()).toEqual([1e11, 1e11, 1e11, 1e11, 2e11, 2e11]);
    for (const port of ports) {
      expect(source.counter('rxBytes', port)).toBeGreaterThan(2n ** 53n);
      for (const name of ['rxPauseFrames', 'txPauseFrames', 'rxPauseUs', 'rxPauseTransitions', 'ecnMarkedPackets'])
        expect(source.counter(name, port, 3), name).not.toBeNull();
      // EOS tells how long it was paused, not how long it paused others: missing, not zero.
      expect(source.counter('txPauseUs', port, 3)).toBeNull();
    }
    expect(source.health.at(-1)).toMatchObject({ state: 'ok', refused: [] });
  });

  it.each([
    ['stream', 'PROTO'],
    ['stream', 'JSON_IETF'],
    ['poll', 'PROTO'],
    ['get', 'JSON'],
  ])('names the leaves that EOS never sends, by %s in %s', async (mode, encoding) => {
    const { address, username, password } = leaf;
    const source = bench.source(address, { name: 'leaf2', username, password, mode, encoding, interval: '200ms' });
    await source.until(() => (source.health.at(-1)?.paths ?? []).filter((path) => path.missingLeaves).length === 3);
    const { state, paths } = source.health.at(-1)!;
    expect(state).toBe('ok');
    expect(paths.map(({ missingLeaves = [] }) => missingLeaves.map(({ leaf: name }) => name))).toEqual([
      [],
      ['counters/fec-uncorrectable-blocks', 'pre-fec-ber/instant'],
      ['avg-queue-len', 'instant-queue-len', 'max-queue-len'],
      ['priorities/priority/state/all-buffers-octets-max-last-poll', 'watchdog/tx-queues/tx-queue/state/stuck-count'],
    ]);
  });

  it('polls and gets where it is told to', async () => {
    const { address, username, password } = leaf;
    for (const mode of ['poll', 'get']) {
      const source = bench.source(address, { name: 'leaf2', username, password, mode, interval: '200ms' });
      await source.more(3);
      expect(source.counter('rxBytes', 'Ethernet1/1')).toBeGreaterThan(2n ** 53n);
      await source.stop();
    }
  });

  it('is told of a wrong password', async () => {
    const { address, username } = leaf;
    const source = bench.source(address, { name: 'leaf2', username, password: 'wrong' });
    await source.until(() => source.says('password'));
    expect(source.frames).toEqual([]);
  });
});
