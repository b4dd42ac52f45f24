import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a program is, if it is installed. */
export function programPath(name: string): string | undefined {
  const directories = ['/usr/bin', '/usr/local/bin', ...(process.env.PATH ?? '').split(delimiter)];
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path));
}

/** A database of another process on loopback, for one test file. */
export interface DatabaseServer {
  url: string;
  /** Ends it as an administrator would: what it took is on disk then. */
  stop(): Promise<void>;
  /** kill -9, as a crash would. */
  kill(): Promise<void>;
}

/** Starts a server and waits until it answers. @param argsOf its arguments for a port */
export async function startServer(
  program: string,
  port: number,
  args: readonly string[],
  healthPath: string,
): Promise<DatabaseServer> {
  const url = `http://127.0.0.1:${port}`;
  const child: ChildProcess = spawn(program, args, { stdio: 'ignore' });
  await answers(`${url}${healthPath}`);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  return { url, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

async function answers(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    if (tries > 300) throw new Error(`${url} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
