import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trainingConfigSchema } from '../../../collectors/training/config.ts';
import { LogFile, type LogFileState } from '../../../collectors/training/log-file.ts';
import type { StepRecord } from '../../../lib/training/step.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'log-'));
  path = join(directory, 'train.log');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const megatron = (step: number, ms = 1000) => {
  const clock = new Date(Date.UTC(2026, 10, 22, 16, 0, 0) + step * 1000)
    .toISOString()
    .replace('T', ' ')
    .replace('Z', '');
  return ` [${clock}] iteration ${step}/ 9999 | elapsed time per iteration (ms): ${ms} | lm loss: 2.3 |\n`;
};
const megatrons = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => megatron(from + index)).join('');

function open(state?: LogFileState, over: Record<string, unknown> = {}) {
  return new LogFile(path, trainingConfigSchema.parse({ file: path, job: 'llama', ...over }), state);
}
/** Looks until nothing is left. */
function readAll(file: LogFile): StepRecord[] {
  const records: StepRecord[] = [];
  for (let look = file.look(); look !== undefined; look = file.look()) {
    records.push(...look.records);
    if (look.atEnd) break;
  }
  return records;
}
const steps = (records: StepRecord[]) => records.map((record) => record.step);
const saved = (file: LogFile): LogFileState => {
  const state = file.state([]);
  if (state === undefined) throw new Error('no state to save');
  return JSON.parse(JSON.stringify(state)) as LogFileState;
};

describe('following a log', () => {
  it('reads what is there, then what comes, and keeps half lines for later', () => {
    writeFileSync(path, megatrons(1, 4));
    const file = open();
    expect(steps(readAll(file))).toEqual([1, 2, 3, 4]);
    const next = megatron(5);
    appendFileSync(path, next.slice(0, 40));
    expect(readAll(file)).toEqual([]);
    appendFileSync(path, next.slice(40));
    expect(steps(readAll(file))).toEqual([5]);
    expect(readAll(file)).toEqual([]);
  });

  it('goes on at the same byte after a restart, in the middle of a line too', () => {
    writeFileSync(path, megatrons(1, 4) + megatron(5).slice(0, 30));
    const first = open();
    expect(steps(readAll(first))).toEqual([1, 2, 3, 4]);
    appendFileSync(path, megatron(5).slice(30) + megatron(6));
    expect(steps(readAll(open(saved(first))))).toEqual([5, 6]);
  });

  it('reads the old file to its end after rotation, then the new one from its start', () => {
    writeFileSync(path, megatrons(1, 4));
    const file = open();
    readAll(file);
    appendFileSync(path, megatron(5));
    renameSync(path, `${path}.1`);
    expect(steps(readAll(file))).toEqual([5]);
    writeFileSync(path, megatrons(6, 7));
    expect(steps(readAll(file))).toEqual([6, 7]);
  });

  it('finds the rest of a file that was rotated while nobody looked', () => {
    writeFileSync(path, megatrons(1, 4));
    const first = open();
    readAll(first);
    appendFileSync(path, megatron(5));
    renameSync(path, `${path}.1`);
    writeFileSync(path, megatron(6));
    expect(steps(readAll(open(saved(first))))).toEqual([5, 6]);
  });

  it('starts over when the file was cut, also when it has grown past the old place', () => {
    writeFileSync(path, megatrons(1, 4));
    const file = open();
    readAll(file);
    truncateSync(path, 0);
    writeFileSync(path, megatrons(11, 12));
    expect(steps(readAll(file))).toEqual([11, 12]);
    writeFileSync(path, megatrons(21, 30));
    expect(steps(readAll(file))).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
    const state = saved(file);
    writeFileSync(path, megatrons(31, 50));
    expect(steps(readAll(open(state)))).toEqual(Array.from({ length: 20 }, (_, index) => 31 + index));
  });

  it('follows a copy that was truncated in place (copytruncate)', () => {
    writeFileSync(path, megatrons(1, 4));
    const file = open();
    readAll(file);
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
    expect(readAll(file)).toEqual([]);
    appendFileSync(path, megatron(5));
    expect(steps(readAll(file))).toEqual([5]);
  });

  it('goes on where clocks are put back, also through a restart', () => {
    // Berlin puts them back at 01:00 UTC: 02:00 to 02:59 come twice.
    const change = Date.UTC(2026, 9, 25, 1, 0);
    const berlin = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'Europe/Berlin',
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    const ends = Array.from({ length: 26 }, (_, n) => change - 65 * 60_000 + n * 300_000);
    const lines = ends.map(
      (end, n) => ` [${berlin.format(end)}.000] iteration ${n + 1}/ 9999 | elapsed time per iteration (ms): 300000 |\n`,
    );
    writeFileSync(path, lines.slice(0, 18).join(''));
    const file = open(undefined, { tz: 'Europe/Berlin' });
    const records = readAll(file);
    const state = saved(file);
    appendFileSync(path, lines.slice(18).join(''));
    records.push(...readAll(open(state, { tz: 'Europe/Berlin' })));
    expect(records.map(({ endMs }) => endMs)).toEqual(ends);
  });

  it('waits for a file that is not there yet', () => {
    const file = open();
    expect(file.look()).toBeUndefined();
    writeFileSync(path, megatrons(1, 3));
    expect(steps(readAll(file))).toEqual([1, 2, 3]);
  });

  it('reads carriage returns, colours, launcher prefixes and container logs', () => {
    const torchrun = `[rank0]:${megatron(1)}`;
    const srun = ` 0: ${megatron(2)}`;
    const colour = `\u001b[32m${megatron(3).trimEnd()}\u001b[0m\n`;
    const whole = megatron(4).trimEnd();
    const parts = `2026-11-22T16:00:04Z stdout P ${whole.slice(0, 50)}\n2026-11-22T16:00:04Z stderr F noise\n2026-11-22T16:00:04Z stdout F ${whole.slice(50)}\n`;
    writeFileSync(path, torchrun + srun + colour + parts + megatron(5).replace('\n', '\r'));
    expect(steps(readAll(open()))).toEqual([1, 2, 3, 4, 5]);
  });

  it('bounds a line to 8 KiB and goes on behind it', () => {
    writeFileSync(path, `${megatrons(1, 3)}${'x'.repeat(700_000)}\n${megatron(4)}`);
    const file = open();
    expect(steps(readAll(file))).toEqual([1, 2, 3, 4]);
    expect(file.counts.overlong).toBe(1);
  });

  it('counts lines that are no steps and names the last', () => {
    writeFileSync(path, `${megatron(1)}garbage\n${megatron(2)}\u0000\u0007 noise\n${megatron(3)}`);
    const file = open();
    readAll(file);
    expect(file.counts).toMatchObject({ lines: 5, steps: 3, unmatched: 2 });
    expect(file.counts.lastUnmatched).toContain('noise');
  });

  it('refuses a step that takes no time or less, naming its line, and keeps the others', () => {
    const line = (step: number, ms: number) => `train_step step=${step} time_ms=${ms}\n`;
    writeFileSync(path, line(1, 10) + line(2, -5) + line(3, 10) + line(4, 10));
    const look = open().look();
    expect(steps(look?.records ?? [])).toEqual([1, 3, 4]);
    expect(look?.problems).toEqual([`${path}:2: step 2 ends before it starts`]);
  });

  it('names the line an editor would, past empty lines, line ends of Windows and redrawn bars, after a restart too', () => {
    const line = (step: number, ms: number) => `train_step step=${step} time_ms=${ms}`;
    writeFileSync(path, `${line(1, 10)}\r\n\r\n\n${line(2, 10)}\r${line(3, 10)}\n${line(4, -1)}\r\n`);
    const file = open();
    const look = file.look();
    expect(steps(look?.records ?? [])).toEqual([1, 2, 3]);
    expect(look?.problems).toEqual([`${path}:5: step 4 ends before it starts`]);
    appendFileSync(path, `\n${'x'.repeat(20_000)}\n${line(5, -1)}\n`);
    expect(open(saved(file)).look()?.problems).toEqual([`${path}:8: step 5 ends before it starts`]);
  });
});

describe('format auto', () => {
  it('locks to the format that gives three increasing steps, and reads what came before', () => {
    writeFileSync(path, `starting\n 10%|# | 1/9 [00:01<00:10,  2.35s/it]\n${megatrons(1, 2)}`);
    const file = open();
    expect(readAll(file)).toEqual([]);
    expect(file.formatName).toBeUndefined();
    appendFileSync(path, megatron(3));
    expect(steps(readAll(file))).toEqual([1, 2, 3]);
    expect(file.formatName).toBe('megatron');
  });

  it('leaves a progress bar as soon as something better comes', () => {
    const bar = (n: number) => ` 10%|# | ${n}/9000 [00:01<00:10,  2.35s/it]\r`;
    writeFileSync(path, bar(10) + bar(20) + bar(30));
    const file = open();
    expect(steps(readAll(file))).toEqual([20, 30]);
    expect(file.formatName).toBe('tqdm');
    appendFileSync(path, megatrons(1, 3));
    expect(steps(readAll(file))).toEqual([1, 2, 3]);
    expect(file.formatName).toBe('megatron');
  });

  it('reads the file again after a restart while it does not know', () => {
    writeFileSync(path, megatrons(1, 2));
    const first = open();
    readAll(first);
    expect(first.state([])).toBeUndefined();
    appendFileSync(path, megatron(3));
    expect(steps(readAll(open()))).toEqual([1, 2, 3]);
  });
});

describe('logs as they are', () => {
  it('lose no step to what is printed between two of them', () => {
    const noise = (count: number) => 'NCCL INFO Channel 00/32 : 0 1 2 3 via P2P/CUMEM\n'.repeat(count);
    writeFileSync(path, noise(10) + megatron(1) + noise(3000) + megatron(2) + noise(3000) + megatron(3));
    const file = open();
    expect(steps(readAll(file))).toEqual([1, 2, 3]);
    expect(file.counts).toMatchObject({ lines: 6013, unmatched: 6010, lastUnmatched: expect.stringContaining('NCCL') });
  });

  it('of several ranks that print the same steps are no restarts', () => {
    const line = (rank: number, step: number) =>
      `[default${rank}]:iter ${step}: loss 2.3, time ${100 + rank}ms, mfu 41.2%\n`;
    writeFileSync(path, [1, 2, 3, 4].map((step) => line(0, step + 1) + line(1, step)).join(''));
    const records = readAll(open());
    expect(steps(records)).toEqual([2, 1, 3, 2, 4, 3, 5, 4]);
    expect(records.every(({ rank, averagedOver }) => rank === undefined && averagedOver === undefined)).toBe(true);
  });

  it('of several ranks keep the means of each', () => {
    const line = (rank: number, step: number) => `${rank}: ${megatron(step)}`;
    writeFileSync(path, [20, 30, 40].map((step) => line(1, step + 10) + line(0, step)).join(''));
    expect(readAll(open()).map(({ averagedOver }) => averagedOver)).toEqual([10, 10, 10, 10, 10, 10]);
  });

  it('may be written by another program once they are new', () => {
    writeFileSync(path, megatrons(1, 4));
    const file = open();
    readAll(file);
    renameSync(path, `${path}.1`);
    writeFileSync(path, [1, 2, 3].map((step) => `train_step step=${step} time_ms=10\n`).join(''));
    expect(steps(readAll(file))).toEqual([1, 2, 3]);
    expect(file.formatName).toBe('logfmt');
    truncateSync(path, 0);
    writeFileSync(path, `hello\n${[7, 8].map((step) => `train_step step=${step} time_ms=11\n`).join('')}`);
    expect(steps(readAll(file))).toEqual([7, 8]);
    expect(file.formatName).toBe('logfmt');
  });

  it('have bars that are not of the training', () => {
    const bar = (step: number, total: number, before = '') =>
      `${before} ${Math.floor((100 * step) / total)}%|##   | ${step}/${total} [00:10<01:00,  2.00s/it]\r`;
    const map = [1, 2, 3].map((step) => bar(step, 9, 'Map:')).join('');
    const shards = [1, 2, 3].map((step) => bar(step, 4, 'Loading checkpoint shards:')).join('');
    const train = (from: number) => [0, 1, 2, 3].map((at) => bar(from + at, 1000)).join('');
    const evaluation = [2, 3, 4].map((step) => bar(step, 50)).join('');
    writeFileSync(path, `${map}\n${shards}\n${train(100)}${evaluation}\n${train(104)}`);
    expect(steps(readAll(open()))).toEqual([106]);
    const every = open(undefined, { format: 'tqdm' });
    readAll(every);
    expect(every.counts.unmatched).toBe(0);
  });

  it('with a bar drawn every twenty steps give means over twenty', () => {
    const bar = (step: number) => ` 1%| | ${step}/1000 [00:10<01:00,  2.00s/it]\r`;
    writeFileSync(path, [20, 40, 60, 62].map(bar).join(''));
    expect(readAll(open()).map(({ step, averagedOver }) => [step, averagedOver])).toEqual([
      [40, 20],
      [60, 20],
    ]);
  });

  it('have clocks behind the name of a pod', () => {
    const line = (step: number) =>
      `actor-multi-node-worker-0: [2026-11-22 16:10:0${step},123] [INFO] [timer.py:199:stop] epoch=0/micro_step=9/global_step=${step}, RunningAvgSamplesPerSec=436.57, CurrSamplesPerSec=512, MemAllocated=1GB\n`;
    writeFileSync(path, line(1) + line(2) + line(3));
    const records = readAll(open(undefined, { trainBatchSize: 1024 }));
    expect(records.map(({ endMs }) => endMs)).toEqual([1, 2, 3].map((at) => Date.UTC(2026, 10, 22, 16, 10, at, 123)));
    expect(records.map(({ startMs, endMs }) => endMs - startMs)).toEqual([2000, 2000, 2000]);
  });

  it('begin a new segment where the steps fall, also with means', () => {
    const first = [100, 110, 120, 130].map((step) => megatron(step)).join('');
    const resumed = [110, 120, 130].map((step) => megatron(step, 2000)).join('');
    writeFileSync(path, first + resumed);
    expect(readAll(open()).map(({ step, averagedOver }) => [step, averagedOver])).toEqual([
      [100, 10],
      [110, 10],
      [120, 10],
      [130, 10],
      [110, 10],
      [120, 10],
      [130, 10],
    ]);
  });
});

describe('times of steps', () => {
  it('says over how many steps a mean is, also for the first line', () => {
    writeFileSync(path, megatron(100) + megatron(200) + megatron(300));
    const file = open();
    expect(readAll(file).map((record) => [record.step, record.averagedOver, record.endMs - record.startMs])).toEqual([
      [100, 100, 1000],
      [200, 100, 1000],
      [300, 100, 1000],
    ]);
    appendFileSync(path, megatron(600));
    expect(readAll(file).map((record) => record.averagedOver)).toEqual([100]);
  });

  it('begins a new segment when the job starts again', () => {
    writeFileSync(path, megatron(10) + megatron(20) + megatron(30) + megatron(5) + megatron(6) + megatron(7));
    expect(readAll(open()).map((record) => [record.step, record.averagedOver ?? 1])).toEqual([
      [10, 10],
      [20, 10],
      [30, 10],
      [5, 1],
      [6, 1],
      [7, 1],
    ]);
  });

  it('walks clockless lines back from when the file was written', () => {
    const line = (step: number, ms: number) => `iter ${step}: loss 2.3, time ${ms}ms, mfu 40.00%\n`;
    writeFileSync(path, line(10, 100) + line(20, 200) + line(30, 150));
    utimesSync(path, 1000, 1000);
    const records = readAll(open());
    expect(records.map(({ startMs, endMs, timeBasis }) => [startMs, endMs, timeBasis])).toEqual([
      [996_400, 996_500, 'arrival'],
      [998_300, 998_500, 'arrival'],
      [999_850, 1_000_000, 'arrival'],
    ]);
    expect(records.some((record) => record.averagedOver !== undefined)).toBe(false);
  });

  it('takes the clock of the container runtime where the line has none', () => {
    const line = (step: number) =>
      `2026-11-22T16:00:0${step}.5Z stdout F iter ${step}: loss 2.3, time 100ms, mfu 40.00%\n`;
    writeFileSync(path, line(1) + line(2) + line(3));
    expect(readAll(open())[2]).toMatchObject({ endMs: Date.UTC(2026, 10, 22, 16, 0, 3, 500), timeBasis: 'source' });
  });

  it('derives a duration from two clocks where the line has none, as a mean', () => {
    const line = (step: number, second: number) =>
      `[2026-11-22 16:10:${second},000] [INFO] global_step=${step}, RunningAvgSamplesPerSec=436.57, CurrSamplesPerSec=431.02\n`;
    writeFileSync(path, line(10, 10) + line(20, 30) + line(30, 40));
    expect(readAll(open()).map((record) => [record.step, record.averagedOver, record.endMs - record.startMs])).toEqual([
      [20, 10, 2000],
      [30, 10, 1000],
    ]);
  });

  it('takes rank and host from the configuration where the lines have none', () => {
    writeFileSync(path, megatrons(1, 3));
    expect(readAll(open(undefined, { rank: 5, host: 'gpu07' }))[0]).toMatchObject({
      job: 'llama',
      rank: 5,
      host: 'gpu07',
    });
  });

  it('keeps ranks that take turns out of order apart', () => {
    const line = (step: number, rank: number) => `train_step step=${step} time_ms=10 rank=${rank}\n`;
    writeFileSync(path, line(1, 0) + line(2, 0) + line(1, 1) + line(3, 0) + line(2, 1) + line(3, 1));
    expect(readAll(open()).map(({ step, rank }) => `${step}/${rank}`)).toEqual([
      '1/0',
      '2/0',
      '1/1',
      '3/0',
      '2/1',
      '3/1',
    ]);
  });

  it('keeps the ranks of one file apart', () => {
    const line = (step: number, rank: number) => `train_step step=${step} time_ms=10 rank=${rank}\n`;
    writeFileSync(path, [1, 2, 3].flatMap((step) => [line(step, 0), line(step, 1)]).join(''));
    expect(readAll(open()).map(({ step, rank }) => [step, rank])).toEqual([
      [1, 0],
      [1, 1],
      [2, 0],
      [2, 1],
      [3, 0],
      [3, 1],
    ]);
  });
});

describe('rows below a step', () => {
  const MINMAX =
    '(min, max) time across ranks (ms):\n    forward-compute ...............: (300.00, 700.00)\n    all-grads-sync ................: (10.00, 410.00)\n';
  const PARTS = [
    { name: 'forward-compute', minMs: 300, maxMs: 700 },
    { name: 'all-grads-sync', minMs: 10, maxMs: 410 },
  ];

  it('are of the step above them, also where they come later', () => {
    writeFileSync(path, megatron(1) + MINMAX + megatrons(2, 3));
    const file = open();
    expect(readAll(file).map(({ step, parts }) => [step, parts])).toEqual([
      [1, PARTS],
      [2, undefined],
      [3, undefined],
    ]);
    const [before] = [megatron(4)];
    appendFileSync(path, before);
    const [alone] = readAll(file);
    appendFileSync(path, MINMAX);
    // The same step once more, and nothing of it has changed but that its parts are known.
    expect(readAll(file)).toEqual([{ ...alone, parts: PARTS }]);
    expect(readAll(file)).toEqual([]);
    expect(file.counts).toMatchObject({ steps: 4, unmatched: 0 });
  });

  it('give phases of every rank where they tell ranks', () => {
    const ranks = (name: string, ...ms: number[]) =>
      `  ${name}:\n${ms.map((value, rank) => `     rank ${String(rank).padStart(2)}: ${value.toFixed(2)}\n`).join('')}`;
    const rows = `times across ranks (ms):\n${ranks('forward-compute', 300, 700)}${ranks('batch-generator', 5, 6)}${ranks('all-grads-sync', 410, 10)}${ranks('forward-recv', 1, 2)}`;
    writeFileSync(path, megatrons(1, 3) + rows);
    const all = readAll(open()).slice(2);
    const { startMs, endMs } = all[0]!;
    const common = { job: 'llama', step: 3, startMs, endMs, timeBasis: 'source' };
    expect(all).toEqual([
      {
        ...common,
        parts: [
          { name: 'forward-compute', minMs: 300, minRank: 0, maxMs: 700, maxRank: 1 },
          { name: 'batch-generator', minMs: 5, minRank: 0, maxMs: 6, maxRank: 1 },
          { name: 'all-grads-sync', minMs: 10, minRank: 1, maxMs: 410, maxRank: 0 },
          { name: 'forward-recv', minMs: 1, minRank: 0, maxMs: 2, maxRank: 1 },
        ],
      },
      { ...common, rank: 0, phasesMs: { forward: 300, dataLoad: 5, communication: 411 } },
      { ...common, rank: 1, phasesMs: { forward: 700, dataLoad: 6, communication: 12 } },
    ]);
  });

  it('are let go where there is no step above them', () => {
    writeFileSync(path, MINMAX + megatrons(1, 3) + megatron(2).replace('ms): 1000', 'ms): 900') + MINMAX);
    expect(readAll(open()).map(({ step, parts }) => [step, parts])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, undefined],
    ]);
  });
});

describe('collectives between the steps', () => {
  const comm = (clock: string) =>
    `${clock}comm op: all_reduce | time (ms): 12.34 | msg size: 512.0 MB | algbw (Gbps): 348.10 | busbw (Gbps): 652.70\n`;
  const engine = (step: number) =>
    `[2026-11-22 16:10:0${step},000] [INFO] epoch=0/micro_step=8/global_step=${step}, RunningAvgSamplesPerSec=436.57, CurrSamplesPerSec=431.02\n`;

  it('are told apart by time, and do not settle what the log is', () => {
    writeFileSync(path, comm('[2026-11-22 16:10:00,123] ').repeat(2) + engine(1) + engine(2) + engine(3));
    const file = open(undefined, { trainBatchSize: 1024 });
    const look = file.look();
    expect(file.formatName).toBe('deepspeed');
    expect(look?.records).toHaveLength(3);
    const times = look?.collectives.map(({ timestampMs }) => timestampMs) ?? [];
    expect(times).toEqual([0, 0.001].map((more) => Date.UTC(2026, 10, 22, 16, 10, 0, 123) + more));
    appendFileSync(path, comm('').repeat(3));
    const later = file.look()?.collectives ?? [];
    expect(new Set(later.map(({ timestampMs }) => timestampMs)).size).toBe(3);
    expect(later[0]).toMatchObject({ job: 'llama', collectiveKind: 'all_reduce' });
  });
});
