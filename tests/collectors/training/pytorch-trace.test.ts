import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trainingConfigSchema } from '../../../collectors/training/config.ts';
import { LogFile, type LogFileState } from '../../../collectors/training/log-file.ts';
import { TraceEvents } from '../../../collectors/training/trace-events.ts';
import { collectiveInputSchema } from '../../../lib/api/ingest.ts';

const BASE_MS = Date.UTC(2026, 10, 22, 16, 0, 0);
let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trace-'));
  path = join(directory, 'gpu01_4242.1795363805123.pt.trace.json');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const step = (number: number, cat = 'user_annotation') => ({
  ph: 'X',
  cat,
  name: `ProfilerStep#${number}`,
  pid: 1,
  tid: 1,
  ts: number * 2e6 + 0.5,
  dur: 1.5e6,
  args: { 'External id': number },
});
const kernel = (seq: number, over: object = {}) => ({
  ph: 'X',
  cat: 'kernel',
  name: 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>)',
  ts: seq * 1000,
  dur: 61.5,
  args: {
    'Collective name': 'allreduce',
    'In msg nelems': 1024,
    'Out msg nelems': 1024,
    'Group size': 4,
    dtype: 'BFloat16',
    'Process Group Name': 'dp',
    'Process Group Ranks': '[1, 3, 5, 7]',
    Seq: seq,
    ...over,
  },
});
const other = { ph: 'X', cat: 'cpu_op', name: 'aten::add "}{[" \\', ts: 1, dur: 2, args: { x: { y: [{}] } } };
const trace = (events: object[], more: object = {}) =>
  JSON.stringify(
    {
      schemaVersion: 1,
      deviceProperties: [{ id: 0, name: 'NVIDIA H100' }],
      distributedInfo: { backend: 'nccl', rank: 5, world_size: 8, pg_config: [{ pg_name: '0' }] },
      traceEvents: events,
      displayTimeUnit: 'ms',
      baseTimeNanoseconds: BASE_MS * 1e6,
      ...more,
    },
    null,
    1,
  );
const open = (state?: LogFileState) => new LogFile(path, trainingConfigSchema.parse({ file: path, job: 'llm' }), state);

describe('traces of torch.profiler', () => {
  it('give steps of the rank with real times, and its collectives', () => {
    writeFileSync(path, trace([other, step(12), step(12, 'gpu_user_annotation'), kernel(7), step(13), other]));
    const look = open().look();
    expect(look?.records).toEqual([
      {
        job: 'llm',
        step: 12,
        rank: 5,
        startMs: BASE_MS + 24_000.0005,
        endMs: BASE_MS + 25_500.0005,
        timeBasis: 'source',
      },
      {
        job: 'llm',
        step: 13,
        rank: 5,
        startMs: BASE_MS + 26_000.0005,
        endMs: BASE_MS + 27_500.0005,
        timeBasis: 'source',
      },
    ]);
    expect(look?.collectives).toEqual([
      {
        job: 'llm',
        commId: 'dp [1, 3, 5, 7]',
        commName: 'dp',
        collectiveSeq: 7,
        collectiveKind: 'allreduce',
        messageBytes: 2048,
        execTimeUs: 61.5,
        rank: 2,
        ranks: 4,
        startUs: BASE_MS * 1000 + 7000,
        endUs: BASE_MS * 1000 + 7061.5,
        timingSource: 'torch_profiler',
      },
    ]);
    expect(collectiveInputSchema.safeParse(look?.collectives[0]).success).toBe(true);
    expect(look?.problems).toEqual([]);
  });

  it('are read once they are complete, also over a restart', () => {
    const text = trace([step(1), step(2)]);
    writeFileSync(path, text.slice(0, 300));
    const file = open();
    expect(file.look()?.records).toEqual([]);
    const state = JSON.parse(JSON.stringify(file.state([]))) as LogFileState;
    expect(state.position.offset).toBe(0);
    appendFileSync(path, text.slice(300));
    expect(
      open(state)
        .look()
        ?.records.map((record) => record.step),
    ).toEqual([1, 2]);
    const done = file.look();
    expect(done?.records.map((record) => record.step)).toEqual([1, 2]);
    expect(file.look()?.records).toEqual([]);
  });

  it("without a base count from the epoch; without ranks they are the job's", () => {
    const at = { ...step(1), ts: BASE_MS * 1000 };
    writeFileSync(path, trace([at], { baseTimeNanoseconds: undefined, distributedInfo: undefined }));
    const [record] = open().look()?.records ?? [];
    expect(record).toMatchObject({ step: 1, startMs: BASE_MS });
    expect(record).not.toHaveProperty('rank');
  });

  it('say no place in a group whose list is cut, and no size of an unknown type', () => {
    writeFileSync(
      path,
      trace([
        kernel(1, { 'Process Group Ranks': '[0, 1, ..., 7]' }),
        kernel(2, { dtype: 'Complex' }),
        kernel(3, { Seq: -1 }),
      ]),
    );
    const found = open().look()?.collectives ?? [];
    expect(found).toHaveLength(1);
    expect(found[0]).not.toHaveProperty('rank');
  });

  it('come out the same however they are cut, and hold nothing of what does not matter', () => {
    const text = Buffer.from(
      trace([...Array.from({ length: 200 }, () => other), step(1), kernel(1), { huge: 'x'.repeat(200_000) }, step(2)]),
    );
    const whole = new TraceEvents().pushNumbered(text);
    expect(whole).toHaveLength(3);
    for (const size of [1, 7, 1000, 70_000]) {
      const events = new TraceEvents();
      const lines = [];
      for (let from = 0; from < text.length; from += size)
        lines.push(...events.pushNumbered(text.subarray(from, from + size)));
      expect(lines).toEqual(whole);
    }
  });

  it('that are no JSON end in nothing', () => {
    for (const text of ['', 'hello', '}}}}', '[[[[', '{"traceEvents":[{"name":"ProfilerStep#1"', '"']) {
      const events = new TraceEvents();
      expect(events.pushNumbered(Buffer.from(text))).toEqual([]);
    }
  });
});
