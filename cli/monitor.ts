import type { Command } from 'commander';
import { PLUGINS } from '../collectors/registry.ts';
import type { StallscopeConfig } from '../lib/config/types.ts';
import { errorMessage } from '../lib/errors.ts';
import { createLogger } from '../lib/logger.ts';
import { configFileOf, configOf, dataDirOf, portOf } from './context.ts';
import { onReload, stopRequested } from './lifetime.ts';

/** `stallscope monitor`: store, diagnosis, alerts, API and dashboard in one process. */
export function registerMonitor(program: Command): void {
  program
    .command('monitor')
    .description('run only the monitor (store, diagnosis, alerts, dashboard)')
    .option('--config <file>', 'configuration (default: ./stallscope.yaml)')
    .option('--port <port>', 'port of the dashboard (default: the environment variable PORT, else 3000)')
    .action(async (options: { config?: string; port?: string }) => {
      const port = portOf(options.port);
      const configFile = configFileOf(options.config);
      const logger = createLogger('monitor');
      const load = () => withBaseUrl(configOf(configFile, PLUGINS), port);
      const config = load();
      const { startMonitor } = await import('../monitor/main.ts');
      const monitor = await startMonitor({
        config,
        port,
        dataDir: dataDirOf(),
        logger,
        loadConfig: load,
        // `up` passes the word on to the collector.
        onReloaded: () => process.send?.({ reloaded: true }),
      });
      onReload(() => {
        monitor.reload().catch((error: unknown) => {
          logger.error({ reason: errorMessage(error) }, 'configuration not reloaded, nothing was changed');
        });
      });
      process.send?.({ ready: true });
      await stopRequested();
      await monitor.close();
      process.exit(0);
    });
}

/** Links in messages work on this machine where nobody said how others reach it. */
function withBaseUrl(config: StallscopeConfig, port: number): StallscopeConfig {
  const baseUrl = config.server.baseUrl ?? `http://localhost:${port}`;
  return { ...config, server: { ...config.server, baseUrl } };
}
