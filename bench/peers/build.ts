import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
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

/** Starts the SNMP agent on a run of loopback ports. */
export async function startAgent(
  program: string,
  ports: number,
  interfaces: number,
  maxBytes = 65_507,
): Promise<RunningAgent> {
  const firstPort = await freePorts(ports);
  const child = spawn(program, [firstPort, ports, interfaces, maxBytes].map(String), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the agent ended before it was ready')));
    createInterface({ input: child.stdout }).once('line', () => resolve());
  });
  return { firstPort, stop: () => void child.kill('SIGTERM') };
}

/** First of a run of UDP ports that look free; the agent says if one is not. */
async function freePorts(ports: number): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return Math.min(port, 65_535 - ports);
}
