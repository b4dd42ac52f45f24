import type { SeriesAnswer } from '../lib/api/types.ts';
import type { SampleField } from '../lib/samples/fields.ts';

/** One column of counters.csv: which field it comes from, and what one second of it adds (gauges: null). */
interface Column {
  title: string;
  field: SampleField;
  /** Counter units for each unit of the field and second; null: the value itself, no sum. */
  perSecond: number | null;
  /** Belongs to the lossless priority where the device tells priorities apart. */
  pfc: boolean;
}

const MICROSECONDS = 1e6;

/** The columns that the store has something for, in the order of the format. */
export const COLUMNS: readonly Column[] = [
  { title: 'tx_bytes', field: 'txBytesPerSec', perSecond: 1, pfc: false },
  { title: 'rx_bytes', field: 'rxBytesPerSec', perSecond: 1, pfc: false },
  { title: 'tx_packets', field: 'txPacketsPerSec', perSecond: 1, pfc: false },
  { title: 'rx_packets', field: 'rxPacketsPerSec', perSecond: 1, pfc: false },
  { title: 'tx_pause_frames', field: 'txPauseFramesPerSec', perSecond: 1, pfc: true },
  { title: 'rx_pause_frames', field: 'rxPauseFramesPerSec', perSecond: 1, pfc: true },
  { title: 'rx_pause_us', field: 'rxPauseFraction', perSecond: MICROSECONDS, pfc: true },
  { title: 'tx_pause_us', field: 'txPauseFraction', perSecond: MICROSECONDS, pfc: true },
  { title: 'ecn_marked_packets', field: 'ecnMarkedPerSec', perSecond: 1, pfc: false },
  { title: 'queue_bytes', field: 'queueBytes', perSecond: null, pfc: false },
  { title: 'queue_watermark_bytes', field: 'queueWatermarkBytes', perSecond: null, pfc: false },
  { title: 'drops', field: 'dropsPerSec', perSecond: 1, pfc: false },
  { title: 'cnp_handled', field: 'cnpHandledPerSec', perSecond: 1, pfc: false },
  { title: 'out_of_sequence', field: 'outOfSequencePerSec', perSecond: 1, pfc: false },
  { title: 'link_rate_bps', field: 'linkRateBitsPerSec', perSecond: null, pfc: false },
];

export const FIELDS: SampleField[] = [...new Set(COLUMNS.map((column) => column.field))];

type Series = SeriesAnswer['series'][number];

/** Pause seconds seen at each priority of one port: the recording's lossless priority is the one with the most. */
export function pauseByPriority(series: readonly Series[]): Map<number, number> {
  const seconds = new Map<number, number>();
  for (const { labels, values } of series) {
    if (labels.priority === undefined || !labels.field.endsWith('PauseFraction')) continue;
    const sum = values.reduce<number>((total, value) => total + (value ?? 0), 0);
    seconds.set(labels.priority, (seconds.get(labels.priority) ?? 0) + sum);
  }
  return seconds;
}

/** The median distance of timestamps, ms; null below two. */
export function medianIntervalMs(timestampsMs: readonly number[]): number | null {
  const gaps = timestampsMs.slice(1).map((atMs, index) => atMs - (timestampsMs[index] ?? atMs));
  gaps.sort((a, b) => a - b);
  return gaps[Math.floor((gaps.length - 1) / 2)] ?? null;
}

/**
 * Turns the rates of one port back into counters that begin at 0: what a poller saw, row by row. A field the device
 * does not give stays empty; after a gap the counters go on, as those of a device do.
 * @param fromMs becomes time 0
 */
export function rowsOfPort(
  device: string,
  port: string,
  series: readonly Series[],
  pfcPriority: number,
  fromMs: number,
): string[] {
  const inputs = COLUMNS.map((column) => inputOf(series, column, pfcPriority));
  const times = [...new Set(inputs.flatMap((input) => [...(input?.keys() ?? [])]))].sort((a, b) => a - b);
  const intervalMs = medianIntervalMs(times);
  const [firstMs] = times;
  if (intervalMs === null || firstMs === undefined) return [];
  const name = `${csvCell(device)},${csvCell(port)}`;
  const sums = COLUMNS.map(() => 0);
  const row = (atMs: number, previousMs: number | null): string => {
    const cells = COLUMNS.map(({ perSecond }, index) => {
      const input = inputs[index];
      if (!input) return '';
      const value = input.get(atMs);
      if (perSecond === null) return value === undefined ? '' : String(Math.round(value));
      const seconds = previousMs === null ? 0 : (atMs - previousMs) / 1000;
      sums[index] = (sums[index] ?? 0) + (value ?? 0) * perSecond * seconds;
      return previousMs === null || value !== undefined ? String(Math.round(sums[index] ?? 0)) : '';
    });
    return `${Math.round(atMs - fromMs)},${name},${cells.join(',')}`;
  };
  const rows = [row(firstMs - intervalMs, null)];
  times.forEach((atMs, index) => {
    rows.push(row(atMs, times[index - 1] ?? firstMs - intervalMs));
  });
  return rows;
}

/** Values by time of the series a column comes from: for a PFC column its priority, else the whole port. */
function inputOf(series: readonly Series[], column: Column, pfcPriority: number): Map<number, number> | undefined {
  const ofField = series.filter(({ labels }) => labels.field === column.field);
  const whole = ofField.find(({ labels }) => labels.priority === undefined);
  const ofPriority = ofField.find(({ labels }) => labels.priority === pfcPriority);
  const chosen = column.pfc ? (ofPriority ?? whole) : (whole ?? ofPriority);
  if (!chosen) return undefined;
  const values = new Map<number, number>();
  chosen.timestampsMs.forEach((atMs, index) => {
    const value = chosen.values[index];
    if (value !== null && value !== undefined) values.set(atMs, value);
  });
  return values.size === 0 ? undefined : values;
}

/** A CSV cell: quoted where its text needs it. */
export function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
