import type { PortDetail, SeriesAnswer } from '../../lib/api/types.ts';
import type { SampleField } from '../../lib/samples/fields.ts';
import { FIELD_INFO, type FieldUnit } from '../../lib/units/fields.ts';
import { lineKey } from './series.ts';

/** One chart of a port: fields that share a unit and a question. */
export interface PortChart {
  title: string;
  unit: FieldUnit;
  fields: SampleField[];
}

/** Every chart a port can have, in the order an operator asks. */
export const PORT_CHARTS: readonly PortChart[] = [
  { title: 'Pause', unit: 'fraction', fields: ['rxPauseFraction', 'txPauseFraction', 'xmitWaitFraction'] },
  { title: 'Utilisation', unit: 'fraction', fields: ['rxUtilFraction', 'txUtilFraction'] },
  { title: 'ECN mark share', unit: 'fraction', fields: ['ecnMarkFraction'] },
  {
    title: 'ECN and CNP',
    unit: 'packets_per_second',
    fields: ['ecnMarkedPerSec', 'cnpSentPerSec', 'cnpHandledPerSec'],
  },
  { title: 'Queue', unit: 'bytes', fields: ['queueWatermarkBytes', 'queueBytes'] },
  { title: 'Drops', unit: 'packets_per_second', fields: ['dropsPerSec', 'outOfBufferPerSec', 'outOfSequencePerSec'] },
  { title: 'Pause frames', unit: 'frames_per_second', fields: ['rxPauseFramesPerSec', 'txPauseFramesPerSec'] },
  {
    title: 'Storms and timeouts',
    unit: 'per_second',
    fields: ['watchdogStormsPerSec', 'pauseStormsPerSec', 'ackTimeoutsPerSec'],
  },
  { title: 'Errors', unit: 'per_second', fields: ['uncorrectablePerSec', 'symbolErrorsPerSec', 'correctedBitsPerSec'] },
  { title: 'Bit error ratio before FEC', unit: 'ratio', fields: ['preFecBer'] },
  { title: 'PCI stall', unit: 'fraction', fields: ['pciStallFraction'] },
  { title: 'Bytes', unit: 'bytes_per_second', fields: ['rxBytesPerSec', 'txBytesPerSec'] },
  { title: 'Optical power', unit: 'dbm', fields: ['rxPowerDbm'] },
  { title: 'Signal to noise', unit: 'decibels', fields: ['rxSnrDb'] },
  { title: 'Temperature', unit: 'celsius', fields: ['temperatureC'] },
];

/** Charts the operator always expects: without data they say that the device does not tell. */
const ALWAYS: ReadonlySet<string> = new Set(['Pause', 'Utilisation', 'ECN and CNP', 'Queue', 'Drops']);

/** The charts of a port that gives `fields`, each with only those; `missing` are the expected ones it cannot fill. */
export function chartsFor(fields: readonly SampleField[]): { charts: PortChart[]; missing: PortChart[] } {
  const given = new Set(fields);
  const charts: PortChart[] = [];
  const missing: PortChart[] = [];
  for (const chart of PORT_CHARTS) {
    const present = chart.fields.filter((field) => given.has(field));
    if (present.length > 0) charts.push({ ...chart, fields: present });
    else if (ALWAYS.has(chart.title)) missing.push(chart);
  }
  return { charts, missing };
}

/** Fields worth a line per PFC priority. */
const PRIORITY_FIELDS: ReadonlySet<SampleField> = new Set<SampleField>([
  'rxPauseFraction',
  'txPauseFraction',
  'rxPauseFramesPerSec',
  'txPauseFramesPerSec',
  'ecnMarkedPerSec',
  'ecnMarkFraction',
  'queueBytes',
  'queueWatermarkBytes',
]);

/** Priorities drawn at most: one line each per field stays readable. */
const MOST_PRIORITIES = 3;

/** The priorities that are paused most, each with the fields its device gives for it. */
export function prioritiesToDraw(priorities: PortDetail['priorities']): { priority: number; fields: SampleField[] }[] {
  const pause = (latest: PortDetail['priorities'][number]['latest']) =>
    Math.max(latest.rxPauseFraction ?? 0, latest.txPauseFraction ?? 0);
  return priorities
    .map(({ priority, latest }) => ({
      priority,
      blocked: pause(latest),
      fields: (Object.keys(latest) as SampleField[]).filter((field) => PRIORITY_FIELDS.has(field)).sort(),
    }))
    .filter(({ fields }) => fields.length > 0)
    .sort((a, b) => b.blocked - a.blocked || a.priority - b.priority)
    .slice(0, MOST_PRIORITIES)
    .sort((a, b) => a.priority - b.priority)
    .map(({ priority, fields }) => ({ priority, fields }));
}

const DASHES: readonly (string | undefined)[] = [undefined, '6 3', '2 3', '8 3 2 3', '1 4', '10 4', '4 2', '3 6'];

/** Lines a chart draws from an answer: fields in the chart's order, whole port first, then by priority. At most eight. */
export function chartLines(
  chart: PortChart,
  series: readonly SeriesAnswer['series'][number][],
): { key: string; label: string; colour: string; dash?: string }[] {
  const given = series.filter((line) => chart.fields.includes(line.labels.field));
  const speaks = ({ labels, values }: (typeof given)[number]) =>
    labels.priority === undefined || values.some((value) => value !== null && value !== 0);
  // A priority that never left zero tells nothing beside others; where all are so, that is what is to be told.
  const speaking = given.filter(speaks);
  const wanted = (speaking.length > 0 ? speaking : given)
    .toSorted(
      (a, b) =>
        (a.labels.priority ?? -1) - (b.labels.priority ?? -1) ||
        chart.fields.indexOf(a.labels.field) - chart.fields.indexOf(b.labels.field),
    )
    .slice(0, 8);
  return wanted.map((line, index) => {
    const { field, priority } = line.labels;
    const dash = DASHES[index];
    return {
      key: lineKey(line.labels),
      label: priority === undefined ? FIELD_INFO[field].label : `${FIELD_INFO[field].label}, priority ${priority}`,
      colour: `var(--series-${(index % 8) + 1})`,
      ...(dash === undefined ? {} : { dash }),
    };
  });
}
