import { join } from 'node:path';
import type { Command } from 'commander';
import { startCollector } from '../collectors/main.ts';
import { PLUGINS } from '../collectors/registry.ts';
import { parseShard, type Shard } from '../lib/collect/shard.ts';
import { errorMessage, UsageError } from '../lib/errors.ts';
import { createLogger } from '../lib/logger.ts';
import { configFileOf, configOf, dataDirOf, portOf } from './context.ts';
import { onReload, stopRequested } from './lifetime.ts';

/** `stallscope collect`: one collector process. */
export function registerCollect(program: Command): void {
  program
    .command('collect')
    .description('run only a collector')
    .option('--config <file>', 'configuration (default: ./stallscope.yaml)')
    .option('--shard <i/n>', 'take the i-th of n shares of the targets')
    .action(async (options: { config?: string; shard?: string }) => {
      const shard = options.shard === undefined ? undefined : shardOf(options.shard);
      const configFile = configFileOf(options.config);
      const config = configOf(configFile, PLUGINS);
      const logger = createLogger('collector');
      const collector = await startCollector({
        config,
        shard,
        dataDir: dataDirFor(shard),
        monitorUrl: config.collector.monitorUrl ?? `http://127.0.0.1:${portOf(undefined)}`,
        token: config.collector.token,
        logger,
      });
      onReload(() => {
        try {
          collector.reload(configOf(configFile, PLUGINS)).catch((error: unknown) => {
            logger.error({ reason: errorMessage(error) }, 'configuration not reloaded');
          });
        } catch (error) {
          logger.error({ reason: errorMessage(error) }, 'configuration not reloaded');
        }
      });
      await Promise.race([stopRequested(), collector.done]);
      await collector.close();
      process.exit(0);
    });
}

function shardOf(text: string): Shard {
  try {
    return parseShard(text);
  } catch (error) {
    throw new UsageError(`--shard: ${errorMessage(error)}`, { cause: error });
  }
}

/** Shares on one machine must not share a spool. */
function dataDirFor(shard: Shard | undefined): string {
  const dataDir = dataDirOf();
  return shard === undefined || shard.count === 1 ? dataDir : join(dataDir, `shard-${shard.index}`);
}
