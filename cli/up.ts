import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Command } from 'commander';
import { PLUGINS } from '../collectors/registry.ts';
import type { StallscopeConfig } from '../lib/config/types.ts';
import { FabricError } from '../lib/errors.ts';
import { createLogger } from '../lib/logger.ts';
import { adviceOn } from './advice.ts';
import { configFileOf, configOf, dataDirOf, portOf } from './context.ts';
import { onReload, stopRequested } from './lifetime.ts';
import { tell } from './output.ts';
import { selfCommand, supervise } from './supervise.ts';

/** `stallscope up`: one monitor and one collector on this machine. */
export function registerUp(program: Command): void {
  program
    .command('up')
    .description('run monitor and collector on this machine')
    .option('--config <file>', "configuration (default: ./stallscope.yaml; without one: this machine's own NICs)")
    .option('--port <port>', 'port of the dashboard (default: the environment variable PORT, else 3000)')
    .action(async (options: { config?: string; port?: string }) => {
      const port = portOf(options.port);
      const configFile = configFileOf(options.config);
      // Wrong settings are told before anything starts.
      const config = configOf(configFile, PLUGINS);
      const dataDir = dataDirOf();
      refuseSecondOwner(dataDir);
      await refuseTakenPort(config.server.host, port, 'npm start');
      process.exitCode = await runAll({ configFile, config, port, dataDir });
    });
}

export interface RunAllOptions {
  configFile: string | undefined;
  config: StallscopeConfig;
  port: number;
  dataDir: string;
  /** Said after the welcome. */
  after?: () => void;
}

const MONITOR_HEAD_START_MS = 10_000;

/** Runs both programs until someone says stop. @returns the exit code */
export async function runAll(options: RunAllOptions): Promise<number> {
  const { port, dataDir, configFile } = options;
  // A person at a terminal wants to see the address and what is wrong, not every target that is fine.
  const level = process.env.STALLSCOPE_LOG ?? 'warn';
  const logger = createLogger('stallscope', level);
  const env = { ...process.env, PORT: String(port), STALLSCOPE_DATA: dataDir, STALLSCOPE_LOG: level };
  const configArgs = configFile === undefined ? [] : ['--config', configFile];
  const stop = new AbortController();
  let isReady: () => void = () => {};
  // A collector can wait by itself, but there is no need to let it complain at every start.
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
    setTimeout(resolve, MONITOR_HEAD_START_MS).unref();
  });
  const supervisor = supervise({
    programs: [
      { name: 'monitor', command: selfCommand('monitor', ...configArgs) },
      { name: 'collector', command: selfCommand('collect', ...configArgs), after: ready },
    ],
    dataDir,
    env,
    logger,
    signal: stop.signal,
    onMessage: (name, message) => {
      if (name !== 'monitor' || typeof message !== 'object' || message === null) return;
      if ('ready' in message) {
        isReady();
        welcome(options);
      }
      if ('reloaded' in message) supervisor.kill('SIGHUP', 'collector');
    },
  });
  // The monitor checks the file first and passes the word on only when it is good.
  onReload(() => supervisor.kill('SIGHUP', 'monitor'));
  void stopRequested().then((reason) => {
    logger.info({ reason }, 'stopping');
    stop.abort();
  });
  return supervisor.finished;
}

let welcomed = false;

/** Said once, when the dashboard answers. */
function welcome({ port, config, configFile, after }: RunAllOptions): void {
  if (welcomed) return;
  welcomed = true;
  tell(`\nStallscope is running: ${config.server.baseUrl ?? `http://localhost:${port}`}`);
  if (configFile === undefined) {
    tell("It watches this machine's own NICs. To add switches, hosts and jobs, write stallscope.yaml");
    tell(
      '(start from examples/stallscope.yaml), run "npm run -s stallscope -- check --config stallscope.yaml", start again.',
    );
  } else {
    tell(`Configuration: ${configFile} (${config.targets.length} targets). After a change: kill -HUP ${process.pid}`);
  }
  for (const sentence of adviceOn(config)) tell(`Note: ${sentence}`);
  tell('Ctrl-C ends it.\n');
  after?.();
}

/** The process that runs in this data directory already, if one does. */
export function runningOwner(dataDir: string): { name: string; pid: number } | undefined {
  for (const name of ['monitor', 'collector']) {
    const pid = runningPid(join(dataDir, 'run', `${name}.pid`));
    if (pid !== undefined) return { name, pid };
  }
  return undefined;
}

/** Two owners of one data directory would lose data. */
export function refuseSecondOwner(dataDir: string): void {
  const owner = runningOwner(dataDir);
  if (!owner) return;
  throw new FabricError(
    'conflict',
    `another Stallscope (${owner.name}, process ${owner.pid}) uses ${dataDir}; end it, or choose another directory with STALLSCOPE_DATA=...`,
  );
}

function runningPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    // A number alone may have gone to another program since.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('cli/main.ts') ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** @param command what was called, for the advice */
export function refuseTakenPort(host: string, port: number, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is already in use' : `cannot be listened on (${error.code})`;
      reject(
        new FabricError('conflict', `port ${port} ${why}; choose another, for example PORT=${port + 1} ${command}`),
      );
    });
    server.listen(port, host, () => server.close(() => resolve()));
  });
}
