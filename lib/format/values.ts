import type { Evidence } from '../detectors/episode.ts';
import type { SampleField } from '../samples/fields.ts';
import { FIELD_INFO, type FieldUnit } from '../units/fields.ts';
import { formatSeconds } from './durations.ts';
import { formatFraction, formatSi, formatSignificant, MISSING_TEXT } from './numbers.ts';

const UNIT_FORMATS: Readonly<Record<FieldUnit, (value: number) => string>> = {
  bytes_per_second: (value) => formatSi(value, 'B/s'),
  bits_per_second: (value) => formatSi(value, 'b/s'),
  packets_per_second: (value) => formatSi(value, 'pkt/s'),
  frames_per_second: (value) => formatSi(value, 'frames/s'),
  per_second: (value) => formatSi(value, '/s'),
  fraction: formatFraction,
  microseconds: (value) => formatSeconds(value / 1e6),
  bytes: (value) => formatSi(value, 'B'),
  ratio: (value) => formatSignificant(value),
  flag: (value) => (value > 0 ? 'up' : 'down'),
  dbm: (value) => `${value.toFixed(1)} dBm`,
  decibels: (value) => `${value.toFixed(1)} dB`,
  celsius: (value) => `${value.toFixed(0)} \u00b0C`,
};

/** A value in its unit; a missing one says so. */
export function formatUnit(value: number | null | undefined, unit: FieldUnit): string {
  return value === null || value === undefined || !Number.isFinite(value) ? MISSING_TEXT : UNIT_FORMATS[unit](value);
}

/**
 * A value for the narrow column beside an axis: what is counted stands in the chart's title, so "/s" is enough, and a
 * small share keeps its digits, so that no two ticks read alike.
 */
export function formatAxisValue(value: number, unit: FieldUnit): string {
  if (unit === 'fraction') return `${formatSignificant(Number((value * 100).toPrecision(3)))} %`;
  const counted = unit === 'packets_per_second' || unit === 'frames_per_second';
  return formatUnit(value, counted ? 'per_second' : unit);
}

/** A canonical field's value with its unit. */
export function formatField(field: SampleField, value: number | null | undefined): string {
  return formatUnit(value, FIELD_INFO[field].unit);
}

const EVIDENCE_FORMATS: Readonly<Record<Evidence['unit'], (value: number) => string>> = {
  fraction: formatFraction,
  bytes: (value) => formatSi(value, 'B'),
  seconds: formatSeconds,
  per_second: (value) => formatSi(value, '/s'),
  count: (value) => formatSi(value, ''),
  ratio: (value) => formatSignificant(value),
  bits_per_second: (value) => formatSi(value, 'b/s'),
};

/** The number an incident stands on, in its unit. */
export function formatEvidenceValue(value: number, unit: Evidence['unit']): string {
  return Number.isFinite(value) ? EVIDENCE_FORMATS[unit](value) : MISSING_TEXT;
}
