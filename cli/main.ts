import { Command, CommanderError } from 'commander';
import { ConfigError, errorMessage, FabricError, UsageError } from '../lib/errors.ts';
import { VERSION } from '../monitor/version.ts';

/** Every command, in the order of the help, with how its code is loaded. */
const COMMANDS: Record<string, () => Promise<(program: Command) => void>> = {
  up: async () => (await import('./up.ts')).registerUp,
  demo: async () => (await import('./demo.ts')).registerDemo,
  monitor: async () => (await import('./monitor.ts')).registerMonitor,
  collect: async () => (await import('./collect.ts')).registerCollect,
  check: async () => (await import('./check.ts')).registerCheck,
  config: async () => (await import('./config.ts')).registerConfig,
  incidents: async () => (await import('./incidents.ts')).registerIncidents,
  explain: async () => (await import('./explain.ts')).registerExplain,
  replay: async () => (await import('./replay-command.ts')).registerReplay,
  record: async () => (await import('./record.ts')).registerRecord,
};

/** Bad usage or bad configuration. */
const EXIT_BAD_INPUT = 2;

const program = new Command('stallscope')
  .description('Tells which network stall slowed which training step, how much it cost, and why.')
  .version(VERSION, '-V, --version', 'say which version this is')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'stallscope: ')) });

// Loading all of them costs more than most of them do: a command that is named is loaded alone, help and mistakes want all.
const named = process.argv[2] ?? '';
const wanted = Object.hasOwn(COMMANDS, named) ? [named] : Object.keys(COMMANDS);
for (const name of wanted) (await COMMANDS[name]?.())?.(program);

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
