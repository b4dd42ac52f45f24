import { z } from 'zod';
import type { LineFormat, LineReading, ParsedCollective } from './types.ts';

const whole = z.number().int().nonnegative();
const name = z.string().min(1).max(256);
/** A rate that could not be worked out is printed as the text "nan". */
const rate = z.union([z.number().nonnegative(), z.string().transform(() => null)]);
const kernelTimes = z.object({
  kernel_events: z
    .array(z.object({ kernel_start_ts: whole, kernel_stop_ts: whole }))
    .max(1024)
    .optional(),
});

const lineSchema = z.object({
  header: z.object({ id: name, comm_name: z.string().max(256).optional(), rank: whole, n_ranks: whole.optional() }),
  metadata: z.object({ dump_timestamp_us: whole.optional(), hostname: name.optional() }).optional(),
  coll_perf: z
    .object({
      coll: name,
      coll_sn: whole,
      coll_msg_size_bytes: whole,
      coll_exec_time_us: whole,
      coll_timing_source: z.string().max(64).optional(),
      coll_busbw_gbs: rate.optional(),
      event_trace_ts: kernelTimes.optional(),
    })
    .optional(),
  p2p_perf: z
    .object({
      p2p: name,
      p2p_sn: whole,
      p2p_peer: whole,
      p2p_msg_size_bytes: whole,
      p2p_exec_time_us: whole,
      p2p_timing_source: z.string().max(64).optional(),
      p2p_busbw_gbs: rate.optional(),
      event_trace_ts: kernelTimes.optional(),
    })
    .optional(),
  dump_stats: z
    .object({ coll_dropped_since_last_dump: whole.default(0), p2p_dropped_since_last_dump: whole.default(0) })
    .optional(),
});
type InspectorLine = z.output<typeof lineSchema>;

/**
 * NCCL Inspector's files, one a process: collective and point-to-point operations of each communicator. `rank` is the
 * rank within the communicator. Times of the operation itself are there in verbose mode only.
 * @source NVIDIA/nccl plugins/profiler/inspector/inspector_json.cc
 */
export const ncclInspector: LineFormat = {
  name: 'nccl-inspector',
  collectivesOnly: true,
  // Verbose lines hold two times and two numbers for each of up to 64 channels.
  longestLineBytes: 64 * 1024,
  read(line) {
    if (!line.startsWith('{"header"')) return undefined;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return { problem: 'not JSON to its end' };
    }
    const { data, error } = lineSchema.safeParse(value);
    if (data !== undefined) return readingOf(data);
    const issue = error.issues[0];
    return { problem: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}` };
  },
};

function readingOf(line: InspectorLine): LineReading {
  const { coll_perf: coll, p2p_perf: p2p, dump_stats: stats } = line;
  if (coll !== undefined) {
    return {
      collective: {
        ...commonOf(line),
        collectiveSeq: coll.coll_sn,
        collectiveKind: coll.coll,
        messageBytes: coll.coll_msg_size_bytes,
        execTimeUs: coll.coll_exec_time_us,
        ...measuredOf(coll.coll_busbw_gbs, coll.coll_timing_source, coll.event_trace_ts),
      },
    };
  }
  if (p2p !== undefined) {
    return {
      collective: {
        ...commonOf(line),
        collectiveSeq: p2p.p2p_sn,
        collectiveKind: p2p.p2p,
        peer: p2p.p2p_peer,
        messageBytes: p2p.p2p_msg_size_bytes,
        execTimeUs: p2p.p2p_exec_time_us,
        ...measuredOf(p2p.p2p_busbw_gbs, p2p.p2p_timing_source, p2p.event_trace_ts),
      },
    };
  }
  const dropped = (stats?.coll_dropped_since_last_dump ?? 0) + (stats?.p2p_dropped_since_last_dump ?? 0);
  if (dropped > 0) return { problem: `NCCL Inspector lost ${dropped} operations before it wrote them` };
  return 'known';
}

function commonOf({ header, metadata }: InspectorLine) {
  const { id, comm_name: commName, rank, n_ranks: ranks } = header;
  return {
    commId: id,
    rank,
    ...(commName === undefined || commName === '' || commName === 'unknown' ? {} : { commName }),
    ...(ranks === undefined ? {} : { ranks }),
    ...(metadata?.hostname === undefined ? {} : { host: metadata.hostname }),
    ...(metadata?.dump_timestamp_us === undefined ? {} : { timestampMs: metadata.dump_timestamp_us / 1000 }),
  };
}

/** From the first channel's start to the last one's stop; the enqueue times beside them are not when it ran. */
function measuredOf(
  busGBPerSec: number | null | undefined,
  timingSource: string | undefined,
  times: z.output<typeof kernelTimes> | undefined,
): Pick<ParsedCollective['collective'], 'busGBPerSec' | 'timingSource' | 'startUs' | 'endUs'> {
  const events = (times?.kernel_events ?? []).filter(
    (event) => event.kernel_start_ts > 0 && event.kernel_stop_ts >= event.kernel_start_ts,
  );
  return {
    ...(busGBPerSec === undefined ? {} : { busGBPerSec }),
    ...(timingSource === undefined ? {} : { timingSource }),
    ...(events.length === 0
      ? {}
      : {
          startUs: Math.min(...events.map((event) => event.kernel_start_ts)),
          endUs: Math.max(...events.map((event) => event.kernel_stop_ts)),
        }),
  };
}
