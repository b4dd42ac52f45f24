import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trainingConfigSchema } from '../../../collectors/training/config.ts';
import { LogFile } from '../../../collectors/training/log-file.ts';
import { collectiveInputSchema } from '../../../lib/api/ingest.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'inspector-'));
  path = join(directory, 'h1-pid1639453.log');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const metadata = {
  inspector_output_format_version: 'v4.0',
  git_rev: '',
  rec_mechanism: 'nccl_profiler_interface',
  dump_timestamp_us: 1748030377748202,
  hostname: 'h1',
  pid: 1639453,
};
const header = { id: '0x7f8c496ae9f661', comm_name: 'unknown', rank: 2, n_ranks: 8, nnodes: 1 };
const coll = (sn: number, more: object = {}) => ({
  coll: 'AllReduce',
  coll_sn: sn,
  coll_msg_size_bytes: 17179869184,
  coll_exec_time_us: 61974,
  coll_timing_source: 'kernel_gpu',
  coll_algobw_gbs: 277.21,
  coll_busbw_gbs: 485.12,
  ...more,
});
const line = (body: object, over: object = {}) => `${JSON.stringify({ header, metadata, ...body, ...over })}\n`;
const open = (over: object = {}) => new LogFile(path, trainingConfigSchema.parse({ file: path, job: 'llm', ...over }));

describe("NCCL Inspector's files", () => {
  it('give one record an operation, found by the first line', () => {
    writeFileSync(path, line({ coll_perf: coll(1407) }));
    const file = open();
    const look = file.look();
    expect(file.formatName).toBe('nccl-inspector');
    expect(look?.records).toEqual([]);
    expect(look?.collectives).toEqual([
      {
        job: 'llm',
        commId: '0x7f8c496ae9f661',
        rank: 2,
        ranks: 8,
        host: 'h1',
        timestampMs: 1748030377748.202,
        collectiveSeq: 1407,
        collectiveKind: 'AllReduce',
        messageBytes: 17179869184,
        execTimeUs: 61974,
        busGBPerSec: 485.12,
        timingSource: 'kernel_gpu',
      },
    ]);
    expect(collectiveInputSchema.safeParse(look?.collectives[0]).success).toBe(true);
    appendFileSync(path, line({ coll_perf: coll(1408) }));
    expect(file.look()?.collectives.map(({ collectiveSeq }) => collectiveSeq)).toEqual([1408]);
  });

  it('read older lines, nan, named communicators and point-to-point operations', () => {
    const old = { id: '0xa', rank: 0, n_ranks: 2, nnodes: 1 };
    const { coll_timing_source: _, ...plain } = coll(1, { coll_busbw_gbs: 'nan' });
    const sent = { p2p: 'Send', p2p_sn: 3, p2p_peer: 5, p2p_msg_size_bytes: 65536, p2p_exec_time_us: 12 };
    writeFileSync(
      path,
      line({ header: old, coll_perf: plain }) + line({ header: { ...header, comm_name: 'dp' }, p2p_perf: sent }),
    );
    const [first, second] = open().look()?.collectives ?? [];
    expect(first).toMatchObject({ commId: '0xa', busGBPerSec: null });
    expect(first).not.toHaveProperty('timingSource');
    expect(second).toMatchObject({ commName: 'dp', collectiveKind: 'Send', peer: 5, messageBytes: 65536 });
    expect(second).not.toHaveProperty('busGBPerSec');
  });

  it('take the time an operation ran from its kernels, not from when it was enqueued', () => {
    const trace = {
      coll_start_ts: 5,
      coll_stop_ts: 6,
      kernel_events: [
        { channel_id: 0, kernel_start_ts: 1010, kernel_stop_ts: 2000, kernel_record_ts: 2001 },
        { channel_id: 1, kernel_start_ts: 1000, kernel_stop_ts: 2050, kernel_record_ts: 2060 },
        { channel_id: 2, kernel_start_ts: 0, kernel_stop_ts: 0, kernel_record_ts: 0 },
      ],
    };
    const channels = Array.from({ length: 64 }, (_, channel_id) => ({ ...trace.kernel_events[0], channel_id }));
    writeFileSync(
      path,
      line({ coll_perf: coll(1, { event_trace_ts: trace }) }) +
        line({ coll_perf: coll(2, { event_trace_ts: { kernel_events: channels } }) }),
    );
    const found = open({ format: 'nccl-inspector' }).look()?.collectives;
    expect(found?.map(({ startUs, endUs }) => [startUs, endUs])).toEqual([
      [1000, 2050],
      [1010, 2000],
    ]);
  });

  it('name lines that are broken, with file and line, and what was lost before it was written', () => {
    const dump = { coll_records: 3, coll_dropped_total: 9, coll_dropped_since_last_dump: 4 };
    writeFileSync(
      path,
      line({ coll_perf: coll(1) }) +
        line({ coll_perf: coll(2) }).slice(0, 80) +
        '\n' +
        line({ coll_perf: coll(3, { coll_sn: -1 }) }) +
        line({ dump_stats: dump }) +
        line({ dump_stats: { coll_records: 3 } }) +
        'NCCL WARN something else\n' +
        line({ coll_perf: coll(4) }),
    );
    const file = open();
    const look = file.look();
    expect(look?.collectives.map(({ collectiveSeq }) => collectiveSeq)).toEqual([1, 4]);
    expect(look?.problems).toEqual([
      `${path}:2: not JSON to its end`,
      expect.stringContaining(`${path}:3: coll_perf.coll_sn: `),
      `${path}:4: NCCL Inspector lost 4 operations before it wrote them`,
    ]);
    expect(file.counts).toMatchObject({ collectives: 2, refused: 3, unmatched: 1 });
  });

  it('tell few problems of many', () => {
    writeFileSync(path, line({ coll_perf: coll(1) }) + '{"header"\n'.repeat(5000) + line({ coll_perf: coll(2) }));
    const look = open().look();
    expect(look?.problems).toHaveLength(16);
    expect(look?.collectives).toHaveLength(2);
  });
});
