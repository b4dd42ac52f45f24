import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trainingConfigSchema } from '../collectors/training/config.ts';
import { LogFile } from '../collectors/training/log-file.ts';
import { collectiveInputSchema } from '../lib/api/ingest.ts';
import { ManualClock } from '../lib/clock.ts';
import { readRecords } from '../lib/http/records.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../lib/store/duckdb/index.ts';

import { type BenchResult, readOptions } from './benchmark.ts';

/**
 * Collectives of a large job into the monitor, as files of NCCL Inspector give them: every rank tells `--operations` a
 * second, `--ranks` of them, for `--seconds`, in requests of `--batch` records. Read from a file; read of requests only; read
 * and made durable; and of one step of 1 s the summary its explanation has (`stepMs`) and all of its records (`listMs`).
 * Records per CPU-second of this process, and bytes on disk a record.
 */
export async function* run(args: string[]): AsyncGenerator<BenchResult> {
  const options = readOptions(args, { ranks: '1000', operations: '10', seconds: '10', batch: '5000', runs: '3' });
  const [ranks, operations, seconds] = [Number(options.ranks), Number(options.operations), Number(options.seconds)];
  const startMs = Date.UTC(2026, 10, 22, 12, 1, 0);
  const clock = new ManualClock(startMs + seconds * 1000);
  const records = ranks * operations * seconds;
  yield await readFile(records);
  for (const stage of ['read', 'store'] as const) {
    const spent: number[] = [];
    let bytesPerRecord = 0;
    let stepMs = 0;
    let listMs = 0;
    for (let round = 0; round < Number(options.runs); round++) {
      const directory = mkdtempSync(join(tmpdir(), 'stallscope-bench-'));
      const store = await openEmbeddedStore(directory, { clock });
      let atWorkUs = 0;
      for (let second = 0; second < seconds; second++) {
        for (const body of bodies({ ranks, operations, second, startMs, batch: Number(options.batch) })) {
          const from = process.cpuUsage();
          const { records: read } = readRecords(body, collectiveInputSchema);
          if (stage === 'store') await store.documents.putCollectives(read);
          const { user, system } = process.cpuUsage(from);
          atWorkUs += user + system;
        }
      }
      spent.push(atWorkUs / 1e6);
      if (stage === 'store') {
        ({ stepMs, listMs } = await lookAtStep(store, startMs, ranks * operations));
      }
      await store.close();
      bytesPerRecord = sizeOf(directory) / records;
      rmSync(directory, { recursive: true, force: true });
    }
    const cpuSeconds = spent.sort((a, b) => a - b)[spent.length >> 1] ?? Number.NaN;
    yield {
      bench: 'collectives',
      stage,
      records,
      cpuSeconds: Math.round(cpuSeconds * 1000) / 1000,
      recordsPerCpuSecond: Math.round(records / cpuSeconds),
      ...(stage === 'store'
        ? { bytesPerRecord: Math.round(bytesPerRecord), stepMs: Math.round(stepMs), listMs: Math.round(listMs) }
        : {}),
      rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
    };
  }
}

/** The second of a step of 1 s: its summary, and all of its records. */
async function lookAtStep(store: EmbeddedStore, startMs: number, expected: number) {
  const query = { job: 'llm', range: { startMs: startMs + 1000, endMs: startMs + 2000 } };
  const listed = performance.now();
  const found = await store.documents.collectives({ ...query, limit: 50_000 });
  const listMs = performance.now() - listed;
  const started = performance.now();
  const summary = await store.documents.collectiveSummary({ ...query, most: 5 });
  const stepMs = performance.now() - started;
  if (found.length < Math.min(50_000, expected)) throw new Error(`only ${found.length} were found`);
  if (summary.operations === 0 || summary.waits.length === 0) throw new Error('the summary is empty');
  return { stepMs, listMs };
}

const KINDS = ['AllReduce', 'AllGather', 'ReduceScatter'];

/** A file of NCCL Inspector as a collector follows it, to records. */
async function readFile(records: number): Promise<BenchResult> {
  const directory = mkdtempSync(join(tmpdir(), 'stallscope-bench-'));
  const path = join(directory, 'gpu07-pid1.log');
  const line = (n: number) =>
    `{"header":{"id":"0x7f8c496ae9f661","comm_name":"unknown","rank":2,"n_ranks":8,"nnodes":1},"metadata":{"inspector_output_format_version":"v4.0","git_rev":"","rec_mechanism":"nccl_profiler_interface","dump_timestamp_us":${1748030377748202 + n * 1000},"hostname":"h1","pid":1639453},"coll_perf":{"coll":"AllReduce","coll_sn":${n + 1},"coll_msg_size_bytes":17179869184,"coll_exec_time_us":61974,"coll_timing_source":"kernel_gpu","coll_algobw_gbs":277.21,"coll_busbw_gbs":485.12}}\n`;
  writeFileSync(path, Array.from({ length: records }, (_, n) => line(n)).join(''));
  const file = new LogFile(path, trainingConfigSchema.parse({ file: path, job: 'llm' }));
  const before = process.cpuUsage();
  let found = 0;
  for (let look = file.look(); look !== undefined; look = file.look()) {
    found += look.collectives.length;
    if (look.atEnd) break;
  }
  const { user, system } = process.cpuUsage(before);
  file.dispose();
  rmSync(directory, { recursive: true, force: true });
  const cpuSeconds = (user + system) / 1e6;
  return {
    bench: 'collectives',
    stage: 'file',
    records: found,
    cpuSeconds: Math.round(cpuSeconds * 1000) / 1000,
    recordsPerCpuSecond: Math.round(found / cpuSeconds),
  };
}

/** What the ranks tell in one second, as a collector sends it: one record a line. */
function bodies(size: { ranks: number; operations: number; second: number; startMs: number; batch: number }): Buffer[] {
  const lines: string[] = [];
  const made: Buffer[] = [];
  for (let operation = 0; operation < size.operations; operation++) {
    for (let rank = 0; rank < size.ranks; rank++) {
      const endUs =
        (size.startMs + size.second * 1000) * 1000 + Math.round(((operation + 1) / size.operations) * 999_000);
      const execTimeUs = 20_000 + ((rank * 7919 + operation * 104_729 + size.second * 31) % 5000);
      lines.push(
        JSON.stringify({
          job: 'llm',
          host: `gpu${rank >> 3}`,
          commId: `0x7f8c496ae9f6${rank % 8}1`,
          collectiveSeq: size.second * size.operations + operation,
          collectiveKind: KINDS[operation % KINDS.length],
          messageBytes: 17_179_869_184 >> (operation % 5),
          execTimeUs,
          busGBPerSec: Math.round(485_120 - execTimeUs * 3) / 1000,
          rank: rank >> 3,
          ranks: size.ranks >> 3,
          timestampMs: endUs / 1000,
          startUs: endUs - execTimeUs,
          endUs,
          timingSource: 'kernel_gpu',
        }),
      );
      if (lines.length >= size.batch) made.push(Buffer.from(`${lines.splice(0).join('\n')}\n`));
    }
  }
  if (lines.length > 0) made.push(Buffer.from(lines.join('\n')));
  return made;
}

/** Bytes of a folder and those below it. */
function sizeOf(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
