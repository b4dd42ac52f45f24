import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
let directory: string | null = null;

/**
 * Compiles one of the C programs beside this file into a temporary directory.
 * @returns the program, or the reason why there is none
 */
export function compile(name: string, libraries: string[] = []): { program: string } | { missing: string } {
  directory ??= mkdtempSync(join(tmpdir(), 'stallscope-bench-'));
  const program = join(directory, name);
  try {
    execFileSync('cc', ['-O2', join(here, `${name}.c`), '-o', program, ...libraries], { stdio: 'pipe' });
  } catch (error) {
    const compiler = existsSync('/usr/bin/cc') ? 'the libraries' : 'a C compiler';
    return { missing: `${name}.c does not compile: ${compiler} may be missing (${String(error).split('\n')[0]})` };
  }
  return { program };
}

export interface RunningAgent {
  firstPort: number;
  stop(): void;
}

/** Below the ports that the kernel gives to others' sockets. */
const PORTS = { first: 11_000, last: 31_000 };
const ATTEMPTS = 20;

/** Starts the SNMP agent on a run of loopback ports that nobody else has. */
export async function startAgent(
  program: string,
  ports: number,
  interfaces: number,
  maxBytes = 65_507,
): Promise<RunningAgent> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const firstPort = PORTS.first + Math.floor(Math.random() * (PORTS.last - PORTS.first - ports));
    const child = spawn(program, [firstPort, ports, interfaces, maxBytes].map(String), {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ready = await new Promise<boolean>((resolve) => {
      child.once('exit', () => resolve(false));
      createInterface({ input: child.stdout }).once('line', () => resolve(true));
    });
    if (ready) return { firstPort, stop: () => void child.kill('SIGTERM') };
  }
  throw new Error(`no ${ports} free ports in a row`);
}
