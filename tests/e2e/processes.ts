import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** A stallscope command as an operator starts it, with everything it said. */
export interface Running {
  child: ChildProcess;
  said(): string;
  /** Asks it to end and waits. @returns its exit code */
  end(): Promise<number | null>;
}

export function startStallscope(args: string[], env: Record<string, string>): Running {
  const child = spawn(process.execPath, [join(ROOT, 'scripts/run.mjs'), ...args], {
    cwd: ROOT,
    env: { ...process.env, PORT: '', STALLSCOPE_DATA: '', NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const hear = (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-200_000);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    child,
    said: () => text,
    end: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Runs a stallscope command to its end. */
export function runStallscope(args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(ROOT, 'scripts/run.mjs'), ...args], {
      cwd: ROOT,
      env: { ...process.env, PORT: '', STALLSCOPE_DATA: '', NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ran = { code: null as number | null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      ran.stdout += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      ran.stderr += chunk.toString('utf8');
    });
    child.on('close', (code) => resolve({ ...ran, code }));
  });
}

/**
 * Asks until there is an answer.
 * @throws Error naming what never came, with the last error
 */
export async function eventually<T>(what: string, timeoutMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const deadlineMs = Date.now() + timeoutMs;
  let lastError: unknown;
  while (Date.now() < deadlineMs) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      lastError = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`${what} did not come within ${timeoutMs / 1000} s${lastError ? `: ${String(lastError)}` : ''}`);
}

export async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
