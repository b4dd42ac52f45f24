import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Recording, readRecording, replay, replayDocument } from '../lib/replay/index.ts';
import { VARIANTS, type Variant, withVariant } from './recording-variants.ts';

const SHARED = fileURLToPath(new URL('../../shared/', import.meta.url));

/** What is run and where it is found. */
export interface RecordingsOptions {
  /** Folder of recordings, each with its truth.json. */
  traces?: string;
  /** The score program. */
  score?: string;
  polls?: readonly number[];
  phases?: number;
  variants?: readonly Variant[];
  only?: RegExp;
}

/** One line of the table: the score of all recordings at one poll, over all phases. */
export interface RecordingsRow {
  bench: 'recordings';
  variant: Variant;
  pollSeconds: number;
  phases: number;
  cpuMsPerReplay: number;
  [figure: string]: unknown;
}

/**
 * Replays every recording at several polls and phases and scores them. Prints one JSON line per variant and poll.
 * @returns the rows, or null where the recordings or the score program are not there
 */
export async function benchRecordings(options: RecordingsOptions = {}): Promise<RecordingsRow[] | null> {
  const traces = options.traces ?? join(SHARED, 'traces');
  const score = options.score ?? join(SHARED, 'score', 'score.mjs');
  if (!existsSync(traces) || !existsSync(score)) {
    console.log(JSON.stringify({ bench: 'recordings', skipped: `no recordings at ${traces} or no ${score}` }));
    return null;
  }
  const names = readdirSync(traces)
    .filter((name) => existsSync(join(traces, name, 'truth.json')))
    .filter((name) => options.only?.test(name) ?? true);
  const recordings = await Promise.all(names.map((name) => readRecording(join(traces, name))));
  const rows: RecordingsRow[] = [];
  const scratch = mkdtempSync(join(tmpdir(), 'stallscope-recordings-'));
  try {
    for (const variant of options.variants ?? ['plain']) {
      const changed = recordings.map((recording) => withVariant(recording, variant));
      for (const pollSeconds of options.polls ?? [1, 2, 5, 10]) {
        const row = scoreAll(changed, names, traces, score, scratch, variant, pollSeconds, options.phases ?? 5);
        rows.push(row);
        console.log(JSON.stringify(row));
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return rows;
}

function scoreAll(
  recordings: readonly Recording[],
  names: readonly string[],
  traces: string,
  score: string,
  scratch: string,
  variant: Variant,
  pollSeconds: number,
  phases: number,
): RecordingsRow {
  const args: string[] = [];
  const began = process.cpuUsage();
  for (let phase = 0; phase < phases; phase++) {
    // Odd thousandths, so that no phase falls on the recording's own grid for every poll.
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
    ...(process.env.VERBOSE === '1' ? { worth, biases } : {}),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      polls: { type: 'string' },
      phases: { type: 'string' },
      variants: { type: 'string' },
      only: { type: 'string' },
      traces: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  await benchRecordings({
    ...(values.polls === undefined ? {} : { polls: values.polls.split(',').map(Number) }),
    ...(values.phases === undefined ? {} : { phases: Number(values.phases) }),
    ...(values.variants === undefined
      ? {}
      : { variants: values.variants === 'all' ? VARIANTS : (values.variants.split(',') as Variant[]) }),
    ...(values.only === undefined ? {} : { only: new RegExp(values.only) }),
    ...(values.traces === undefined ? {} : { traces: values.traces }),
  });
}
