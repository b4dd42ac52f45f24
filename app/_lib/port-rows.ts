import type { SampleField } from '../../lib/samples/fields.ts';

/** Columns of numbers in the list of ports. */
export const PORT_COLUMNS: readonly { field: SampleField; header: string }[] = [
  { field: 'rxPauseFraction', header: 'rx pause' },
  { field: 'txPauseFraction', header: 'tx pause' },
  { field: 'rxUtilFraction', header: 'rx util' },
  { field: 'txUtilFraction', header: 'tx util' },
  { field: 'ecnMarkFraction', header: 'ECN' },
  { field: 'queueWatermarkBytes', header: 'watermark' },
  { field: 'dropsPerSec', header: 'drops' },
];

/** What the list may be sorted by. */
export type PortSort = SampleField | 'port';

/** A column as the URL names it; one that is not known falls back to what hurts. */
export function readPortSort(text: string): PortSort {
  if (text === 'port') return text;
  return PORT_COLUMNS.find(({ field }) => field === text)?.field ?? 'rxPauseFraction';
}

/** Which ports the reader wants to see, in which order. */
export interface PortView {
  search: string;
  sort: PortSort;
  desc: boolean;
}

export const DEFAULT_PORT_VIEW: PortView = { search: '', sort: 'rxPauseFraction', desc: true };

/** Rows that are read at a time; what is on screen is one or two of these. */
export const PORT_BLOCK = 100;

/** Numbers of the blocks that hold the rows from `first` to `last`. */
export function blocksOf(first: number, last: number): number[] {
  const from = Math.floor(Math.max(0, first) / PORT_BLOCK);
  const to = Math.floor(Math.max(0, last) / PORT_BLOCK);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
