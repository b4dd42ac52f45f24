import type { Command } from 'commander';

/** `stallscope demo`: the same on the demo fabric. */
export function registerDemo(program: Command): void {
  program.command('demo');
}
