import type { RecordedColumn, Recording } from '../lib/replay/recording.ts';

/** What is taken away from a recording or done to it, to see what a real fabric would leave of the answers. */
export const VARIANTS = [
  'plain',
  'no-pause-duration',
  'no-ecn-no-watermark',
  'no-rank-data',
  'missed-polls',
  'counter-reset',
  'clock-error',
] as const;
export type Variant = (typeof VARIANTS)[number];

/** The recording as it would be with this variant; the given one stays as it is. */
export function withVariant(recording: Recording, variant: Variant): Recording {
  switch (variant) {
    case 'plain':
      return recording;
    case 'no-pause-duration':
      return without(recording, ['rx_pause_us', 'tx_pause_us']);
    case 'no-ecn-no-watermark':
      return without(recording, ['ecn_marked_packets', 'queue_watermark_bytes', 'queue_bytes']);
    case 'no-rank-data':
      return { ...recording, steps: wholeJobSteps(recording) };
    case 'missed-polls':
      return missedPolls(recording);
    case 'counter-reset':
      return counterReset(recording);
    case 'clock-error':
      return clockError(recording);
  }
}

function without(recording: Recording, hidden: readonly RecordedColumn[]): Recording {
  const columns = new Map(recording.counters.columns);
  for (const column of hidden) columns.delete(column);
  return { ...recording, counters: { ...recording.counters, columns } };
}

function wholeJobSteps(recording: Recording): Recording['steps'] {
  const whole = new Map<string, Recording['steps'][number]>();
  for (const { job, step, startMs, endMs } of recording.steps) {
    const key = `${job}\n${step}`;
    const known = whole.get(key);
    if (known === undefined) whole.set(key, { job, step, startMs, endMs });
    else {
      known.startMs = Math.min(known.startMs, startMs);
      known.endMs = Math.max(known.endMs, endMs);
    }
  }
  return [...whole.values()].sort((a, b) => a.endMs - b.endMs);
}

/** A small generator with a fixed seed: the same rows are lost each time. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Every port loses 1 % of its seconds: all rows of that second. */
function missedPolls(recording: Recording): Recording {
  const random = randomFrom(7);
  const { atMs, rowsOf } = recording.counters;
  return {
    ...recording,
    counters: {
      ...recording.counters,
      rowsOf: rowsOf.map((rows) => {
        const lost = new Set<number>();
        for (let second = 0; second <= recording.durationMs / 1000; second++) if (random() < 0.01) lost.add(second);
        return rows.filter((row) => !lost.has(Math.floor((atMs[row] ?? 0) / 1000)));
      }),
    },
  };
}

/** One switch in the middle of the list restarts its counters half-way. */
function counterReset(recording: Recording): Recording {
  const { ports, atMs, rowsOf, columns } = recording.counters;
  const switches = recording.devices.filter((device) => device.role !== 'host').map((device) => device.device);
  const device = switches[switches.length >> 1];
  const at = recording.durationMs / 2;
  const changed = new Map(
    [...columns].map(([name, values]) => [
      name,
      { high: values.high.slice(), low: values.low.slice(), present: values.present },
    ]),
  );
  for (const [port, ref] of ports.entries()) {
    if (ref.device !== device) continue;
    const rows = rowsOf[port] ?? new Uint32Array();
    for (const [name, values] of changed) {
      if (name.startsWith('queue') || name === 'link_rate_bps') continue;
      let base: number | undefined;
      for (const row of rows) {
        if ((atMs[row] ?? 0) < at) continue;
        const value = (values.high[row] ?? 0) * 2 ** 32 + (values.low[row] ?? 0);
        base ??= value;
        const left = value - base;
        values.high[row] = Math.floor(left / 2 ** 32);
        values.low[row] = left % 2 ** 32;
      }
    }
  }
  return { ...recording, counters: { ...recording.counters, columns: changed } };
}

/** Every device's clock is off by up to one second. */
function clockError(recording: Recording): Recording {
  const random = randomFrom(11);
  const offsets = new Map(recording.devices.map(({ device }) => [device, Math.round((random() * 2 - 1) * 1000)]));
  const atMs = Float64Array.from(recording.counters.atMs);
  for (const [port, ref] of recording.counters.ports.entries()) {
    const offset = offsets.get(ref.device) ?? 0;
    for (const row of recording.counters.rowsOf[port] ?? []) atMs[row] = (atMs[row] ?? 0) + offset;
  }
  return { ...recording, counters: { ...recording.counters, atMs } };
}
