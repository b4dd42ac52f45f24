import type { Command } from 'commander';
import { stringify } from 'yaml';
import { PLUGINS } from '../collectors/registry.ts';
import { redactSecrets } from '../lib/config/secrets.ts';
import { configFileOf, configOf } from './context.ts';
import { print, printJson } from './output.ts';

/** `stallscope config`: the settings in force, defaults filled in, secrets as ***. */
export function registerConfig(program: Command): void {
  program
    .command('config')
    .description('print the settings in force, secrets as ***')
    .option('--config <file>', 'configuration (default: ./stallscope.yaml)')
    .option('--json', 'one JSON document on stdout')
    .action((options: { config?: string; json?: boolean }) => {
      const config = redactSecrets(configOf(configFileOf(options.config), PLUGINS));
      if (options.json) printJson(config);
      else print(`# Durations in milliseconds.\n${stringify(config)}`);
    });
}
