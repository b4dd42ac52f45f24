import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const PROGRAM = '/usr/bin/prometheus-snmp-exporter';
const TICKS_PER_SECOND = 100;

/** Tables with the columns of one port, and of one port and priority, as the benchmark's agent serves them. */
const TABLES = [
  { entry: '1.3.6.1.2.1.31.1.1.1', columns: [6, 7, 8, 9, 10, 11, 12, 13, 15, 19], indexes: ['ifIndex'] },
  { entry: '1.3.6.1.2.1.2.2.1', columns: [8, 19], indexes: ['ifIndex'] },
  { entry: '1.3.6.1.4.1.9.9.813.1.2.1', columns: [2, 3], indexes: ['ifIndex', 'priority'] },
  { entry: '1.3.6.1.4.1.9.9.813.1.4.1', columns: [2, 3], indexes: ['ifIndex', 'priority'] },
  { entry: '1.3.6.1.4.1.9.9.580.1.5.6.1', columns: [6, 7], indexes: ['ifIndex', 'priority'] },
] as const;

/** Prometheus's exporter, running on a free port. */
export interface Exporter {
  /** Has all devices scraped so many times, all at once. @returns variables per CPU-second of the exporter alone */
  measure(ports: readonly number[], rounds: number): Promise<number>;
  stop(): void;
}

/** @returns why there is none, where there is none */
export async function startExporter(): Promise<Exporter | { missing: string }> {
  if (!existsSync(PROGRAM)) return { missing: `${PROGRAM} is not there; apt-get install prometheus-snmp-exporter` };
  const directory = mkdtempSync(join(tmpdir(), 'stallscope-bench-exporter-'));
  const file = join(directory, 'snmp.yml');
  writeFileSync(file, configuration());
  const port = await freePort();
  const args = [`--config.file=${file}`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'];
  const child = spawn(PROGRAM, args, { stdio: 'ignore' });
  const stop = (): void => {
    child.kill('SIGTERM');
    rmSync(directory, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  for (let wait = 0; wait < 100 && child.exitCode === null; wait++) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return { measure: (ports, rounds) => measure(url, child.pid ?? 0, ports, rounds), stop };
    await delay(50);
  }
  stop();
  return { missing: `${PROGRAM} does not start` };
}

async function measure(url: string, pid: number, ports: readonly number[], rounds: number): Promise<number> {
  const before = cpuSeconds(pid);
  let variables = 0;
  for (let round = 0; round < rounds; round++) {
    const pages = await Promise.all(ports.map((port) => scrape(`${url}/snmp?module=bench&target=127.0.0.1:${port}`)));
    for (const page of pages) variables += page;
  }
  return variables / (cpuSeconds(pid) - before);
}

/** @returns how many variables the page has */
async function scrape(url: string): Promise<number> {
  const answer = await fetch(url);
  const page = await answer.text();
  if (!answer.ok) throw new Error(`snmp_exporter answered ${answer.status}: ${page.slice(0, 200)}`);
  let variables = 0;
  for (const line of page.split('\n')) if (line.startsWith('bench_')) variables++;
  if (variables === 0) throw new Error('snmp_exporter gave no variable');
  return variables;
}

/** User and system time of a process. @source Linux proc(5) stat, fields 14 and 15 */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** A module as its generator writes them: the columns to walk, and a metric for each. */
function configuration(): string {
  const metrics = TABLES.flatMap(({ entry, columns, indexes }) =>
    columns.map((column) => ({
      name: `bench_${entry.replaceAll('.', '_')}_${column}`,
      oid: `${entry}.${column}`,
      type: 'counter',
      help: 'a counter',
      indexes: indexes.map((labelname) => ({ labelname, type: 'gauge' })),
    })),
  );
  const walk = metrics.map(({ oid }) => oid);
  // JSON is YAML.
  return JSON.stringify({
    bench: { walk, metrics, version: 2, max_repetitions: 50, timeout: '2s', retries: 2, auth: { community: 'public' } },
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
