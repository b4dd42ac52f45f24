import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { errorMessage } from '../lib/errors.ts';
import type { Benchmark } from './benchmark.ts';

/**
 * Runs one benchmark: `npm run -s bench -- NAME [--json] [options]` calls `run` of bench/NAME.ts and prints one JSON
 * line per result (without --json: the same as readable text).
 */
const here = dirname(fileURLToPath(import.meta.url));
const HELPERS = new Set(['main', 'benchmark']);

function names(): string[] {
  return readdirSync(here)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3))
    .filter((name) => !HELPERS.has(name))
    .sort();
}

async function main(args: string[]): Promise<number> {
  const asJson = args.includes('--json');
  const [name, ...rest] = args.filter((arg) => arg !== '--json');
  const file = join(here, `${name}.ts`);
  if (name === undefined || !/^[a-z][a-z0-9-]*$/.test(name) || HELPERS.has(name) || !existsSync(file)) {
    console.error(`usage: npm run -s bench -- NAME [--json]; NAME is one of: ${names().join(', ')}`);
    return 2;
  }
  const { run } = (await import(pathToFileURL(file).href)) as Benchmark;
  for await (const result of run(rest)) {
    if (asJson) console.log(JSON.stringify(result));
    else
      console.log(
        Object.entries(result)
          .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
          .join('  '),
      );
  }
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(errorMessage(error));
  process.exitCode = 1;
}
