import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHistory, stepOf } from '../../collectors/mlflow/parse.ts';
import { assemble, finish, newAssembly } from '../../collectors/training/assemble.ts';
import { trainingConfigSchema } from '../../collectors/training/config.ts';
import { LogFile } from '../../collectors/training/log-file.ts';
import { problemOf } from '../../collectors/training/record-problem.ts';
import { stepInputSchema } from '../../lib/api/ingest.ts';
import type { StepRecord } from '../../lib/training/step.ts';
import { mutate, NASTY_JSON } from './mutate.ts';
import { type FuzzSubject, shown } from './run.ts';

const HEADER_OF = (part: string) => `step,elapsed_time_ms_${part}`;
const table = (part: string) => Buffer.from(`${HEADER_OF(part)}\r\n8,812.5\r\n16,1410.25\r\n24,95.1\r\n`);
const PARTS = ['forward', 'backward', 'backward_allreduce', 'step'] as const;
const METRICS = Buffer.from(
  'epoch,"a, b",step,train_step_timing in s\r\n0,2.5,1,2.5\r\n0,,1,\r\n0,"x, y",2,2.25\r\n0,2.3,3,2.75\r\n',
);
const NASTY_CSV = [
  ...[',', '"', '""', '\r', '\n', '\r\n', 'step,', 'nan', 'inf', '-1', '1e999', '\u0000', '\uffff'],
  ...[','.repeat(8000), '"'.repeat(8000), '"a",'.repeat(2000), '9'.repeat(8000), 'step,x\n'.repeat(1000)],
];

function check(records: readonly StepRecord[]): boolean {
  for (const record of records) {
    const found = stepInputSchema.safeParse(record);
    if (!found.success) throw new Error(`not what the monitor takes: ${found.error.issues[0]?.message}`);
  }
  return records.length > 0;
}

/** DeepSpeed's joined tables and Lightning's table, as files, through to the steps they tell. */
export function tablesSubject(): FuzzSubject {
  const directory = mkdtempSync(join(tmpdir(), 'fuzz-tables-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const path = (part: string) => join(directory, `Train_Samples_elapsed_time_ms_${part}.csv`);
  const follow = (file: string): boolean => {
    const log = new LogFile(file, trainingConfigSchema.parse({ file, job: 'x', trainBatchSize: 8 }));
    try {
      const look = log.look();
      if (look?.problems.some((problem) => problem.endsWith(': ')))
        throw new Error('a row is refused without a reason');
      return check(look?.records ?? []);
    } finally {
      log.dispose();
    }
  };
  const joined = (broken: string, bytes: Buffer): boolean => {
    for (const part of PARTS) writeFileSync(path(part), part === broken ? bytes : table(part));
    return follow(path('step'));
  };
  const metrics = (bytes: Buffer): boolean => {
    writeFileSync(join(directory, 'metrics.csv'), bytes);
    return follow(join(directory, 'metrics.csv'));
  };
  return {
    next: (random) => {
      const part = random.pick([...PARTS, 'metrics']);
      const bytes = mutate(part === 'metrics' ? METRICS : table(part), random, NASTY_CSV);
      return {
        describe: () => `${part}: ${shown(bytes)}`,
        run: () => (part === 'metrics' ? metrics(bytes) : joined(part, bytes)),
      };
    },
    isWell: () => joined('none', METRICS) && metrics(METRICS),
  };
}

const ANSWER = Buffer.from(
  JSON.stringify({
    metrics: [1, 2, 3].map((step) => ({ key: 'loss', value: 2.5, timestamp: 1_795_363_800_000 + step * 1000, step })),
    next_page_token: 'eyJvZmZzZXQiOiAyfQ==',
  }),
);

/** What an MLflow server answers, through to steps. */
export function mlflowSubject(): FuzzSubject {
  const read = (bytes: Buffer, unit: 's' | undefined): boolean => {
    const { values } = readHistory(bytes.toString('utf8'));
    const state = newAssembly();
    const drafts = values.flatMap((value) => assemble(state, stepOf(value, unit), 0));
    return check(finish(drafts, 1000, { job: 'x' }).filter((record) => problemOf(record) === undefined));
  };
  return {
    next: (random) => {
      const bytes = mutate(ANSWER, random, [...NASTY_JSON, '"NaN"', '"Infinity"', '-1']);
      const unit = random.below(2) === 0 ? 's' : undefined;
      return { describe: () => shown(bytes), run: () => read(bytes, unit) };
    },
    isWell: () => read(ANSWER, 's') && read(ANSWER, undefined),
  };
}
