import { pick, uniform } from '../../demo/fabric/draws.ts';
import type { RecordedColumn, RecordedCounters, RecordedValues, Recording } from '../../lib/replay/recording.ts';

/** What is taken from a recording, or done to it, before it is replayed. */
export const VARIANTS = [
  'as recorded',
  'no pause duration',
  'no ECN, no watermark',
  'no rank data',
  'no declared link rates',
  'rough',
] as const;
export type Variant = (typeof VARIANTS)[number];

/** Share of polls that a device does not answer in the rough variant. */
const MISSED_SHARE = 0.01;
const CLOCK_ERROR_MS = 1000;
/** Columns that say what is, not how much in all: a reset does not touch them. */
const GAUGES: ReadonlySet<RecordedColumn> = new Set(['queue_bytes', 'queue_watermark_bytes', 'link_rate_bps']);

/** A recording with fields hidden or spoiled. `pollMs` and `phaseMs` matter to the missed polls of `rough` only. */
export function applyVariant(
  recording: Recording,
  variant: Variant,
  pollMs: number,
  phaseMs: number,
  seed: number,
): Recording {
  switch (variant) {
    case 'as recorded':
      return recording;
    case 'no pause duration':
      return without(recording, ['rx_pause_us', 'tx_pause_us']);
    case 'no ECN, no watermark':
      return without(recording, ['ecn_marked_packets', 'queue_bytes', 'queue_watermark_bytes']);
    case 'no rank data':
      return withoutRanks(recording);
    case 'no declared link rates':
      return withoutRates(recording);
    case 'rough':
      return rough(recording, pollMs, phaseMs, seed);
  }
}

function without(recording: Recording, names: readonly RecordedColumn[]): Recording {
  const columns = new Map([...recording.counters.columns].filter(([name]) => !names.includes(name)));
  return { ...recording, counters: { ...recording.counters, columns } };
}

/** One record per step, of the job as a whole, as a log that only the last rank writes. */
function withoutRanks(recording: Recording): Recording {
  const whole = new Map<string, Recording['steps'][number]>();
  for (const { job, step, startMs, endMs } of recording.steps) {
    const known = whole.get(`${job}\n${step}`);
    whole.set(`${job}\n${step}`, {
      job,
      step,
      startMs: Math.min(startMs, known?.startMs ?? startMs),
      endMs: Math.max(endMs, known?.endMs ?? endMs),
    });
  }
  return { ...recording, steps: [...whole.values()].sort((a, b) => a.endMs - b.endMs) };
}

/** Cables as LLDP tells them: who is at the other end, but not how fast the cable should be. */
function withoutRates(recording: Recording): Recording {
  const links = recording.links.map(({ a, b, source }) => ({ a, b, source }));
  return { ...recording, links, declaredRateBitsPerSec: new Map() };
}

/** 1 % of polls unanswered, each device's clock up to 1 s off, and one switch that restarts its counters. */
function rough(recording: Recording, pollMs: number, phaseMs: number, seed: number): Recording {
  const { counters } = recording;
  const devices = [...new Set(counters.ports.map(({ device }) => device))];
  const switches = recording.devices.filter(({ role }) => role !== 'host').map(({ device }) => device);
  const resetDevice = switches[pick(switches.length, seed, 1)];
  const resetMs = recording.durationMs * (0.2 + 0.6 * uniform(seed, 2));
  const columns = new Map(
    [...counters.columns].map(([name, values]) => [name, GAUGES.has(name) ? values : copyValues(values)] as const),
  );
  const atMs = counters.atMs.slice();
  const rowsOf = counters.ports.map(({ device }, port) => {
    const rows = counters.rowsOf[port] ?? new Uint32Array();
    const deviceIndex = devices.indexOf(device);
    const shiftMs = CLOCK_ERROR_MS * (2 * uniform(seed, 3, deviceIndex) - 1);
    if (device === resetDevice) resetAt(columns, counters, rows, resetMs);
    const kept = rows.filter((row) => {
      const poll = Math.ceil(((counters.atMs[row] ?? 0) + shiftMs - phaseMs) / pollMs);
      return uniform(seed, 4, deviceIndex, poll) >= MISSED_SHARE;
    });
    for (const row of rows) atMs[row] = (counters.atMs[row] ?? 0) + shiftMs;
    return kept;
  });
  return { ...recording, counters: { ...counters, atMs, columns, rowsOf } };
}

function copyValues(values: RecordedValues): RecordedValues {
  return { high: values.high.slice(), low: values.low.slice(), present: values.present };
}

/** Counters of a port begin at zero again at this time. */
function resetAt(
  columns: ReadonlyMap<RecordedColumn, RecordedValues>,
  counters: RecordedCounters,
  rows: Uint32Array,
  resetMs: number,
): void {
  const first = rows.findIndex((row) => (counters.atMs[row] ?? 0) >= resetMs);
  if (first < 0) return;
  for (const [name, values] of columns) {
    if (GAUGES.has(name)) continue;
    const base = wide(values, rows[first] ?? 0);
    for (const row of rows.subarray(first)) {
      const value = wide(values, row) - base;
      values.high[row] = Number(BigInt.asUintN(32, value >> 32n));
      values.low[row] = Number(BigInt.asUintN(32, value));
    }
  }
}

function wide(values: RecordedValues, row: number): bigint {
  return (BigInt(values.high[row] ?? 0) << 32n) | BigInt(values.low[row] ?? 0);
}
