import type { Command } from 'commander';
import { print, tell } from './output.ts';

/** `stallscope replay DIR`: a recorded fabric through the production detectors, diagnosis and attribution. */
export function registerReplay(program: Command): void {
  program
    .command('replay')
    .description('run a recorded fabric through the same detectors, diagnosis and attribution')
    .argument('<dir>', 'the recording: fabric.json, counters.csv.gz, steps.csv')
    .option('--poll <duration>', "poll interval, for example 5s (default: the recording's own sample time)")
    .option('--phase <duration>', 'time of the first poll, for example 300ms (default: 0s)')
    .option('--json', 'one JSON document on stdout')
    .action(async (directory: string, options: { poll?: string; phase?: string; json?: boolean }) => {
      const { runReplay } = await import('./replay.ts');
      process.exitCode = await runReplay({ directory, ...options, write: print, warn: tell });
    });
}
