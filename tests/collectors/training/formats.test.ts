import { describe, expect, it } from 'vitest';
import { FormatDetector } from '../../../collectors/training/detect.ts';
import { FORMAT_NAMES, FORMATS, formatNamed } from '../../../collectors/training/formats/index.ts';
import type { FormatContext } from '../../../collectors/training/formats/types.ts';

const context = (over: Partial<FormatContext> = {}): FormatContext => ({ tz: 'UTC', counted: 0, parts: {}, ...over });
const read = (name: string, line: string, over: Partial<FormatContext> = {}) =>
  formatNamed(name)?.read(line, context(over));
const AT = Date.UTC(2026, 10, 22, 16, 10, 5);

const MEGATRON =
  ' [2026-11-22 16:10:05.123456] iteration     1200/  500000 | consumed samples:      1228800 | elapsed time per iteration (ms): 2345.7 | throughput per GPU (TFLOP/s/GPU): 412.3 | learning rate: 1.500000E-04 | global batch size:  1024 | lm loss: 2.310000E+00 | loss scale: 1.0 | grad norm: 0.812 | number of skipped iterations:   0 | number of nan iterations:   0 |';
const ENGINE =
  '[2026-11-22 16:10:05,123] [INFO] [timer.py:264:stop] epoch=0/micro_step=800/global_step=100, RunningAvgSamplesPerSec=436.57, CurrSamplesPerSec=431.02, MemAllocated=30.25GB, MaxMemAllocated=61.23GB';
const WALL =
  '[Rank 0] time (ms) | fwd: 812.30 | bwd: 1410.20 | bwd_inner: 1102.90 | bwd_allreduce: 301.50 | step: 95.10';
const PIPELINE = 'steps: 100 loss: 2.3100 iter time (s): 2.346 samples/sec: 436.500';
const NEMO =
  'Training epoch 0, iteration 99/999 | lr: 1.5e-05 | global_batch_size: 512 | global_step: 99 | reduced_train_loss: 5.213 | train_step_timing in s: 2.346 | consumed_samples: 51200';
const TITAN =
  '[titan] 2026-11-22 16:10:05,123 - root - INFO - step: 10  loss:  7.12345  grad_norm:  1.2345  memory: 45.67GiB(57.12%)  tps: 7,654  tflops: 412.34  mfu: 41.69%';
const NANOGPT = 'iter 100: loss 2.3456, time 234.56ms, mfu 41.23%';
const TQDM = ' 10%|# | 100/1000 [03:54<35:10,  2.35s/it]';
const MAXTEXT =
  'completed step: 5, seconds: 3.456, TFLOP/s/device: 210.123, Tokens/s/device: 2345.600, total_weights: 65536, loss: 5.123';
const LOGFMT = 'train_step step=1200 time_ms=2345.7 rank=0 loss=2.31 comm_ms=412.7';
const WANDB = '{"loss":2.31,"_runtime":12.5,"_timestamp":1795363805.123,"_step":100}';
const MLFLOW = '1795363805123 2.31 100';
const JSONL =
  '{"log_type_name":"step_end","value":2345.7,"time_us":1795363805123456,"global_rank":3,"host_name":"gpu07","step":12,"step_tags":["gc"]}';

/** Lines a format knows to be no step. */
const KNOWN: Record<string, string[]> = {
  megatron: [
    'Step Time : 2.35s GPU utilization: 412.3MODEL_TFLOP/s/GPU',
    '(min, max) time across ranks (ms):',
    'max time across ranks (ms):',
    'times across ranks (ms):',
  ],
  'deepspeed-wall-clock': [
    '[Rank 0] time (ms) | fwd_microstep: 200.10 | bwd_microstep: 350.00 | step_microstep: 0.10',
    WALL.replace('Rank 0', 'Rank 3'),
  ],
  'torchtitan-console': ['validate step: 10  loss:  7.1  memory: 45.67GiB(57.12%)  tps: 7,654'],
  nanogpt: ['step 2000: train loss 1.7648, val loss 1.8857'],
  tqdm: [
    "{'loss': 2.3451, 'grad_norm': 1.234, 'learning_rate': 4.9e-05, 'epoch': 0.0123}",
    "{'loss': '2.345', 'grad_norm': '1.234', 'learning_rate': '4.9e-05', 'epoch': '0.0123'}",
    '  0%|  | 0/1000 [00:00<?, ?it/s]',
  ],
  'torchtitan-jsonl': [
    '{"log_type_name":"step_start","step":12}',
    '{"log_type_name":"optim_end","value":"nan","step":12}',
  ],
};
const STEPS: Record<string, string> = {
  megatron: MEGATRON,
  deepspeed: ENGINE,
  'deepspeed-wall-clock': WALL,
  'deepspeed-pipeline': PIPELINE,
  nemo: NEMO,
  'torchtitan-console': TITAN,
  nanogpt: NANOGPT,
  tqdm: TQDM,
  maxtext: MAXTEXT,
  logfmt: LOGFMT,
  'torchtitan-jsonl': JSONL,
  wandb: WANDB,
  mlflow: MLFLOW,
};

/** Where the step stands in those lines; DeepSpeed's breakdown has none, its lines are counted. */
const STEP_NUMBERS: Record<string, string> = {
  megatron: '1200/',
  deepspeed: 'global_step=100',
  'deepspeed-pipeline': 'steps: 100',
  nemo: 'iteration 99',
  'torchtitan-console': 'step: 10',
  nanogpt: 'iter 100',
  tqdm: '100/1000',
  maxtext: 'completed step: 5',
  logfmt: 'step=1200',
  'torchtitan-jsonl': '"step":12',
  wandb: '"_step":100',
  mlflow: ' 100',
};

describe('training log formats', () => {
  it('are all named in the configuration, and all covered here', () => {
    expect(FORMATS.map((format) => format.name)).toEqual([...FORMAT_NAMES]);
    // These are no lines of steps: they have tests of their own, the tables in tables.test.ts.
    const others = [
      'nccl-inspector',
      'pytorch-trace',
      'tensorboard',
      'deepspeed-csv',
      'lightning-csv',
      'hf-trainer-state',
    ];
    expect([...Object.keys(STEPS), ...others].sort()).toEqual([...FORMAT_NAMES].sort());
  });

  it.each(Object.entries(STEPS))('%s reads its own line, and no other does', (name, line) => {
    const readers = FORMATS.filter((format) => format.read(line, context()) !== undefined).map((format) => format.name);
    expect(readers).toEqual([name]);
  });

  it.each([
    ...Object.entries(KNOWN).flatMap(([name, lines]) => lines.map((line) => [[name], line] as const)),
    [['megatron'], '    all-grads-sync .................................: (88.10, 412.70)'],
    // DeepSpeed's comms logger prints beside whichever of its step lines there are.
    [
      ['deepspeed-pipeline', 'deepspeed', 'deepspeed-wall-clock'],
      'comm op: all_reduce | time (ms): 12.34 | msg size: 512.0 MB | algbw (Gbps): 348.10 | busbw (Gbps): 652.70',
    ],
    [['hf-trainer-state'], '  "log_history": ['],
  ] as const)('%j alone know(s) a line beside the steps: %s', (names, line) => {
    const readers = FORMATS.filter((format) => format.read(line, context()) !== undefined).map(({ name }) => name);
    expect(readers).toEqual([...names]);
  });

  it.each(Object.entries(STEPS))('%s is found by three of its lines, and not by two', (name, line) => {
    const detector = new FormatDetector(context());
    const number = String(/\d+/.exec(STEP_NUMBERS[name] ?? '')?.[0] ?? '');
    const found = [1, 2, 3].map((more) => {
      const text = line.replace(
        STEP_NUMBERS[name] ?? '',
        (STEP_NUMBERS[name] ?? '').replace(number, `${Number(number) + more}`),
      );
      return detector.take({ text, number: more })?.format.name;
    });
    expect(found).toEqual([undefined, undefined, name]);
  });

  it.each(Object.entries(KNOWN))('%s knows its lines that are no steps', (name, lines) => {
    for (const line of lines) expect(read(name, line), line).toBe('known');
  });

  it.each([
    [
      '    all-grads-sync .................................: (88.10, 412.70)',
      { name: 'all-grads-sync', minMs: 88.1, maxMs: 412.7 },
    ],
    [
      '    optimizer-copy-main-to-model-params-of-some-name : (1.00, 2.00)',
      { name: 'optimizer-copy-main-to-model-params-of-some-name', minMs: 1, maxMs: 2 },
    ],
    ['    forward-compute ................................: 812.30', { name: 'forward-compute', maxMs: 812.3 }],
    ['   forward-compute ................................: 812.30', { name: 'forward-compute', maxMs: 812.3 }],
    ['  forward-compute:', { name: 'forward-compute' }],
    ['     rank  3: 812.30', { rank: 3, ms: 812.3 }],
    ['     rank 1023: 812.30', { rank: 1023, ms: 812.3 }],
  ])("reads a row of Megatron's timers: %s", (line, part) => {
    expect(read('megatron', line)).toEqual({ part });
  });

  const COMM =
    'comm op: all_reduce | time (ms): 12.34 | msg size: 512.0 MB | algbw (Gbps): 348.10 | busbw (Gbps): 652.70';
  it.each(['deepspeed', 'deepspeed-wall-clock', 'deepspeed-pipeline'])('reads collectives in logs of %s', (format) => {
    const common = {
      commId: 'deepspeed, group not told',
      timingSource: 'deepspeed',
      execTimeUs: 12_340,
      busGBPerSec: 81.5875,
    };
    expect(read(format, COMM)).toEqual({
      collective: { ...common, collectiveKind: 'all_reduce', messageBytes: 512 * 2 ** 20 },
    });
    const whole = `[2026-11-22 16:10:05,123] [INFO] [logging.py:128:log_dist] [Rank 0] ${COMM.replace('all_reduce |', 'all_reduce | [Caller Func: backward] |')}`;
    expect(read(format, whole)).toEqual({
      collective: {
        ...common,
        collectiveKind: 'all_reduce',
        messageBytes: 512 * 2 ** 20,
        rank: 0,
        timestampMs: AT + 123,
        startUs: (AT + 123) * 1000 - 12_340,
        endUs: (AT + 123) * 1000,
      },
    });
  });

  it('reads Megatron-LM: a mean over the log interval, with its clock', () => {
    expect(read('megatron', MEGATRON)).toEqual({ step: 1200, durationMs: 2345.7, mean: true, endMs: AT + 123.456 });
    const bridge = MEGATRON.replace('.123456', '');
    expect(read('megatron', bridge)).toMatchObject({ endMs: AT });
    expect(read('megatron', MEGATRON.replace(/\[.*?\]/, ''))).toEqual({ step: 1200, durationMs: 2345.7, mean: true });
  });

  it('reads clocks in the zone they were written in', () => {
    expect(read('megatron', MEGATRON, { tz: 'Europe/Berlin' })).toMatchObject({ endMs: AT + 123.456 - 3_600_000 });
    expect(read('megatron', MEGATRON, { tz: 'Asia/Kolkata' })).toMatchObject({ endMs: AT + 123.456 - 5.5 * 3_600_000 });
    const summer = MEGATRON.replace('2026-11-22', '2026-07-22');
    expect(read('megatron', summer, { tz: 'America/New_York' })).toMatchObject({
      endMs: Date.UTC(2026, 6, 22, 20, 10, 5) + 123.456,
    });
    expect(read('megatron', MEGATRON.replace('2026-11-22', '2026-13-22'))).toEqual({
      step: 1200,
      durationMs: 2345.7,
      mean: true,
    });
  });

  it('reads DeepSpeed: samples per second need the batch size, the breakdown counts its steps', () => {
    expect(read('deepspeed', ENGINE, { trainBatchSize: 1024 })).toEqual({
      step: 100,
      endMs: AT + 123,
      durationMs: (1024 / 431.02) * 1000,
    });
    expect(read('deepspeed', ENGINE)).toEqual({ step: 100, endMs: AT + 123 });
    expect(
      read('deepspeed', ENGINE.replace('CurrSamplesPerSec=431.02', 'CurrSamplesPerSec=0.0'), { trainBatchSize: 8 }),
    ).not.toHaveProperty('durationMs');
    const counting = context({ counted: 7 });
    expect(formatNamed('deepspeed-wall-clock')?.read(WALL, counting)).toEqual({
      step: 8,
      durationMs: 812.3 + 1410.2 + 95.1,
      phasesMs: { forward: 812.3, backward: 1410.2, optimizer: 95.1 },
    });
    expect(counting.counted).toBe(8);
    expect(read('deepspeed-pipeline', PIPELINE)).toEqual({ step: 100, durationMs: 2346, mean: true });
    expect(read('deepspeed-pipeline', `[2026-11-22 16:10:05,123] [INFO] [x] ${PIPELINE}`)).toMatchObject({
      endMs: AT + 123,
    });
  });

  it('reads rows of experiment trackers: a step and when it was logged', () => {
    expect(read('wandb', WANDB)).toEqual({ step: 100, endMs: AT + 123 });
    expect(read('wandb', '{"_step": 7, "_timestamp": 1795363805}')).toEqual({ step: 7, endMs: AT });
    expect(read('wandb', '{"_step":7}')).toBeUndefined();
    expect(read('mlflow', MLFLOW)).toEqual({ step: 100, endMs: AT + 123 });
    expect(read('mlflow', '1795363805123 nan 3')).toEqual({ step: 3, endMs: AT + 123 });
    expect(read('mlflow', '1795363805 2.31 100')).toBeUndefined();
  });

  it('reads NeMo, nanoGPT and MaxText', () => {
    expect(read('nemo', NEMO)).toEqual({ step: 99, durationMs: 2346, mean: true });
    expect(read('nanogpt', NANOGPT)).toEqual({ step: 100, durationMs: 234.56 });
    expect(read('maxtext', MAXTEXT)).toEqual({ step: 5, durationMs: 3456 });
    expect(read('maxtext', MAXTEXT.replace('TFLOP/s/device', 'TFLOP/s'))).toMatchObject({ step: 5 });
  });

  it('reads the console of torchtitan: tokens of a device over tokens per second', () => {
    expect(read('torchtitan-console', TITAN, { tokensPerStep: 76_540 })).toEqual({
      step: 10,
      mean: true,
      endMs: AT + 123,
      durationMs: 10_000,
    });
    expect(read('torchtitan-console', TITAN)).toEqual({ step: 10, mean: true, endMs: AT + 123 });
  });

  it('reads a progress bar as smoothed, in both its units', () => {
    expect(read('tqdm', TQDM)).toEqual({ step: 100, durationMs: 2350, smoothedOver: 6 });
    expect(read('tqdm', TQDM.replace('2.35s/it', '4.00it/s'))).toMatchObject({ durationMs: 250 });
  });

  it('reads our own line with ranks, hosts and phases', () => {
    expect(read('logfmt', LOGFMT)).toEqual({
      step: 1200,
      durationMs: 2345.7,
      rank: 0,
      phasesMs: { communication: 412.7 },
    });
    expect(
      read('logfmt', 'INFO train_step step=3 time_ms=10 host="gpu 07" data_ms=2 other=x end_ms=1795363805123'),
    ).toEqual({
      step: 3,
      durationMs: 10,
      host: 'gpu 07',
      endMs: 1_795_363_805_123,
      phasesMs: { dataLoad: 2 },
    });
    expect(read('logfmt', 'train_step step=x time_ms=10')).toBeUndefined();
  });

  it('puts the spans of a torchtitan step together, each rank by itself', () => {
    const format = formatNamed('torchtitan-jsonl');
    const state = context();
    const span = (name: string, step: number, value: number) =>
      JSON.stringify({
        log_type_name: `${name}_end`,
        value,
        time_us: 1_795_363_805_000_000,
        global_rank: 3,
        host_name: 'gpu07',
        step,
      });
    expect(format?.read(span('fetching_batch', 12, 5), state)).toBe('known');
    expect(format?.read(span('fwd_bwd', 12, 2000), state)).toBe('known');
    expect(format?.read(span('optim', 12, 90), state)).toBe('known');
    expect(format?.read(JSONL, state)).toEqual({
      step: 12,
      durationMs: 2345.7,
      endMs: 1_795_363_805_123.456,
      rank: 3,
      host: 'gpu07',
      tags: ['gc'],
      phasesMs: { dataLoad: 5, optimizer: 90 },
    });
    expect(state.parts).toEqual({});
  });

  it('makes nothing of garbage', () => {
    const garbage = [
      '',
      '{',
      '{"log_type_name":',
      'iteration',
      'iteration 1/ 2 |',
      'train_step',
      '\u0000\u0001',
      'step: 1',
      'x'.repeat(8192),
      '| '.repeat(4000),
      '1/'.repeat(4000),
    ];
    for (const line of garbage)
      for (const format of FORMATS)
        expect(format.read(line, context()), `${format.name} on ${line.slice(0, 40)}`).toBeUndefined();
  });
});
