import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Recording, readRecording, replay, replayDocument } from '../lib/replay/index.ts';
import { type BenchResult, readOptions } from './benchmark.ts';
import { VARIANTS, type Variant, withVariant } from './recording-variants.ts';

const SHARED = fileURLToPath(new URL('../../shared/', import.meta.url));

/** What is run and where it is found. */
export interface RecordingsOptions {
  /** Folder of recordings, each with its truth.json. */
  traces: string;
  /** The score program. */
  score: string;
  /** Seconds. */
  polls: readonly number[];
  phases: number;
  variants: readonly Variant[];
  only: RegExp;
  /** Adds what was missed, false or wrong. */
  detail: boolean;
}

/** Replays every recording at several polls and phases and scores them: one result per variant and poll. */
export async function* scoreRecordings(options: RecordingsOptions): AsyncGenerator<BenchResult> {
  const { traces, score } = options;
  if (!existsSync(traces) || !existsSync(score)) {
    yield { bench: 'recordings', skipped: `no recordings at ${traces} or no ${score}` };
    return;
  }
  const names = readdirSync(traces)
    .filter((name) => existsSync(join(traces, name, 'truth.json')))
    .filter((name) => options.only.test(name));
  const recordings = await Promise.all(names.map((name) => readRecording(join(traces, name))));
  const scratch = mkdtempSync(join(tmpdir(), 'stallscope-recordings-'));
  try {
    for (const variant of options.variants) {
      const changed = recordings.map((recording) => withVariant(recording, variant));
      for (const pollSeconds of options.polls) yield scoreAll(changed, names, options, scratch, variant, pollSeconds);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function scoreAll(
  recordings: readonly Recording[],
  names: readonly string[],
  options: RecordingsOptions,
  scratch: string,
  variant: Variant,
  pollSeconds: number,
): BenchResult {
  const { traces, score, phases, detail } = options;
  const args: string[] = [];
  const began = process.cpuUsage();
  for (let phase = 0; phase < phases; phase++) {
    const phaseMs = Math.round((phase * pollSeconds * 1000) / phases);
    for (const [index, recording] of recordings.entries()) {
      const file = join(scratch, `${names[index]}-${phase}.json`);
      writeFileSync(file, JSON.stringify(replayDocument(replay(recording, { pollMs: pollSeconds * 1000, phaseMs }))));
      args.push(file, join(traces, names[index] ?? '', 'truth.json'));
    }
  }
  const spent = process.cpuUsage(began);
  const run = spawnSync(process.execPath, [score, ...args, '--json'], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(`score failed: ${run.stderr}`);
  const { scenarios, biases, ...figures } = JSON.parse(run.stdout) as {
    scenarios: { scenario: string; falseList?: string[]; missed?: string[]; wrong?: string[] }[];
    biases: unknown;
  };
  const worth = scenarios.filter((entry) => entry.falseList || entry.missed || entry.wrong);
  return {
    bench: 'recordings',
    variant,
    pollSeconds,
    phases,
    cpuMsPerReplay: Math.round((spent.user + spent.system) / 1000 / (phases * recordings.length)),
    ...figures,
    ...(detail ? { worth, biases } : {}),
  };
}

/**
 * `npm run -s bench -- recordings [--polls 1,5] [--phases 5] [--variants all] [--only REGEXP] [--traces DIR]`;
 * `--detail 1` adds what was missed, false or wrong.
 */
export async function* run(args: string[]): AsyncGenerator<BenchResult> {
  const given = readOptions(args, {
    polls: '1,2,5,10',
    phases: '5',
    variants: 'plain',
    only: '',
    traces: join(SHARED, 'traces'),
    score: join(SHARED, 'score', 'score.mjs'),
    detail: '',
  });
  yield* scoreRecordings({
    polls: given.polls.split(',').map(Number),
    phases: Number(given.phases),
    variants: given.variants === 'all' ? VARIANTS : (given.variants.split(',') as Variant[]),
    only: new RegExp(given.only),
    traces: given.traces,
    score: given.score,
    detail: given.detail !== '',
  });
}
