import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { mutate } from '../../bench/fuzz/mutate.ts';
import { Random } from '../../bench/fuzz/random.ts';
import { dcgmJobsPlugin } from '../../collectors/dcgm-jobs/index.ts';
import { gnmiPlugin } from '../../collectors/gnmi/index.ts';
import { hostPlugin } from '../../collectors/host/index.ts';
import { lanzPlugin } from '../../collectors/lanz/index.ts';
import { mlflowPlugin } from '../../collectors/mlflow/index.ts';
import { prometheusPlugin } from '../../collectors/prometheus/index.ts';
import { snmpPlugin } from '../../collectors/snmp/index.ts';
import { trainingPlugin } from '../../collectors/training/index.ts';
import type { CollectorPlugin } from '../../lib/collect/types.ts';
import type { TargetHealth } from '../../lib/events/events.ts';
import { collectorContext } from '../collector-context.ts';
import { startFakeTarget } from './gnmi/fake-target.ts';
import { counterPath, response, update } from './gnmi/messages.ts';
import { roceTree, writeTree } from './host/trees.ts';
import { LanzServer } from './lanz/lanz-server.ts';
import { congestion } from './lanz/records.ts';
import { metric, serveTracking } from './mlflow/tracking-server.ts';
import { NODE_PAGE } from './prometheus/pages.ts';
import { interfaces, system } from './snmp/devices.ts';
import { FakeAgent } from './snmp/fake-agent.ts';

/** Asked of the hostile target before the good one is looked at. */
const POLLS = 40;

let directory: string;
let closing: (() => void | Promise<void>)[];
const random = new Random(20_261_122);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostile-'));
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(directory, { recursive: true, force: true });
});

/** A target as it is configured. */
interface Peer {
  entry: Record<string, unknown>;
  /** Has everything it says from then on be broken. */
  spoil(): void;
  /** Broken messages sent, where it sends without being asked. */
  sent?: () => number;
}

async function agent(name: string): Promise<Peer> {
  const fake = await FakeAgent.start([
    ...system(name, '1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm)'),
    ...interfaces([{ ifIndex: 1, name: 'Ethernet1/1' }]),
  ]);
  closing.push(() => fake.close());
  const auth = { version: '2c', community: 'public' };
  return {
    entry: { name, address: fake.address, auth, interval: '20ms', timeout: name === 'bad' ? '40ms' : '5s', retries: 0 },
    spoil: () => {
      fake.behaviour.spoil = (answer) => mutate(answer, random);
    },
  };
}

async function exporter(name: string): Promise<Peer> {
  let page = (): Buffer => Buffer.from(NODE_PAGE);
  const server = http.createServer((_, response) => response.writeHead(200).end(page()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
  return {
    entry: { name, url, interval: '20ms', timeout: '5s' },
    spoil: () => {
      page = () => mutate(Buffer.from(NODE_PAGE), random);
    },
  };
}

async function streaming(name: string): Promise<Peer> {
  const target = await startFakeTarget();
  closing.push(() => target.close());
  const good = response({
    atMs: Date.now(),
    parts: [update(counterPath('Ethernet1', 'in-octets'), { uint: 1n << 40n })],
  });
  let sent = 0;
  return {
    entry: { name, address: target.address, tls: false, interval: '20ms', timeout: '5s' },
    spoil: () => {
      const timer = setInterval(() => {
        target.send(mutate(good, random));
        sent++;
      }, 20);
      closing.push(() => clearInterval(timer));
    },
    sent: () => sent,
  };
}

/** A switch with a queue that is congested all the time: a record every 20 ms. */
async function congested(name: string): Promise<Peer> {
  const leaf = await LanzServer.start();
  let say = (record: Buffer): Buffer => record;
  let sent = 0;
  const timer = setInterval(() => {
    leaf.send(say(congestion({ atMs: Date.now(), entry: 2, segments: 5, drops: sent })));
    sent++;
  }, 20);
  closing.push(async () => {
    clearInterval(timer);
    await leaf.close();
  });
  return {
    entry: { name, address: leaf.address, interval: '20ms', timeout: '5s' },
    spoil: () => {
      say = (record) => mutate(record, random);
    },
    sent: () => sent,
  };
}

/** A host whose files are each broken in turn, all the time. */
function host(name: string): Peer {
  const root = join(directory, name);
  writeTree(root, roceTree());
  return {
    entry: { name, root, interval: '20ms' },
    spoil: () => {
      const timer = setInterval(() => {
        const [path, content] = random.pick(Object.entries(roceTree()));
        writeFileSync(join(root, path), mutate(Buffer.from(`${content}\n`), random));
      }, 5);
      closing.push(() => clearInterval(timer));
    },
  };
}

/** A log that goes on: a step every 20 ms. */
function log(name: string): Peer {
  const file = join(directory, `${name}.log`);
  writeFileSync(file, '');
  let step = 0;
  let say = (line: string): Buffer => Buffer.from(line);
  const write = () => appendFileSync(file, say(`train_step step=${++step} time_ms=10.5 rank=0\n`));
  for (let lines = 0; lines < 5; lines++) write();
  const timer = setInterval(write, 20);
  closing.push(() => clearInterval(timer));
  return {
    entry: { name, file, job: name, interval: '20ms' },
    spoil: () => {
      say = (line) => mutate(Buffer.from(line), random);
    },
  };
}

/** A tracking server where a step is logged every 20 ms. */
async function tracking(name: string): Promise<Peer> {
  const fake = serveTracking(undefined, [1, 2, 3]);
  const url = await fake.start();
  const timer = setInterval(() => fake.metrics.push(metric(fake.metrics.length + 1)), 20);
  closing.push(async () => {
    clearInterval(timer);
    await fake.close();
  });
  return {
    entry: { name, url, run: 'x', metric: 'train/loss', job: name, interval: '20ms', timeout: '5s' },
    spoil: () => {
      fake.spoil = (answer) => mutate(answer, random);
    },
  };
}

/** The files of a host's GPUs; another job every 20 ms, so that each look has news. */
function jobMap(name: string): Peer {
  const path = join(directory, name);
  mkdirSync(path);
  let job = 0;
  let say = (text: string): Buffer => Buffer.from(text);
  const write = () => writeFileSync(join(path, '0'), say(`${++job}\n`));
  write();
  const timer = setInterval(write, 20);
  closing.push(() => clearInterval(timer));
  return {
    entry: { name, directory: path, host: name, interval: '20ms' },
    spoil: () => {
      say = (text) => mutate(Buffer.from(text.repeat(40)), random);
    },
  };
}

const SOURCES: [CollectorPlugin, (name: string) => Peer | Promise<Peer>, expected: 'told' | 'survived'][] = [
  [snmpPlugin, agent, 'told'],
  [gnmiPlugin, streaming, 'told'],
  [prometheusPlugin, exporter, 'told'],
  [hostPlugin, host, 'survived'],
  [trainingPlugin, log, 'survived'],
  [mlflowPlugin, tracking, 'told'],
  [dcgmJobsPlugin, jobMap, 'told'],
  [lanzPlugin, congested, 'told'],
];

it.each(SOURCES)('$name: a hostile target is named, its neighbour keeps its beat', async (plugin, peer, expected) => {
  const health: Record<string, TargetHealth[]> = { bad: [], good: [] };
  const given = { bad: 0, good: 0 };
  const stop = new AbortController();
  const running: Promise<void>[] = [];
  const peers = { bad: await peer('bad'), good: await peer('good') };
  for (const [name, { entry }] of Object.entries(peers)) {
    const count = () => given[name as keyof typeof given]++;
    const source = plugin.create(
      plugin.configSchema.parse({ collector: plugin.name, ...entry }),
      collectorContext(
        {
          readings: count,
          samples: count,
          steps: count,
          jobs: count,
          health: (one) => health[name]?.push(one),
        },
        { stateDir: join(directory, 'state') },
      ),
    );
    running.push(source.start(stop.signal));
  }
  closing.push(async () => {
    stop.abort();
    await Promise.all(running);
  });
  const until = async (done: () => boolean) => {
    while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const polls = (name: string) => health[name]?.at(-1)?.polls ?? 0;
  await until(() => given.bad > 0 && given.good > 0);
  peers.bad.spoil();
  const told = () => (health.bad ?? []).flatMap(({ lastError, refused }) => [lastError?.message ?? [], refused].flat());
  const asked = () => peers.bad.sent?.() ?? polls('bad');
  const before = { bad: asked(), good: given.good };
  await until(() => asked() >= before.bad + POLLS && (expected === 'survived' || told().length > 0));
  // Both have the same beat: the good one gives about as often as the hostile one is asked.
  expect(given.good - before.good).toBeGreaterThanOrEqual(POLLS * 0.75);
  expect(health.good?.filter(({ lastError }) => lastError !== null)).toEqual([]);
  if (expected === 'told')
    expect(told().join('\n')).toMatch(/bad|127\.0\.0\.1|is no id of a job|lines were left out|malformed|message/);
});
