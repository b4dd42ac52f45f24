import { type BenchResult, readOptions } from './benchmark.ts';
import { fuzzHost } from './fuzz/host.ts';
import { type FuzzResult, Random } from './fuzz/random.ts';
import { fuzzTraining } from './fuzz/training.ts';

const SUBJECTS: Record<string, (count: number, random: Random) => FuzzResult | Promise<FuzzResult>> = {
  training: fuzzTraining,
  host: fuzzHost,
};
const LONGEST_MS = 100;
const MOST_GROWTH_MIB = 64;

/**
 * Broken input from outside, by the ten thousand and always the same: nothing may throw, hang or pile up in memory.
 * Fails where something does. Options: --count 50000 --seed 1 --subject training|host (default all).
 */
export async function* run(args: string[]): AsyncGenerator<BenchResult> {
  const options = readOptions(args, { count: '50000', seed: '1', subject: '' });
  for (const [name, fuzz] of Object.entries(SUBJECTS)) {
    if (options.subject !== '' && options.subject !== name) continue;
    // A first round fills caches and compiles; what grows after it would grow for ever.
    await fuzz(Number(options.count) / 5, new Random(Number(options.seed) + 1));
    const before = process.memoryUsage().rss;
    const result = await fuzz(Number(options.count), new Random(Number(options.seed)));
    const growthMiB = Math.round((process.memoryUsage().rss - before) / 1024 / 1024);
    yield { bench: 'fuzz', subject: name, seed: Number(options.seed), ...result, growthMiB };
    if (result.failures > 0)
      throw new Error(`fuzz ${name}: ${result.failures} inputs threw, first: ${result.firstFailure}`);
    if (result.longestMs > LONGEST_MS)
      throw new Error(`fuzz ${name}: ${result.longestMs} ms on ${result.longestInput}`);
    if (growthMiB > MOST_GROWTH_MIB) throw new Error(`fuzz ${name}: memory grew by ${growthMiB} MiB`);
  }
}
