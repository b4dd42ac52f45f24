import { type BenchResult, readOptions } from './benchmark.ts';
import { fuzz } from './fuzz/run.ts';
import { SUBJECTS } from './fuzz/subjects.ts';

/**
 * Broken input from outside, by the ten thousand and always the same: nothing may crash, hang or pile up in memory, and
 * what is refused is refused with a reason. Fails where something does. Options: --count 50000 --seed 1 --subject NAME
 * (default: all).
 */
export async function* run(args: string[]): AsyncGenerator<BenchResult> {
  const options = readOptions(args, { count: '50000', seed: '1', subject: '' });
  const names = Object.keys(SUBJECTS).filter((name) => options.subject === '' || options.subject === name);
  if (names.length === 0) throw new Error(`--subject is one of: ${Object.keys(SUBJECTS).join(', ')}`);
  for (const [name, open] of Object.entries(SUBJECTS)) {
    if (!names.includes(name)) continue;
    const result = await fuzz(open, Number(options.count), Number(options.seed)).catch((error: unknown) => {
      throw new Error(`fuzz ${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    });
    yield { bench: 'fuzz', subject: name, seed: Number(options.seed), ...result };
  }
}
