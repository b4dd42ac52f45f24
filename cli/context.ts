import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { hostOnlyConfig, loadStallscopeConfig, type Plugins } from '../collectors/config.ts';
import type { StallscopeConfig } from '../lib/config/types.ts';
import { UsageError } from '../lib/errors.ts';

const DEFAULT_PORT = 3000;
const DEFAULT_CONFIG = 'stallscope.yaml';

/** The port of the monitor: `--port`, else the environment's PORT, else 3000. @throws UsageError for what is no port */
export function portOf(
  option: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): number {
  const text = option ?? (env.PORT === undefined || env.PORT === '' ? String(DEFAULT_PORT) : env.PORT);
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new UsageError(`${option === undefined ? 'PORT' : '--port'} must be a port from 1 to 65535, not "${text}"`);
}

/** The data directory: the environment's STALLSCOPE_DATA, else this default. Absolute. */
export function dataDirOf(
  fallback = './data',
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  return resolve(env.STALLSCOPE_DATA || fallback);
}

/** The configuration a command without `--config` uses: ./stallscope.yaml where there is one. */
export function configFileOf(option: string | undefined): string | undefined {
  if (option !== undefined) return option;
  return existsSync(DEFAULT_CONFIG) ? DEFAULT_CONFIG : undefined;
}

/** The configuration in a file, or that of this machine's own NICs without one. @throws ConfigError */
export function configOf(file: string | undefined, plugins: Plugins): StallscopeConfig {
  return file === undefined ? hostOnlyConfig(hostname(), plugins) : loadStallscopeConfig(file, plugins);
}
