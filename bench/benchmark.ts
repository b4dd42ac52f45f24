import { parseArgs } from 'node:util';

/** One result: printed as one JSON line. */
export type BenchResult = Record<string, unknown>;

/** What a file in bench/ exports. `args` are the words after the benchmark's name. */
export interface Benchmark {
  run(args: string[]): AsyncIterable<BenchResult> | Iterable<BenchResult>;
}

/** Reads `--name value` options. @throws on an option that is not in `defaults` */
export function readOptions<T extends Record<string, string>>(args: string[], defaults: T): T {
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args, options, allowPositionals: false });
  return { ...defaults, ...values };
}
