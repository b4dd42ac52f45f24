import { z } from 'zod';
import { TRACE_PREFIX } from '../trace-events.ts';
import type { LineFormat, LineReading } from './types.ts';

const count = z.number().int().nonnegative();
const recordSchema = z.object({
  base: z.string().transform(BigInt),
  distributed: z.object({ rank: count.optional() }).nullable(),
  event: z.object({
    name: z.string(),
    cat: z.string().optional(),
    /** µs. */
    ts: z.number(),
    dur: z.number().nonnegative(),
    args: z
      .object({
        'Collective name': z.string().min(1).max(256).optional(),
        'In msg nelems': count.optional(),
        dtype: z.string().optional(),
        'Group size': count.optional(),
        'Process Group Name': z.string().max(256).optional(),
        'Process Group Ranks': z
          .string()
          .max(64 * 1024)
          .optional(),
        Seq: count.optional(),
      })
      .optional(),
  }),
});
type TraceRecord = z.output<typeof recordSchema>;

/** Bytes of an element. @source c10/core/ScalarType.h */
const DTYPE_BYTES: Readonly<Record<string, number>> = {
  Byte: 1,
  Char: 1,
  Bool: 1,
  Float8_e4m3fn: 1,
  Float8_e5m2: 1,
  Short: 2,
  Half: 2,
  BFloat16: 2,
  Int: 4,
  Float: 4,
  Long: 8,
  Double: 8,
};

/**
 * Traces of torch.profiler: steps as the program marked them, and NCCL kernels with their process groups.
 * @source trace-events.ts makes these lines of the files' events
 */
export const pytorchTrace: LineFormat = {
  name: 'pytorch-trace',
  longestLineBytes: 128 * 1024,
  read(line) {
    if (!line.startsWith(TRACE_PREFIX)) return undefined;
    let value: unknown;
    try {
      value = JSON.parse(line.slice(TRACE_PREFIX.length, -1));
    } catch {
      return { problem: 'the event is not JSON' };
    }
    const record = recordSchema.safeParse(value);
    // Events without a duration mark moments, not spans.
    return record.success ? readEvent(record.data) : 'known';
  },
};

function readEvent({ base, distributed, event }: TraceRecord): LineReading {
  const startUs = Number(base / 1000n) + event.ts;
  const rank = distributed?.rank;
  const step = /^ProfilerStep#(\d{1,15})$/.exec(event.name)?.[1];
  if (step !== undefined) {
    // The same span is drawn on the GPU's lane again.
    if (event.cat?.startsWith('gpu') === true) return 'known';
    const times = { durationMs: event.dur / 1000, endMs: (startUs + event.dur) / 1000 };
    return { step: Number(step), ...times, ...(rank === undefined ? {} : { rank }) };
  }
  return readCollective(event, startUs, rank);
}

function readCollective(
  { args = {}, dur, cat }: TraceRecord['event'],
  startUs: number,
  rank: number | undefined,
): LineReading {
  const { 'Collective name': kind, 'In msg nelems': elements, dtype = '', Seq: seq } = args;
  const size = DTYPE_BYTES[dtype];
  if (kind === undefined || elements === undefined || size === undefined || cat !== 'kernel') return 'known';
  const group = args['Process Group Name'] ?? '';
  const members = args['Process Group Ranks'] ?? '';
  // The list of a large group is cut in the middle: then the place in it is not known.
  const place = /^\[\d+(?:, ?\d+)*\]$/.test(members) ? members.slice(1, -1).split(/, ?/).map(Number) : [];
  const at = rank === undefined ? -1 : place.indexOf(rank);
  const ranks = args['Group size'];
  return {
    collective: {
      commId: `${group} ${members}`.trim().slice(0, 256) || 'unknown',
      collectiveKind: kind,
      messageBytes: elements * size,
      execTimeUs: dur,
      startUs,
      endUs: startUs + dur,
      timingSource: 'torch_profiler',
      ...(seq === undefined ? {} : { collectiveSeq: seq }),
      ...(at < 0 ? {} : { rank: at }),
      ...(ranks === undefined ? {} : { ranks }),
      ...(group === '' ? {} : { commName: group }),
    },
  };
}
