import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadStallscopeConfig } from '../../../collectors/config.ts';
import { PLUGINS } from '../../../collectors/registry.ts';
import { FAULT_KINDS } from '../../../demo/fabric/faults.ts';
import { leafOf } from '../../../demo/fabric/topology.ts';
import { parseInjection } from '../../../demo/live/control.ts';
import { demoCluster, LiveFabric } from '../../../demo/live/live-fabric.ts';
import { scriptedRound, WARM_UP_SECONDS } from '../../../demo/live/schedule.ts';
import { type Demo, startDemo } from '../../../demo/main.ts';
import { TruthBook } from '../../../demo/truth/document.ts';
import { TruthFile } from '../../../demo/truth/file.ts';
import { silentLogger } from '../../../lib/logger.ts';

let folder: string;
let demo: Demo | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stallscope-demo-'));
});
afterEach(async () => {
  await demo?.close();
  demo = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function start(extraConfig: Record<string, unknown> = {}): Promise<Demo> {
  demo = await startDemo({
    dataDir: folder,
    monitorUrl: 'http://127.0.0.1:9',
    script: false,
    logger: silentLogger,
    extraConfig,
  });
  return demo;
}

describe('a running demo', () => {
  it('writes a configuration that Stallscope takes', async () => {
    const { configFile } = await start({ retention: { samples: '1d' } });
    const config = loadStallscopeConfig(configFile, PLUGINS);
    const names = (collector: string): string[] =>
      config.targets.filter((target) => target.collector === collector).map(({ name }) => name);
    expect(names('gnmi')).toEqual(['leaf2', 'leaf4']);
    expect(names('snmp')).toEqual(['leaf1', 'leaf3', 'spine1', 'spine2']);
    expect(names('host')).toHaveLength(8);
    expect(names('prometheus')).toHaveLength(8);
    expect(names('training')).toHaveLength(1);
    expect(parse(readFileSync(configFile, 'utf8')).auths.demo3).toMatchObject({
      version: 3,
      securityLevel: 'authPriv',
    });
    expect(config.links).toHaveLength(16);
    expect(config.jobs.map(({ job, ranks }) => [job, ranks.length])).toEqual([
      ['llm-pretrain', 8],
      ['moe-finetune', 4],
    ]);
  });

  it('keeps what others wrote into the configuration, and its ports, over a restart', async () => {
    const first = await start();
    const targets = parse(readFileSync(first.configFile, 'utf8')).targets;
    await first.close();
    writeFileSync(first.configFile, `${readFileSync(first.configFile, 'utf8')}retention: {samples: 2d}\n`);
    const again = await start();
    const document = parse(readFileSync(again.configFile, 'utf8'));
    expect(document.retention).toEqual({ samples: '2d' });
    expect(document.targets).toEqual(targets);
    expect(again.controlPort).toBe(first.controlPort);
  });

  it('takes a fault on its control port and refuses what is none, naming the field', async () => {
    const { controlPort } = await start();
    const post = (body: string, type = 'application/json'): Promise<Response> =>
      fetch(`http://127.0.0.1:${controlPort}/faults`, { method: 'POST', headers: { 'content-type': type }, body });
    const taken = await post('{"kind":"incast","forSeconds":5}');
    expect(taken.status).toBe(202);
    expect(await taken.json()).toMatchObject({ kind: 'incast', id: 0 });
    for (const [body, problem] of [
      ['{"kind":"inkast"}', 'kind'],
      ['{"kind":"incast","strength":-1}', 'strength'],
      ['{"kind":"incast","job":"nope"}', 'no job "nope"'],
      ['{"kind":"incast","on":"leaf9"}', 'no leaf "leaf9", only leaf1, leaf2'],
      ['{"kind":', 'JSON'],
    ] as const) {
      const refused = await post(body);
      expect(refused.status).toBe(400);
      expect(((await refused.json()) as { detail: string }).detail).toContain(problem);
    }
    expect((await post('{"kind":"incast"}', 'text/plain')).status).toBe(415);
    const listed = await fetch(`http://127.0.0.1:${controlPort}/faults`);
    expect(await listed.json()).toHaveLength(1);
  });

  it('lays out a sysfs tree for each host that has one, with no half-written file in it', async () => {
    mkdirSync(join(folder, 'hosts', 'gpu02'), { recursive: true });
    await start();
    expect(readdirSync(join(folder, 'hosts')).join()).toBe('gpu01,gpu04,gpu05,gpu08,gpu09,gpu12,gpu13,gpu16');
    const root = join(folder, 'hosts', 'gpu01', 'sys');
    expect(existsSync(join(root, 'class/infiniband/mlx5_0/ports/1/counters/port_xmit_data'))).toBe(true);
    expect(readFileSync(join(root, 'class/infiniband/mlx5_0/ports/1/link_layer'), 'utf8')).toBe('Ethernet\n');
    expect(readFileSync(join(root, 'ethtool/ens1np0'), 'utf8')).toMatch(/^NIC statistics:\n {5}rx_packets_phy: \d+\n/);
    const leftovers = readdirSync(root, { recursive: true }).filter((file) => String(file).endsWith('.new'));
    expect(leftovers).toEqual([]);
  });
});

describe('the live model', () => {
  it('puts a fault of any kind on the leaf that was asked for', () => {
    const live = new LiveFabric(demoCluster(20, [1, 1]), 20, 0, () => 0);
    const { topology, options } = live.cluster;
    const leaf = topology.leaves[1]!;
    for (const kind of FAULT_KINDS) {
      const { host, port, rank, job, ring } = live.inject(parseInjection({ kind, on: 'leaf2' }));
      if (kind === 'pfc-deadlock') expect(ring!.leaves[0]).toBe(leaf);
      else if (port !== undefined) expect(topology.ports[port]!.device).toBe(leaf);
      else if (rank !== undefined) expect(leafOf(topology, options.jobs[job!]!.hosts[rank]!)).toBe(leaf);
      else if (host !== undefined) expect(leafOf(topology, host)).toBe(leaf);
    }
  });

  it('writes what it injects, and the steps that suffered, to the truth file', () => {
    let now = 1_000_000;
    const live = new LiveFabric(demoCluster(20, [1, 1]), 20, now, () => now);
    const file = join(folder, 'demo-truth.json');
    const book = new TruthBook(live.cluster.topology, live.cluster.options.jobs);
    const truth = new TruthFile(file, book, now);
    live.on('begun', (fault) => truth.add(fault));
    live.on('step', (step) => book.addStep(step));
    live.on('judged', (step) => {
      book.addJudged(step);
      truth.touch();
    });
    live.inject(parseInjection({ kind: 'pause-storm', atSeconds: 10, forSeconds: 10, job: 'llm-pretrain' }));
    live.inject(parseInjection({ kind: 'compute-straggler', atSeconds: 30, forSeconds: 10, job: 'llm-pretrain' }));
    for (let second = 0; second < 60; second++) {
      now += 1000;
      live.refresh();
      for (let slice = 0; slice < 10; slice++) live.workOnTruth();
      truth.save(live.fabric.nowMs);
      if (second < 5) expect(JSON.parse(readFileSync(file, 'utf8')).faults).toEqual([]);
    }
    const [storm, straggler] = JSON.parse(readFileSync(file, 'utf8')).faults;
    expect(storm).toMatchObject({ kind: 'pause-storm', network: true, optional: false, rank: null });
    expect(storm.startMs).toBeGreaterThanOrEqual(1_010_000);
    expect(storm.endMs - storm.startMs).toBe(10_000);
    expect(storm.acceptPorts.map((port: { port: string }) => port.port)).toContain('mlx5_0');
    expect(storm.affectedSteps['llm-pretrain'].length).toBeGreaterThan(0);
    expect(straggler).toMatchObject({ network: false, acceptPorts: [], job: 'llm-pretrain' });
    expect(straggler.affectedSteps['llm-pretrain'].length).toBeGreaterThan(1);
    expect(straggler.affectedSteps['moe-finetune'] ?? []).toEqual([]);
  });

  it('has no pause anywhere near a host in the scripted warm-up', () => {
    let now = 0;
    const live = new LiveFabric(demoCluster(20, [1, 1]), 20, 0, () => now);
    now = WARM_UP_SECONDS * 1000;
    live.refresh();
    const { network } = live.fabric;
    for (const { index, device } of live.cluster.topology.ports) {
      if (live.cluster.topology.devices[device]!.role === 'host') expect(network.counters.txPauseUs[index]).toBe(0);
    }
  });
});

describe('the script', () => {
  it('begins with a storm, an incast and a straggler, and never has two at once', () => {
    expect(scriptedRound(0).map(({ kind }) => kind)).toEqual(['pause-storm', 'incast', 'compute-straggler']);
    const all = Array.from({ length: 8 }, (_, round) => scriptedRound(round)).flat();
    all.reduce((before, fault) => {
      expect(fault.atSeconds - before).toBeGreaterThanOrEqual(25);
      return fault.atSeconds + fault.forSeconds;
    }, 0);
  });
});
