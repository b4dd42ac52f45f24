import type { PortRow } from '../../lib/api/types.ts';
import type { SampleField } from '../../lib/samples/fields.ts';
import { portName } from './paths.ts';

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

/** Rows whose port, peer or job holds every word of the filter; `job:x` and `device:x` look only there. */
export function filterPorts(rows: readonly PortRow[], filter: string): PortRow[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...rows];
  return rows.filter((row) => words.every((word) => matches(row, word)));
}

function matches(row: PortRow, word: string): boolean {
  const jobs = row.jobs.join(' ').toLowerCase();
  if (word.startsWith('job:')) return jobs.includes(word.slice(4));
  if (word.startsWith('device:')) return row.device.toLowerCase().includes(word.slice(7));
  const peer = row.peer === null ? '' : portName(row.peer).toLowerCase();
  return portName(row).toLowerCase().includes(word) || peer.includes(word) || jobs.includes(word);
}

/** How names with numbers sort: leaf2 before leaf10, Ethernet1/9 before Ethernet1/10. */
const natural = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

export function compareNames(a: PortRow, b: PortRow): number {
  return natural.compare(a.device, b.device) || natural.compare(a.port, b.port);
}
