import type { Command } from 'commander';
import { PLUGINS } from '../collectors/registry.ts';
import { createLogger } from '../lib/logger.ts';
import { configFileOf, configOf, dataDirOf, portOf } from './context.ts';
import { stopRequested } from './lifetime.ts';

/** `stallscope monitor`: store, diagnosis, alerts, API and dashboard in one process. */
export function registerMonitor(program: Command): void {
  program
    .command('monitor')
    .description('run only the monitor (store, diagnosis, alerts, dashboard)')
    .option('--config <file>', 'configuration (default: ./stallscope.yaml)')
    .option('--port <port>', 'port of the dashboard (default: the environment variable PORT, else 3000)')
    .action(async (options: { config?: string; port?: string }) => {
      const { startMonitor } = await import('../monitor/main.ts');
      const configFile = configFileOf(options.config);
      const logger = createLogger('monitor');
      const port = portOf(options.port);
      const monitor = await startMonitor({ config: configOf(configFile, PLUGINS), port, dataDir: dataDirOf(), logger });
      process.send?.({ ready: true, port: monitor.port });
      await stopRequested();
      await monitor.close();
      process.exit(0);
    });
}
