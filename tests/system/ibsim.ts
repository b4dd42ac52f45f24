import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Tools } from '../../collectors/infiniband/tools.ts';

const LIBRARY = '/usr/lib/x86_64-linux-gnu/umad2sim/libumad2sim.so';
const NEEDED: Readonly<Record<string, string>> = {
  'ibsim-utils': '/usr/bin/ibsim',
  libumad2sim0: LIBRARY,
  opensm: '/usr/sbin/opensm',
  'infiniband-diags': '/usr/sbin/ibnetdiscover',
};
const missing = Object.entries(NEEDED).flatMap(([name, file]) => (existsSync(file) ? [] : [name]));
export const ibsimInstalled = missing.length === 0;
export const WHY_NO_IBSIM = ibsimInstalled ? '' : ` (skipped: not installed: ${missing.join(', ')})`;

/** Two switches with two cables between them, one of which lost three lanes; two hosts. */
const NET = `Switch 8 "leaf1"
[1] "spine1"[1]
[2] "spine1"[2] w=1x
[3] "gpu07 mlx5_0"[1]
[4] "gpu08 mlx5_0"[1]

Switch 8 "spine1"
[1] "leaf1"[1]
[2] "leaf1"[2] w=1x

Hca 1 "gpu07 mlx5_0"
[1] "leaf1"[3]

Hca 1 "gpu08 mlx5_0"
[1] "leaf1"[4]
`;

export interface SimulatedFabric {
  /** Where the commands are that see the simulated fabric. */
  toolsDirectory: string;
  /** A line for the simulator's console, for example `Unlink "leaf1"[2]`. */
  console(line: string): void;
  /** Ends the simulator alone: nobody answers any more. */
  kill(): void;
  stop(): Promise<void>;
}

/** Starts ibsim and opensm, and waits until every node has a LID. */
export async function startFabric(): Promise<SimulatedFabric> {
  const directory = mkdtempSync(join(tmpdir(), 'ibsim-'));
  const toolsDirectory = join(directory, 'tools');
  mkdirSync(toolsDirectory);
  for (const tool of ['ibnetdiscover', 'perfquery', 'iblinkinfo', 'ibqueryerrors']) {
    const file = join(toolsDirectory, tool);
    // The library keeps files of its own below the working directory.
    writeFileSync(
      file,
      `#!/bin/sh\ncd '${directory}'\nLD_PRELOAD=${LIBRARY} SIM_HOST='gpu07 mlx5_0' exec /usr/sbin/${tool} "$@"\n`,
    );
    chmodSync(file, 0o755);
  }
  writeFileSync(join(directory, 'net'), NET);
  const simulator = spawn('/usr/bin/ibsim', ['-s', join(directory, 'net')], {
    cwd: directory,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const children: ChildProcess[] = [simulator];
  const stop = async () => {
    for (const child of children.reverse()) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null)
        await new Promise((resolve) => child.once('exit', resolve));
    }
    rmSync(directory, { recursive: true, force: true });
  };
  const tools = new Tools({ toolsDirectory });
  const topology = async () =>
    await tools
      .run('ibnetdiscover', ['-p'], 5000, AbortSignal.timeout(10_000))
      .then(({ text }) => text)
      .catch(() => '');
  while ((await topology()) === '') await delay(100);
  children.push(
    spawn('/usr/sbin/opensm', ['-f', join(directory, 'opensm.log')], {
      cwd: directory,
      stdio: 'ignore',
      env: {
        ...process.env,
        LD_PRELOAD: LIBRARY,
        SIM_HOST: 'gpu08 mlx5_0',
        OSM_TMP_DIR: directory,
        OSM_CACHE_DIR: directory,
      },
    }),
  );
  while (/^(?:SW|CA) +0 /m.test(await topology())) await delay(200);
  return {
    toolsDirectory,
    console: (line) => simulator.stdin?.write(`${line}\n`),
    kill: () => simulator.kill('SIGKILL'),
    stop,
  };
}
