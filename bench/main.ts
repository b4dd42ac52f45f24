import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { errorMessage } from '../lib/errors.ts';
import type { Benchmark } from './benchmark.ts';

/**
 * Runs one benchmark: `npm run -s bench -- NAME [--json] [options]` calls `run` of bench/NAME.ts and prints one JSON
 * line per result (without --json: the same as readable text).
 */
const here = dirname(fileURLToPath(import.meta.url));

/** Files beside this one that are benchmarks; what they share with each other exports no `run`. */
function names(): string[] {
  return readdirSync(here)
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => /^export (async )?function\*? run\(/m.test(readFileSync(join(here, file), 'utf8')))
    .map((file) => file.slice(0, -3))
    .sort();
}

async function main(args: string[]): Promise<number> {
  const asJson = args.includes('--json');
  const [name, ...rest] = args.filter((arg) => arg !== '--json');
  const known = names();
  if (name === undefined || !known.includes(name)) {
    console.error(`usage: npm run -s bench -- NAME [--json]; NAME is one of: ${known.join(', ')}`);
    return 2;
  }
  const { run } = (await import(pathToFileURL(join(here, `${name}.ts`)).href)) as Benchmark;
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
