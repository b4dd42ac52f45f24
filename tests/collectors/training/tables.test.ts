import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trainingConfigSchema } from '../../../collectors/training/config.ts';
import { filesToFollow } from '../../../collectors/training/containers.ts';
import { LogFile, type LogFileState } from '../../../collectors/training/log-file.ts';
import type { StepRecord } from '../../../lib/training/step.ts';

let directory: string;
let files: LogFile[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tables-'));
  files = [];
});
afterEach(() => {
  for (const file of files) file.dispose();
  rmSync(directory, { recursive: true, force: true });
});

function open(name: string, over: Record<string, unknown> = {}, state?: LogFileState): LogFile {
  const path = join(directory, name);
  const file = new LogFile(path, trainingConfigSchema.parse({ file: path, job: 'llm', ...over }), state);
  files.push(file);
  return file;
}
function readAll(file: LogFile): { records: StepRecord[]; problems: string[] } {
  const all = { records: [] as StepRecord[], problems: [] as string[] };
  for (let look = file.look(); look !== undefined; look = file.look()) {
    all.records.push(...look.records);
    all.problems.push(...look.problems);
    if (look.atEnd) break;
  }
  return all;
}
const saved = (file: LogFile): LogFileState => JSON.parse(JSON.stringify(file.state([]))) as LogFileState;
const steps = (records: StepRecord[]) => records.map(({ step }) => step);
const durations = (records: StepRecord[]) => records.map(({ startMs, endMs }) => Math.round(endMs - startMs));

describe("DeepSpeed's CSV monitor", () => {
  const PARTS = ['forward', 'backward', 'step'] as const;
  const table = (part: string) => join(directory, `Train_Samples_elapsed_time_ms_${part}.csv`);
  const STEP = 'Train_Samples_elapsed_time_ms_step.csv';
  /** As the monitor writes: table by table, rows ended as Python's csv module ends them. */
  function write(row: number | 'header', times: Partial<Record<string, number>> = {}, leaveOut = ''): void {
    for (const part of [...PARTS, ...('backward_allreduce' in times ? ['backward_allreduce'] : [])]) {
      if (part === leaveOut) continue;
      const cells = row === 'header' ? `step,elapsed_time_ms_${part}` : `${row},${times[part] ?? 10}`;
      appendFileSync(table(part), `${cells}\r\n`);
    }
  }

  it('joins the tables of a folder: steps by samples, phases, the time of arrival', () => {
    write('header');
    write(1024, { forward: 800.5, backward: 1400.25, step: 95 });
    write(2048, { forward: 810, backward: 2400, step: 96 });
    const before = Date.now();
    const { records, problems } = readAll(open(STEP, { trainBatchSize: 1024 }));
    expect(problems).toEqual([]);
    expect(steps(records)).toEqual([1, 2]);
    expect(durations(records)).toEqual([2296, 3306]);
    expect(records[1]).toMatchObject({
      phasesMs: { forward: 810, backward: 2400, optimizer: 96 },
      timeBasis: 'arrival',
    });
    expect(records[1]).not.toHaveProperty('averagedOver');
    expect(Math.abs((records[1]?.endMs ?? 0) - before)).toBeLessThan(60_000);
    expect(records[0]?.endMs).toBeCloseTo(records[1]?.startMs ?? 0, 3);
  });

  it('does not take the last reduction of gradients for all that is communicated', () => {
    write('header', { backward_allreduce: 0 });
    write(8, { forward: 100, backward: 300, step: 50, backward_allreduce: 120 });
    const { records } = readAll(open(STEP, { trainBatchSize: 8 }));
    expect(durations(records)).toEqual([450]);
    expect(records[0]?.phasesMs).toEqual({ forward: 100, backward: 300, optimizer: 50 });
  });

  it('follows one of the tables for all', () => {
    write('header');
    const all = [...PARTS].map(table);
    expect(filesToFollow(all, 'auto')).toEqual([table('step')]);
    expect(filesToFollow([table('forward')], 'deepspeed-csv')).toEqual([table('step')]);
    expect(filesToFollow([table('forward')], 'logfmt')).toEqual([table('forward')]);
  });

  it('loses the step alone whose row one table lacks', () => {
    write('header');
    write(8);
    write(16, {}, 'backward');
    write(24);
    write(32, {}, 'step');
    write(40);
    const { records, problems } = readAll(open(STEP, { trainBatchSize: 8 }));
    expect(steps(records)).toEqual([1, 3, 5]);
    expect(problems).toEqual([
      expect.stringMatching(/_step\.csv:3: Train_Samples_elapsed_time_ms_backward\.csv has no row of 16 samples/),
    ]);
  });

  it('waits for a table that is seen late, and no longer than it must', () => {
    write('header');
    write(8);
    write(16, {}, 'forward');
    const file = open(STEP, { trainBatchSize: 8 });
    expect(steps(readAll(file).records)).toEqual([1]);
    const state = saved(file);
    appendFileSync(table('forward'), '16,10\r\n');
    expect(steps(readAll(file).records)).toEqual([2]);
    expect(steps(readAll(open(STEP, { trainBatchSize: 8 }, state)).records)).toEqual([2]);
    for (let row = 3; row <= 300; row++) write(row * 8, {}, 'forward');
    const { records, problems } = readAll(file);
    expect(records).toEqual([]);
    expect(problems.length).toBeGreaterThan(0);
    for (let row = 3; row <= 300; row++) appendFileSync(table('forward'), `${row * 8},10\r\n`);
    write(301 * 8);
    expect(steps(readAll(file).records).at(-1)).toBe(301);
  });

  it('keeps runs of the job apart, over a restart of ours too', () => {
    write('header');
    for (const row of [8, 16, 24]) write(row, { forward: row });
    write('header');
    for (const row of [16, 24]) write(row, { forward: row + 100 });
    const file = open(STEP, { trainBatchSize: 8 });
    const { records } = readAll(file);
    expect(steps(records)).toEqual([1, 2, 3, 2, 3]);
    expect(durations(records)).toEqual([28, 36, 44, 136, 144]);
    const state = saved(file);
    write('header');
    write(16, { forward: 300 });
    expect(durations(readAll(open(STEP, { trainBatchSize: 8 }, state)).records)).toEqual([320]);
    for (const part of PARTS) truncateSync(table(part), 0);
    expect(readAll(file).records).toEqual([]);
    write('header');
    write(8, { forward: 1 });
    expect(durations(readAll(file).records)).toEqual([21]);
  });

  it('numbers the rows where the batch size is not told, and says so', () => {
    write('header');
    for (const row of [1024, 2048]) write(row);
    const file = open(STEP);
    expect(steps(readAll(file).records)).toEqual([1, 2]);
    expect(file.counts.advice).toContain('trainBatchSize tells the steps');
    const wrong = open(STEP, { trainBatchSize: 1000 });
    expect(readAll(wrong).problems[0]).toContain('is trainBatchSize: 1000 right?');
  });

  it('refuses a time that reaches beyond all dates', () => {
    write('header');
    write(8, { forward: 1e28 });
    write(16);
    const { records, problems } = readAll(open(STEP, { trainBatchSize: 8 }));
    expect(steps(records)).toEqual([2]);
    expect(problems).toEqual([expect.stringContaining('step 1 has no usable time')]);
  });

  it('says which table is not there, and survives garbage', () => {
    write('header');
    write(8);
    unlinkSync(table('forward'));
    expect(readAll(open(STEP, { trainBatchSize: 8 })).problems).toEqual([
      expect.stringContaining('forward.csv has no row of 8 samples'),
    ]);
    for (const part of PARTS) writeFileSync(table(part), `nan,inf\n8,nan\n,,\n\u0000\n${'9'.repeat(20_000)}\n`);
    write('header');
    write(8);
    const { records, problems } = readAll(open(STEP, { trainBatchSize: 8 }));
    expect(steps(records)).toEqual([1]);
    expect(problems.length).toBeGreaterThanOrEqual(4);
  });
});

describe("Lightning's metrics.csv", () => {
  const write = (text: string) => writeFileSync(join(directory, 'metrics.csv'), text.replaceAll('\n', '\r\n'));
  const HEADER = 'epoch,reduced_train_loss,step,train_step_timing in s\n';

  it('has steps where NeMo logged their time', () => {
    write(`${HEADER}0,2.5,0,2.5\n0,,0,\n0,2.4,1,2.25\n0,2.3,2,2.75\n`);
    const { records } = readAll(open('metrics.csv'));
    expect(steps(records)).toEqual([0, 1, 2]);
    expect(durations(records)).toEqual([2500, 2250, 2750]);
    expect(records[0]?.timeBasis).toBe('arrival');
    expect(records[0]?.endMs).toBeCloseTo((records[2]?.endMs ?? 0) - 5000, 3);
  });

  it('has steps where a column is named, with its unit, in quotes or not', () => {
    write('"note, with a comma",step,"batch ""time"""\nx,10,250\n"a, b",20,260.5\n,30,\n');
    const { records, problems } = readAll(open('metrics.csv', { stepTime: { column: 'batch "time"', unit: 'ms' } }));
    expect(problems).toEqual([]);
    expect(steps(records)).toEqual([10, 20]);
    expect(durations(records)).toEqual([250, 261]);
    expect(records.some((record) => 'averagedOver' in record)).toBe(false);
  });

  it('says what to log where it has no time, and stops once it has', () => {
    write('epoch,step,train_loss\n0,1,2.5\n0,2,2.4\n');
    const file = open('metrics.csv');
    expect(readAll(file)).toEqual({ records: [], problems: [] });
    expect(file.counts.advice).toMatch(/no time of a step: log one, as self\.log/);
    expect(open('metrics.csv', {}, saved(file)).counts.advice).toBe(file.counts.advice);
    write(`${HEADER}0,2.5,1,\n0,2.4,2,\n0,2.3,3,2.5\n0,2.3,4,2.5\n`);
    expect(steps(readAll(file).records)).toEqual([3, 4]);
    expect(file.counts.advice).toBeNull();
    const other = open('metrics.csv', { stepTime: { column: 'seconds' } });
    readAll(other);
    expect(other.counts.advice).toBe('the table has no column "seconds" (stepTime)');
  });

  it('follows a header that changes, and tells no row twice', () => {
    write('step,train_step_timing in s\n1,2\n2,2.5\n');
    const file = open('metrics.csv');
    expect(steps(readAll(file).records)).toEqual([1, 2]);
    const state = saved(file);
    const rewritten = 'epoch,step,train_step_timing in s,val_loss\n0,1,2,\n0,2,2.5,\n0,2,,1.5\n0,3,2.25,\n';
    write(rewritten);
    expect(durations(readAll(file).records)).toEqual([2250]);
    expect(steps(readAll(open('metrics.csv', {}, state)).records)).toEqual([3]);
    // Another run under the same name.
    write('epoch,step,train_step_timing in s\n0,1,3\n0,2,3\n');
    expect(steps(readAll(file).records)).toEqual([1, 2]);
  });

  it('notices a column more at the end of a long header', () => {
    const long = Array.from({ length: 20 }, (_, index) => `some_metric_${index}`).join(',');
    const blank = ','.repeat(20);
    write(`step,train_step_timing in s,${long}\n1,2${blank}\n2,2${blank}\n`);
    const file = open('metrics.csv');
    expect(steps(readAll(file).records)).toEqual([1, 2]);
    write(`step,train_step_timing in s,${long},more\n1,2${blank},\n2,2${blank},\n3,2${blank},7\n`);
    const { records, problems } = readAll(file);
    expect(problems).toEqual([]);
    expect(steps(records)).toEqual([3]);
  });

  it('refuses a row that does not fit its header, and goes on', () => {
    write(`${HEADER}0,2.5,1\n0,2.5,2,nan\n0,2.5,3,-1\n0,"2.5,4,1\n0,2.5,x,1\n0,2.5,5,1.5\n`);
    const { records, problems } = readAll(open('metrics.csv'));
    expect(records.length).toBeLessThanOrEqual(1);
    expect(problems.map((problem) => problem.replace(/^.*?csv:/, ''))).toEqual([
      '2: the row has 3 cells, the header 4',
      '3: nan is no time',
      '4: -1 is no time',
      '5: a quote is left open',
    ]);
  });
});

describe("the Hugging Face Trainer's trainer_state.json", () => {
  it('is recognised, gives no steps, and the way to have them is told', () => {
    mkdirSync(join(directory, 'checkpoint-500'));
    const state = {
      best_metric: null,
      epoch: 0.5,
      global_step: 500,
      log_history: [{ epoch: 0.1, loss: 2.5, step: 100 }],
    };
    writeFileSync(join(directory, 'checkpoint-500/trainer_state.json'), `${JSON.stringify(state, null, 2)}\n`);
    const file = open('checkpoint-500/trainer_state.json');
    expect(readAll(file)).toEqual({ records: [], problems: [] });
    expect(file.formatName).toBe('hf-trainer-state');
    expect(file.counts.advice).toMatch(/no time: print one from a callback's on_step_end, print\(f"train_step step=/);
  });

  it('names a line that our own format reads', () => {
    const printed = [1, 2, 3, 4].map((step) => `train_step step=${step} end_ms=${1_795_363_805_000 + step * 250}\n`);
    writeFileSync(join(directory, 'train.log'), printed.join(''));
    const { records } = readAll(open('train.log'));
    expect(steps(records)).toEqual([2, 3, 4]);
    expect(durations(records)).toEqual([250, 250, 250]);
  });
});

describe('a history of Weights & Biases', () => {
  it('gives the time of the steps between two rows, over gaps too', () => {
    const at = 1_795_363_805;
    const rows = [
      [0, 0],
      [1, 2.5],
      [2, 5.125],
      [12, 30.125],
      [13, 32.5],
    ];
    const lines = rows.map(
      ([step, s = 0]) => `{"_runtime": ${s}, "_step": ${step}, "_timestamp": ${(at + s).toFixed(7)}, "loss": 2.31}`,
    );
    lines.splice(3, 0, `{"_step": 7, "_timestamp": null, "loss": 2.2}`);
    writeFileSync(join(directory, 'history.jsonl'), `${lines.join('\n')}\n`);
    const { records } = readAll(open('history.jsonl'));
    expect(records.map(({ step, averagedOver }) => [step, averagedOver])).toEqual([
      [1, undefined],
      [2, undefined],
      [12, 10],
      [13, undefined],
    ]);
    expect(durations(records)).toEqual([2500, 2625, 2500, 2375]);
    expect(records[2]?.endMs).toBeCloseTo((at + 30.125) * 1000, 3);
  });
});
