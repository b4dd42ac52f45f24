import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkStallscopeConfig } from '../collectors/config.ts';
import { startCollector } from '../collectors/main.ts';
import { PLUGINS } from '../collectors/registry.ts';
import { silentLogger } from '../lib/logger.ts';
import { type BenchResult, readOptions } from './benchmark.ts';
import { compile, startAgent } from './peers/build.ts';

const COUNTERS = 60;
const MIB = 1024 * 1024;
/** A poll is late when the achieved interval is off by more than this. */
const LATE = 0.05;

/**
 * A whole fabric through a whole collector: SNMP polls of every switch, normaliser, detectors, spool, line protocol to
 * a server that takes everything. Says what one CPU-second does, how much memory it takes and whether any switch was
 * polled late. Options: --devices, --interfaces, --interval (s), --seconds.
 */
export async function* run(args: string[]): AsyncIterable<BenchResult> {
  const options = readOptions(args, { devices: '240', interfaces: '128', interval: '5', seconds: '60' });
  const [devices, interfaces, interval, seconds] = [
    Number(options.devices),
    Number(options.interfaces),
    Number(options.interval),
    Number(options.seconds),
  ];
  const built = compile('snmp-agent');
  if ('missing' in built) {
    yield { bench: 'snmp-fabric', skipped: built.missing };
    return;
  }
  const agent = await startAgent(built.program, devices, interfaces);
  const server = await acceptEverything();
  const dataDir = mkdtempSync(join(tmpdir(), 'stallscope-bench-fabric-'));
  const targets = Array.from({ length: devices }, (_, i) => ({
    name: `leaf${i}`,
    collector: 'snmp',
    address: `127.0.0.1:${agent.firstPort + i}`,
    auth: 'bench',
    interval: `${interval}s`,
  }));
  const raw = { targets, auths: { bench: { version: '2c', community: 'public' } } };
  const { value: config, problems } = checkStallscopeConfig(raw, null, PLUGINS);
  if (config === undefined) throw new Error(problems.map(({ message }) => message).join('; '));
  const collector = await startCollector({ config, dataDir, monitorUrl: server.url, logger: silentLogger });
  try {
    // Every switch is discovered and has been polled before anything is counted.
    while (collector.status().targets.filter(({ polls, ports }) => polls >= 2 && ports > 0).length < devices) {
      await delay(500);
    }
    const before = polled(collector.status().targets);
    const cpuBefore = process.cpuUsage();
    const startedMs = performance.now();
    let peakBytes = 0;
    while (performance.now() - startedMs < seconds * 1000) {
      await delay(250);
      peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
    }
    const { user, system } = process.cpuUsage(cpuBefore);
    const elapsedSeconds = (performance.now() - startedMs) / 1000;
    const after = collector.status().targets;
    const polls = polled(after) - before;
    const cpuSeconds = (user + system) / 1e6;
    const off = after.map(({ paths }) => Math.abs((paths[0]?.achievedIntervalMs ?? 0) / (interval * 1000) - 1));
    yield {
      bench: 'snmp-fabric',
      devices,
      interfaces,
      counters: COUNTERS,
      intervalSeconds: interval,
      polls,
      pollsDue: Math.floor((elapsedSeconds / interval) * devices),
      lateDevices: off.filter((share) => share > LATE).length,
      worstIntervalError: Number(Math.max(...off).toFixed(4)),
      failures: after.reduce((sum, { failures }) => sum + failures, 0),
      coreShare: Number((cpuSeconds / elapsedSeconds).toFixed(3)),
      variablesPerCpuSecond: Math.round((polls * interfaces * COUNTERS) / cpuSeconds),
      peakRssMiB: Math.round(peakBytes / MIB),
      bytesWritten: server.bytes(),
    };
  } finally {
    await collector.close();
    server.close();
    agent.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function polled(targets: readonly { polls: number }[]): number {
  return targets.reduce((sum, { polls }) => sum + polls, 0);
}

/** Stands in for the monitor: answers as it does and keeps nothing. */
async function acceptEverything(): Promise<{ url: string; bytes(): number; close(): void }> {
  let bytes = 0;
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', () => response.writeHead(request.url?.startsWith('/api/v2/write') ? 204 : 202).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, bytes: () => bytes, close: () => void server.close() };
}
