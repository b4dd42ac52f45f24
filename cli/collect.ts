import type { Command } from 'commander';
import { UsageError } from '../lib/errors.ts';

/** One collector's share of the targets: part `index` (from 0) of `count`. */
export interface Shard {
  index: number;
  count: number;
}

/** Reads "2/3" (the second of three). @throws UsageError */
export function parseShard(text: string): Shard {
  const match = /^(\d{1,4})\/(\d{1,4})$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match && count >= 1 && index >= 1 && index <= count) return { index: index - 1, count };
  throw new UsageError(`--shard must be i/n with i from 1 to n, for example 1/3, not "${text}"`);
}

/** `stallscope collect`: one collector process. */
export function registerCollect(program: Command): void {
  program
    .command('collect')
    .description('run only a collector')
    .option('--config <file>', 'configuration (default: ./stallscope.yaml)')
    .option('--shard <i/n>', 'take the i-th of n shares of the targets')
    .action(() => {
      throw new UsageError('pending');
    });
}
