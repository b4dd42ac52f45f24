import type { Command } from 'commander';
import type { Problem } from '../lib/api/types.ts';
import { FabricError } from '../lib/errors.ts';
import { portOf } from './context.ts';

export interface ClientOptions {
  url?: string;
  token?: string;
}

/** Adds the options of every command that asks a running monitor. */
export function withClientOptions(command: Command): Command {
  return command
    .option('--url <url>', 'where the monitor is (default: http://127.0.0.1:PORT)')
    .option('--token <token>', 'a token with scope read (default: the environment variable STALLSCOPE_TOKEN)');
}

/**
 * Asks the HTTP API of a running monitor.
 * @param path below the monitor's URL, `/api/v1/incidents?limit=10`
 * @throws FabricError in words: not reachable, or what the monitor's problem document says
 */
export async function askMonitor(path: string, options: ClientOptions): Promise<unknown> {
  const base = (options.url ?? `http://127.0.0.1:${portOf(undefined)}`).replace(/\/+$/, '');
  const token = options.token ?? process.env.STALLSCOPE_TOKEN;
  let response: Response;
  try {
    response = await fetch(`${base}${path}`, {
      headers: { accept: 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      signal: AbortSignal.timeout(30_000),
    });
  } catch (error) {
    throw new FabricError('unreachable', `no monitor answers at ${base}; start one with "npm start", or give --url`, {
      cause: error,
    });
  }
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new FabricError(
      'malformed',
      `${base} did not answer with JSON (status ${response.status}); is it Stallscope?`,
    );
  }
  if (response.ok) return body;
  const problem = body as Partial<Problem>;
  const code = response.status === 404 ? 'not_found' : 'unavailable';
  throw new FabricError(code, problem.detail ?? problem.title ?? `the monitor answered with status ${response.status}`);
}
