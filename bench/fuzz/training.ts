import type { ZodType } from 'zod';
import { assemble, finish, newAssembly } from '../../collectors/training/assemble.ts';
import { isCollective, isStep } from '../../collectors/training/detect.ts';
import { EnvLines } from '../../collectors/training/env-lines.ts';
import { FORMATS } from '../../collectors/training/formats/index.ts';
import type { FormatContext } from '../../collectors/training/formats/types.ts';
import { type CleanLine, LineCleaner, LineSplitter } from '../../collectors/training/lines.ts';
import { NcclNics } from '../../collectors/training/nccl-nics.ts';
import { PartRows } from '../../collectors/training/part-rows.ts';
import { jobPlacementSchema } from '../../lib/api/documents.ts';
import { collectiveInputSchema, stepInputSchema } from '../../lib/api/ingest.ts';
import type { StepRecord } from '../../lib/training/step.ts';
import { mutate } from './mutate.ts';
import { type FuzzSubject, shown } from './run.ts';

/** One good line of every format, and what is around lines. */
const GOOD = [
  ' [2026-11-22 16:10:05.123456] iteration     1200/  500000 | consumed samples: 1 | elapsed time per iteration (ms): 2345.7 | lm loss: 2.3 |',
  '[2026-11-22 16:10:05,123] [INFO] [timer.py:264:stop] epoch=0/micro_step=800/global_step=100, RunningAvgSamplesPerSec=436.57, CurrSamplesPerSec=431.02, MemAllocated=30.25GB',
  '[Rank 0] time (ms) | fwd: 812.30 | bwd: 1410.20 | bwd_inner: 1102.90 | bwd_allreduce: 301.50 | step: 95.10',
  'steps: 100 loss: 2.3100 iter time (s): 2.346 samples/sec: 436.500',
  'Training epoch 0, iteration 99/999 | lr: 1.5e-05 | global_step: 99 | train_step_timing in s: 2.346 | x',
  '[titan] 2026-11-22 16:10:05,123 - root - INFO - step: 10  loss:  7.12345  grad_norm:  1.2  tps: 7,654  tflops: 412.34  mfu: 41.69%',
  'iter 100: loss 2.3456, time 234.56ms, mfu 41.23%',
  ' 10%|# | 100/1000 [03:54<35:10,  2.35s/it]',
  'completed step: 5, seconds: 3.456, TFLOP/s/device: 210.123, Tokens/s/device: 2345.600',
  'train_step step=1200 time_ms=2345.7 rank=0 host="gpu 07" loss=2.31 comm_ms=412.7',
  '{"log_type_name":"step_end","value":2345.7,"time_us":1795363805123456,"global_rank":3,"host_name":"gpu07","step":12,"step_tags":["gc"]}',
  '    all-grads-sync .................................: (88.10, 412.70)',
  '  forward-compute:\n     rank  0: 88.10\n     rank  1: 812.30',
  '[2026-11-22 16:10:05,123] [Rank 0] comm op: all_reduce | time (ms): 12.34 | msg size: 512.0 MB | algbw (Gbps): 348.10 | busbw (Gbps): 652.70',
  'gpu02:4242:4711 [0] NCCL INFO NET/IB : Using [0]mlx5_0:1/RoCE [1]mlx5_1:1/RoCE [RO]; OOB eth0:10.0.0.5<0>',
  '[rank1]:RANK=1 WORLD_SIZE=2 HOSTNAME=gpu02 SLURM_JOB_NODELIST=gpu[01-02] SLURM_TASKS_PER_NODE=2(x3),1 SLURM_GPUS_PER_TASK=4',
  "{'loss': 2.3451, 'grad_norm': 1.234, 'epoch': 0.0123}",
  '2026-11-22T16:00:04Z stdout P [rank0]: iter 100: loss 2.3456, time 2',
  '\u001b[32m12: iter 100: loss 2.3456, time 234.56ms, mfu 41.23%\u001b[0m',
];
const NASTY = [
  ' '.repeat(8000),
  '9'.repeat(8000),
  'step: 1 loss: 1 '.repeat(500),
  ' iteration 1/1 |'.repeat(500),
  'elapsed time per iteration (ms): '.repeat(240),
  ' | fwd: 1'.repeat(800),
  'tps: 1 '.repeat(1100),
  'a="\\"'.repeat(1500),
  '1/1 [1<'.repeat(1000),
  '\u001b['.repeat(4000),
  '[[[[['.repeat(1500),
  '{"a":'.repeat(1500),
  'NaN',
  '-1',
  '1e999',
  '99999999999999999999',
  '\u0000',
  'RANK=1 '.repeat(1100),
  'mlx5_0:1/IB '.repeat(700),
  '\uffff',
  '\n',
  '\r',
];

const STEP: StepRecord = { job: 'x', step: 1, startMs: 0, endMs: 1000 };

/** What a log says may be wrong; what is made of it must be what the monitor takes. */
function check(schema: ZodType, record: unknown): true {
  const found = schema.safeParse(record);
  if (!found.success) throw new Error(`not what the monitor takes: ${found.error.issues[0]?.message}`);
  return true;
}

/** Mutated log lines through everything between the file and the step records. */
export function trainingSubject(): FuzzSubject {
  const context: FormatContext = {
    tz: 'Europe/Berlin',
    trainBatchSize: 1024,
    tokensPerStep: 1000,
    counted: 0,
    parts: {},
  };
  const cleaner = new LineCleaner();
  const env = new EnvLines('x');
  const nics = new NcclNics('x');
  const state = newAssembly();
  const place = ({ text, stream }: CleanLine): boolean =>
    [env, nics].some((placements) => {
      placements.take(text, String(stream));
      const placement = placements.news();
      return placement !== undefined && check(jobPlacementSchema, placement);
    });
  const read = (bytes: Buffer): boolean => {
    const splitter = new LineSplitter();
    const rows = new PartRows();
    let understood = false;
    for (const raw of splitter.push(Buffer.concat([bytes, Buffer.from('\n')]))) {
      const line = cleaner.clean(raw);
      if (line === undefined) continue;
      understood = place(line) || understood;
      for (const format of FORMATS) {
        const reading = format.read(line.text, context);
        if (isCollective(reading)) {
          understood = check(collectiveInputSchema, { job: 'x', ...reading.collective });
          continue;
        }
        if (typeof reading === 'object' && 'part' in reading) {
          rows.take(reading.part);
          understood = true;
        }
        if (!isStep(reading)) continue;
        understood = true;
        finish(assemble(state, reading, 1), 1000, { job: 'x' });
      }
    }
    for (const record of rows.records(STEP)) check(stepInputSchema, record);
    return understood;
  };
  return {
    next: (random) => {
      const bytes = mutate(Buffer.from(random.pick(GOOD)), random, NASTY);
      return { describe: () => shown(bytes), run: () => read(bytes) };
    },
    isWell: () => read(Buffer.from(GOOD[0] ?? '')),
  };
}
