import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EthtoolStatistics } from '../collectors/host/ethtool.ts';
import { IoctlStatistics } from '../collectors/host/ioctl.ts';
import { median } from '../lib/training/statistics.ts';
import { type BenchResult, readOptions } from './benchmark.ts';
import { type NodeExporter, PEER, startNodeExporter } from './host/node-exporter.ts';
import { cpuSeconds, residentMiB } from './host/process.ts';
import { writeTree } from './host/tree.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RUNS = 5;
/** Start-up (loading, first compilations) is not what an agent costs in a month. */
const WARM_UP_MS = 30_000;

/**
 * The whole host agent as its own process: reads a tree of 8 NICs at 1 s, normalises, detects, spools and sends.
 * CPU from /proc (user + system, children included) as a share of one core; memory is the largest resident size. What a
 * second of little work costs depends much on the machine, so Prometheus's node_exporter reads the same tree beside it.
 * What a recorded tree does not show, driver statistics of a real interface, is measured beside: CPU of one read by
 * either way this machine has. Options: --nics 8 --seconds 60 --rings 64 (driver statistics grow with the rings).
 */
export async function* run(args: string[]): AsyncGenerator<BenchResult> {
  const options = readOptions(args, { nics: '8', seconds: '60', rings: '64', interval: '1s' });
  const directory = mkdtempSync(join(tmpdir(), 'bench-host-'));
  const tree = join(directory, 'sys');
  const nics = Number(options.nics);
  const statistics = writeTree(tree, nics, Number(options.rings), 0);
  const moving = setInterval(() => writeTree(tree, nics, Number(options.rings), Date.now() % 1_000_000_000), 500);
  let lines = 0;
  const server = createServer((request, response) => {
    request.on('data', (part: Buffer) => {
      for (const byte of part) if (byte === 10) lines++;
    });
    request.on('end', () => response.writeHead(request.url?.includes('/write') ? 204 : 202).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  writeFileSync(
    join(directory, 'stallscope.yaml'),
    `targets: [{name: gpu07, collector: host, interval: ${options.interval}, root: ${tree}}]\n`,
  );
  const port = String((server.address() as AddressInfo).port);
  const child = spawn(
    process.execPath,
    // As scripts/run.mjs starts it.
    [
      '--max-semi-space-size=2',
      '--import',
      'tsx',
      'collectors/main.ts',
      '--config',
      join(directory, 'stallscope.yaml'),
    ],
    {
      cwd: ROOT,
      stdio: 'ignore',
      env: { ...process.env, PORT: port, STALLSCOPE_DATA: join(directory, 'data'), STALLSCOPE_LOG: 'silent' },
    },
  );
  let peer: NodeExporter | undefined;
  try {
    peer = await startNodeExporter(tree);
    await delay(WARM_UP_MS);
    const linesBefore = lines;
    const started = performance.now();
    const shares: number[] = [];
    const peerShares: number[] = [];
    const both = [
      { pid: child.pid ?? 0, into: shares },
      { pid: peer?.pid ?? 0, into: peerShares },
    ].filter(({ pid }) => pid !== 0);
    for (let run = 0; run < RUNS; run++) {
      const before = both.map(({ pid }) => cpuSeconds(pid));
      const begun = performance.now();
      await delay((Number(options.seconds) / RUNS) * 1000);
      const wallMs = performance.now() - begun;
      both.forEach(({ pid, into }, index) => {
        into.push(((cpuSeconds(pid) - (before[index] ?? 0)) / wallMs) * 1e5);
      });
    }
    const wallSeconds = (performance.now() - started) / 1000;
    yield {
      bench: 'host',
      nics,
      interval: options.interval,
      statisticsPerNic: statistics,
      linesPerSecond: round((lines - linesBefore) / wallSeconds),
      cpuPercentOfCore: round(median(shares) ?? Number.NaN),
      runs: shares.map(round),
      rssMiB: round(residentMiB(child.pid ?? 0)),
      target: { cpuPercentOfCore: 1, rssMiB: 128 },
    };
    const told = { bench: 'host', peer: PEER };
    if (peer === undefined) yield { ...told, skipped: 'not installed' };
    else
      yield {
        ...told,
        reads: 'the same tree each second, without driver statistics, and does nothing with it',
        cpuPercentOfCore: round(median(peerShares) ?? Number.NaN),
        runs: peerShares.map(round),
        rssMiB: round(residentMiB(peer.pid)),
      };
  } finally {
    clearInterval(moving);
    peer?.stop();
    child.kill('SIGKILL');
    server.closeAllConnections();
    server.close();
    await delay(200);
    rmSync(directory, { recursive: true, force: true });
  }
  yield* statisticsCost();
}

/** CPU of one read of driver statistics, of this process and those it starts, ms; by ioctl, and by the ethtool command. */
async function* statisticsCost(): AsyncGenerator<BenchResult> {
  const ways = [
    { way: 'ioctl', reader: new IoctlStatistics(5000), reads: 4000 },
    { way: 'ethtool -S (peer)', reader: new EthtoolStatistics(5000), reads: 200 },
  ] as const;
  for (const { way, reader, reads } of ways) {
    let netdev: string | undefined;
    for (const name of readdirSync('/sys/class/net')) {
      if (netdev === undefined && (await reader.read(name)) !== undefined) netdev = name;
    }
    const before = cpuSeconds(process.pid);
    for (let read = 0; netdev !== undefined && read < reads; read++) await reader.read(netdev);
    reader.close();
    await delay(300);
    const result = { bench: 'host', driverStatistics: way };
    if (netdev === undefined) yield { ...result, skipped: 'no interface of this machine gives statistics this way' };
    else yield { ...result, netdev, cpuMsPerRead: round4(((cpuSeconds(process.pid) - before) / reads) * 1000) };
  }
}

const round4 = (value: number) => Math.round(value * 1e4) / 1e4;
const round = (value: number) => Math.round(value * 100) / 100;
