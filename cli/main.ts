import { Command, CommanderError } from 'commander';
import { ConfigError, errorMessage, FabricError, UsageError } from '../lib/errors.ts';
import { registerCheck } from './check.ts';
import { registerCollect } from './collect.ts';
import { registerConfig } from './config.ts';
import { registerDemo } from './demo.ts';
import { registerExplain } from './explain.ts';
import { registerIncidents } from './incidents.ts';
import { registerMonitor } from './monitor.ts';
import { registerRecord } from './record.ts';
import { registerReplay } from './replay-command.ts';
import { registerUp } from './up.ts';

/** Bad usage or bad configuration. */
const EXIT_BAD_INPUT = 2;

const program = new Command('stallscope')
  .description('Tells which network stall slowed which training step, how much it cost, and why.')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'stallscope: ')) });

for (const register of [
  registerUp,
  registerDemo,
  registerMonitor,
  registerCollect,
  registerCheck,
  registerConfig,
  registerIncidents,
  registerExplain,
  registerReplay,
  registerRecord,
]) {
  register(program);
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** Says what went wrong in one line (commander has said its own already). */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_BAD_INPUT;
  process.stderr.write(`stallscope: ${errorMessage(error)}\n`);
  if (error instanceof ConfigError || error instanceof UsageError) return EXIT_BAD_INPUT;
  if (!(error instanceof FabricError) && error instanceof Error && error.stack) {
    process.stderr.write(`${error.stack}\n`);
  }
  return 1;
}
