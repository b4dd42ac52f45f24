import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Program, type Supervisor, supervise } from '../../cli/supervise.ts';
import { silentLogger } from '../../lib/logger.ts';

let dataDir: string;
let stop: AbortController;
/** Every "hello" of a child: its pid. */
let hellos: { name: string; pid: number }[];
let heard: () => void;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'supervise-'));
  stop = new AbortController();
  hellos = [];
});
afterEach(() => {
  stop.abort();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Says its pid, then lives until it is told to end. */
const LIVES = `process.send({ pid: process.pid }); process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000);`;

function program(name: string, script: string): Program {
  return { name, command: [process.execPath, '-e', script] };
}

function run(...programs: Program[]): Supervisor {
  return supervise({
    programs,
    dataDir,
    env: process.env,
    logger: silentLogger,
    signal: stop.signal,
    onMessage: (name, message) => {
      hellos.push({ name, pid: (message as { pid: number }).pid });
      heard();
    },
  });
}

/** Resolves when children have said hello so often. */
function hellosReach(count: number): Promise<void> {
  return new Promise((resolve) => {
    heard = () => {
      if (hellos.length >= count) resolve();
    };
    if (hellos.length >= count) resolve();
  });
}

const pidFile = (name: string) => join(dataDir, 'run', `${name}.pid`);
const isAlive = (pid: number) => existsSync(`/proc/${pid}`);

it('starts a killed program again and leaves the other alone', async () => {
  const both = hellosReach(2);
  run(program('monitor', LIVES), program('collector', LIVES));
  await both;
  const first = Object.fromEntries(hellos.map(({ name, pid }) => [name, pid]));
  expect(Number(readFileSync(pidFile('monitor'), 'utf8'))).toBe(first.monitor);
  const again = hellosReach(3);
  process.kill(first.monitor!, 'SIGKILL');
  await again;
  expect(hellos[2]?.name).toBe('monitor');
  expect(hellos[2]?.pid).not.toBe(first.monitor);
  expect(Number(readFileSync(pidFile('monitor'), 'utf8'))).toBe(hellos[2]?.pid);
  expect(isAlive(first.collector!)).toBe(true);
});

it('ends all of them, and their pid files, when told to stop', async () => {
  const both = hellosReach(2);
  const { finished } = run(program('monitor', LIVES), program('collector', LIVES));
  await both;
  stop.abort();
  expect(await finished).toBe(0);
  for (const { name, pid } of hellos) {
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(pidFile(name))).toBe(false);
  }
});

it('does not start again what says that its configuration is bad, and ends the others with its code', async () => {
  const one = hellosReach(1);
  const { finished } = run(program('collector', LIVES), program('monitor', `setTimeout(() => process.exit(2), 500)`));
  await one;
  expect(await finished).toBe(2);
  expect(isAlive(hellos[0]!.pid)).toBe(false);
});
