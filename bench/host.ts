import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EthtoolStatistics } from '../collectors/host/ethtool.ts';
import { IoctlStatistics } from '../collectors/host/ioctl.ts';
import { type BenchResult, readOptions } from './benchmark.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TICKS_PER_SECOND = 100;
const RUNS = 5;
/** Start-up (loading, first compilations) is not what an agent costs in a month. */
const WARM_UP_MS = 30_000;

/**
 * The whole host agent as its own process: reads a tree of 8 NICs at 1 s, normalises, detects, spools and sends.
 * CPU from /proc (user + system, children included) as a share of one core; memory is the largest resident size.
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
  try {
    await delay(WARM_UP_MS);
    const linesBefore = lines;
    const started = performance.now();
    const shares: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const before = cpuSeconds(child.pid ?? 0);
      const begun = performance.now();
      await delay((Number(options.seconds) / RUNS) * 1000);
      shares.push(((cpuSeconds(child.pid ?? 0) - before) / (performance.now() - begun)) * 1e5);
    }
    const wallSeconds = (performance.now() - started) / 1000;
    yield {
      bench: 'host',
      nics,
      interval: options.interval,
      statisticsPerNic: statistics,
      linesPerSecond: round((lines - linesBefore) / wallSeconds),
      cpuPercentOfCore: round([...shares].sort((a, b) => a - b)[RUNS >> 1] ?? Number.NaN),
      runs: shares.map(round),
      rssMiB: round(residentMiB(child.pid ?? 0)),
      target: { cpuPercentOfCore: 1, rssMiB: 128 },
    };
  } finally {
    clearInterval(moving);
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

/** User and system time of a process and the children it waited for. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}

function residentMiB(pid: number): number {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? Number.NaN) / 1024;
}

const HW_COUNTERS = [
  'np_ecn_marked_roce_packets',
  'np_cnp_sent',
  'rp_cnp_handled',
  'rp_cnp_ignored',
  'out_of_sequence',
  'packet_seq_err',
  'local_ack_timeout_err',
  'implied_nak_seq_err',
  'rnr_nak_retry_err',
  'duplicate_request',
  'out_of_buffer',
  'roce_adp_retrans',
];

/** A host with ConnectX NICs, as mlx5 shows it. @returns lines of driver statistics a NIC */
function writeTree(root: string, nics: number, rings: number, base: number): number {
  const write = (path: string, text: string | number) => {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(`${full}.next`, `${text}\n`);
    renameSync(`${full}.next`, full);
  };
  let count = 0;
  for (let nic = 0; nic < nics; nic++) {
    const port = `class/infiniband/mlx5_${nic}/ports/1`;
    const netdev = `ens${nic}np0`;
    write(`${port}/link_layer`, 'Ethernet');
    write(`${port}/state`, '4: ACTIVE');
    write(`${port}/rate`, '400 Gb/sec (4X NDR)');
    write(`${port}/gid_attrs/ndevs/0`, netdev);
    for (const name of ['port_rcv_data', 'port_xmit_data', 'port_rcv_packets', 'port_xmit_packets', 'port_xmit_wait']) {
      write(`${port}/counters/${name}`, base * 1000);
    }
    for (const name of HW_COUNTERS) write(`${port}/hw_counters/${name}`, base);
    write(`class/net/${netdev}/operstate`, 'up');
    write(`class/net/${netdev}/speed`, 400_000);
    write(`class/net/${netdev}/type`, 1);
    write(`class/net/${netdev}/carrier_down_count`, 0);
    const lines = driverStatistics(rings, base);
    count = lines.length;
    write(`ethtool/${netdev}`, `NIC statistics:\n${lines.join('\n')}`);
  }
  return count;
}

function driverStatistics(rings: number, base: number): string[] {
  const lines: string[] = [];
  const add = (name: string, value: number) => lines.push(`     ${name}: ${value}`);
  for (const name of ['rx_packets', 'rx_bytes', 'tx_packets', 'tx_bytes', 'rx_csum_none', 'tx_csum_none'])
    add(name, base);
  for (const way of ['rx', 'tx']) {
    for (const name of ['bytes_phy', 'packets_phy', 'discards_phy', 'pause_ctrl_phy']) add(`${way}_${name}`, base * 10);
    for (let priority = 0; priority < 8; priority++) {
      for (const name of ['bytes', 'packets', 'pause', 'pause_duration']) add(`${way}_prio${priority}_${name}`, base);
    }
  }
  for (let priority = 0; priority < 8; priority++) add(`rx_prio${priority}_pause_transition`, base);
  for (const name of [
    'rx_corrected_bits_phy',
    'rx_symbol_err_phy',
    'link_down_events_phy',
    'tx_pause_storm_warning_events',
  ]) {
    add(name, 0);
  }
  add('outbound_pci_stalled_rd', 0);
  add('outbound_pci_stalled_wr', 0);
  for (let ring = 0; ring < rings; ring++) {
    for (const name of ['packets', 'bytes', 'csum_complete', 'xdp_drop', 'wqe_err', 'cache_full']) {
      add(`rx${ring}_${name}`, base);
      add(`tx${ring}_${name}`, base);
    }
  }
  return lines;
}
