import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Recording, readRecording, replay, replayDocument } from '../lib/replay/index.ts';
import { type Answer, answersOf } from './accuracy/calibration.ts';
import { OPPONENTS, opponentDocument } from './accuracy/opponents.ts';
import { writeAccuracyPage } from './accuracy/page.ts';
import { score } from './accuracy/score.ts';
import { AccuracyTable, OURS, type RowKey } from './accuracy/table.ts';
import type { Tally, Truth } from './accuracy/tally.ts';
import { applyVariant, VARIANTS } from './accuracy/variants.ts';
import { type BenchResult, readOptions } from './benchmark.ts';
import { planScenario } from './scenarios/plan.ts';
import { writeScenario } from './scenarios/write.ts';

interface TestCase {
  set: string;
  recording: Recording;
  truth: Truth;
  index: number;
}

const RECORDED = 'packet-level recordings';
const GENERATED = 'model scenarios';

/**
 * How right we are: replays recordings with known truth through the production code and scores what it says.
 *
 * `npm run -s bench -- truth [--polls 1,2,5,10] [--phases 5] [--seeds 45] [--first 5000] [--recordings DIR]
 * [--variants all|none] [--opponents yes|no] [--detail yes|no] [--page docs/accuracy.md]`. Model scenarios are made from `seeds` seeds from
 * `first` on; recordings are read from DIR where it exists. With --page the table is written there.
 */
export async function* run(args: string[]): AsyncGenerator<BenchResult> {
  const options = readOptions(args, {
    polls: '1,2,5,10',
    phases: '5',
    seeds: '45',
    first: '5000',
    recordings: '../shared/traces',
    variants: 'all',
    opponents: 'yes',
    page: '',
    detail: 'no',
  });
  const polls = options.polls.split(',').map(Number);
  const table = new AccuracyTable();
  const before = process.cpuUsage();
  for await (const test of testCases(options)) {
    for (const pollSeconds of polls) {
      // Generated scenarios are many, one phase each; recordings are few and each phase tells something new.
      const turns = test.set === RECORDED ? Number(options.phases) : 1;
      for (let turn = 0; turn < turns; turn++) {
        const phaseMs = phaseOf(test, pollSeconds, turn, turns);
        for (const { key, tally, answers } of judge(test, pollSeconds, phaseMs, turn, options)) {
          table.add(key, tally, answers);
          if (options.detail === 'yes' && key.who === OURS) yield detail(key, tally);
        }
      }
    }
  }
  const rows = table.rows();
  yield* rows.map((row) => ({ ...row }));
  const used = process.cpuUsage(before);
  yield { cpuSeconds: Math.round((used.user + used.system) / 1e6) };
  if (options.page !== '') writeAccuracyPage(resolve(options.page), table, options);
}

/** The score of one replay and the line it belongs to. */
interface Judged {
  key: RowKey;
  tally: Tally;
  answers: Answer[];
}

/** Replays one recording at one poll interval and phase: all variants with ours, the opponents on it as recorded. */
function* judge(
  test: TestCase,
  pollSeconds: number,
  phaseMs: number,
  turn: number,
  options: { variants: string; opponents: string },
): Generator<Judged> {
  const pollMs = pollSeconds * 1000;
  const { set, truth } = test;
  const variants = turn === 0 && options.variants === 'all' ? VARIANTS : VARIANTS.slice(0, 1);
  for (const variant of variants) {
    const recording = applyVariant(test.recording, variant, pollMs, phaseMs, test.index + turn * 97);
    const result = replay(recording, { pollMs, phaseMs });
    const ours = replayDocument(result);
    const tally = score(ours, truth);
    const plain = variant === 'as recorded';
    const answers = plain ? answersOf(result, truth, tally) : [];
    yield { key: { set, who: OURS, variant, pollSeconds }, tally, answers };
    if (!plain || turn > 0 || options.opponents !== 'yes') continue;
    for (const who of OPPONENTS) {
      const guess = opponentDocument(who, recording, pollMs, phaseMs, ours);
      yield { key: { set, who, variant, pollSeconds }, tally: score(guess, truth), answers: [] };
    }
  }
}

/** What went wrong in one replay. */
function detail(key: RowKey, { scenario, faults, hit, missed, falseList, wrong, broken }: Tally): BenchResult {
  return { scenario, variant: key.variant, poll: key.pollSeconds, faults, hit, missed, falseList, wrong, broken };
}

/** Phases are spread over the poll interval, on the recording's own sample grid. */
function phaseOf(test: TestCase, pollSeconds: number, phase: number, turns: number): number {
  const { sampleMs } = test.recording;
  const slots = Math.max(1, Math.floor((pollSeconds * 1000) / sampleMs));
  const slot = turns > 1 ? Math.floor((phase * slots) / turns) : (test.index * 7) % slots;
  return slot * sampleMs;
}

async function* testCases(options: Record<'recordings' | 'seeds' | 'first', string>): AsyncGenerator<TestCase> {
  let index = 0;
  if (existsSync(options.recordings)) {
    for (const name of readdirSync(options.recordings).sort()) {
      const folder = join(options.recordings, name);
      if (!existsSync(join(folder, 'truth.json'))) continue;
      yield { set: RECORDED, recording: await readRecording(folder), truth: readTruth(folder), index: index++ };
    }
  } else {
    console.error(`no recordings in ${options.recordings}: model scenarios only`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'stallscope-scenario-'));
  try {
    const first = Number(options.first);
    for (let seed = first; seed < first + Number(options.seeds); seed++) {
      const plan = planScenario(seed);
      writeScenario(plan, folder);
      yield { set: GENERATED, recording: await readRecording(folder), truth: readTruth(folder), index: seed };
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readTruth(folder: string): Truth {
  return JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as Truth;
}
