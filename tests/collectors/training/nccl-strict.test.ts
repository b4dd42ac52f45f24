import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ncclInspector } from '../../../collectors/training/formats/nccl-inspector.ts';

/** What a line has to be, in the words of the schema library: the reader on the hot path must not be laxer or stricter. */
const whole = z.number().int().nonnegative();
const name = z.string().min(1).max(256);
const rate = z.union([z.number().nonnegative(), z.string()]);
const kernels = z.object({
  kernel_events: z
    .array(z.object({ kernel_start_ts: whole, kernel_stop_ts: whole }))
    .max(1024)
    .optional(),
});
const perf = (kind: 'coll' | 'p2p') => ({
  [kind]: name,
  [`${kind}_sn`]: whole,
  [`${kind}_msg_size_bytes`]: whole,
  [`${kind}_exec_time_us`]: whole,
  [`${kind}_timing_source`]: z.string().max(64).optional(),
  [`${kind}_busbw_gbs`]: rate.optional(),
  event_trace_ts: kernels.optional(),
});
const schema = z.object({
  header: z.object({ id: name, comm_name: z.string().max(256).optional(), rank: whole, n_ranks: whole.optional() }),
  metadata: z.object({ dump_timestamp_us: whole.optional(), hostname: name.optional() }).optional(),
  coll_perf: z.object(perf('coll')).optional(),
  p2p_perf: z.object({ ...perf('p2p'), p2p_peer: whole }).optional(),
  dump_stats: z
    .object({ coll_dropped_since_last_dump: whole.optional(), p2p_dropped_since_last_dump: whole.optional() })
    .optional(),
});

const header = { id: '0xa', comm_name: 'dp', rank: 2, n_ranks: 8 };
const metadata = { dump_timestamp_us: 1748030377748202, hostname: 'h1' };
const operation = (kind: string) => ({
  [kind]: 'AllReduce',
  [`${kind}_sn`]: 7,
  [`${kind}_msg_size_bytes`]: 65536,
  [`${kind}_exec_time_us`]: 61974,
  [`${kind}_timing_source`]: 'kernel_gpu',
  [`${kind}_busbw_gbs`]: 485.12,
  event_trace_ts: { kernel_events: [{ kernel_start_ts: 5, kernel_stop_ts: 9 }] },
});
const LINES: object[] = [
  { header, metadata, coll_perf: operation('coll') },
  { header, metadata, p2p_perf: { ...operation('p2p'), p2p_peer: 3 } },
  { header, metadata, dump_stats: { coll_dropped_since_last_dump: 0, p2p_dropped_since_last_dump: 0 } },
];

const WRONG: unknown[] = [
  ...[null, -1, 1.5, 0, 2 ** 60, true, '', 'x', 'nan', 'x'.repeat(65), 'x'.repeat(257), [], [[]], {}],
  Array.from({ length: 1025 }, () => ({ kernel_start_ts: 1, kernel_stop_ts: 2 })),
];

/** Every copy of a value with one place of it missing or something else. */
function* mutations(value: unknown, path = ''): Generator<{ path: string; mutated: unknown }> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const put = (other: unknown) => {
      const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...value };
      Object.assign(copy, { [key]: other });
      return copy;
    };
    for (const wrong of [undefined, ...WRONG]) yield { path: `${path}.${key}`, mutated: put(wrong) };
    for (const deeper of mutations(inner, `${path}.${key}`)) {
      yield { path: deeper.path, mutated: put(deeper.mutated) };
    }
  }
}

describe("NCCL Inspector's lines", () => {
  it('are taken and refused as the schema says, whatever is wrong with them, and the place is named', () => {
    const context = { tz: 'UTC', counted: 0, parts: {} };
    const seen = { taken: 0, refused: 0 };
    for (const line of LINES) {
      for (const { path, mutated } of mutations(line)) {
        const text = JSON.stringify(mutated);
        // Whose the lost operations were does not matter.
        const ofStats = 'dump_stats' in line && !path.startsWith('.dump_stats');
        if (!text.startsWith('{"header"') || ofStats) continue;
        const reading = ncclInspector.read(text, context);
        const { success, error } = schema.safeParse(JSON.parse(text));
        const refused = typeof reading === 'object' && 'problem' in reading;
        expect(refused, `${path}: ${text.slice(0, 200)} ${JSON.stringify(reading)}`).toBe(!success);
        seen[refused ? 'refused' : 'taken']++;
        if (!refused) continue;
        const places = error?.issues.map((issue) => issue.path.join('.'));
        expect(places).toContain(reading.problem.split(':')[0]);
      }
    }
    expect(seen.taken).toBeGreaterThan(50);
    expect(seen.refused).toBeGreaterThan(200);
  });
});
