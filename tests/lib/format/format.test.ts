import { describe, expect, it } from 'vitest';
import {
  formatGpuSeconds,
  formatIntervalMs,
  formatSeconds,
  formatSecondsRange,
} from '../../../lib/format/durations.ts';
import {
  formatCount,
  formatFraction,
  formatFractionCell,
  formatPlural,
  formatSi,
  formatSignificant,
} from '../../../lib/format/numbers.ts';
import { formatAgo, formatClock, formatDateTime, formatSince } from '../../../lib/format/times.ts';
import { formatField, formatUnit } from '../../../lib/format/values.ts';
import { SAMPLE_FIELDS } from '../../../lib/samples/fields.ts';
import { FIELD_INFO, fieldInfo } from '../../../lib/units/fields.ts';

describe('numbers', () => {
  it.each([
    [0, '0'],
    [1, '1'],
    [1.234, '1.23'],
    [9.999, '10.0'],
    [45.67, '45.7'],
    [789.4, '789'],
    [0.0123, '0.012'],
    [1e-9, '1.0e\u22129'],
  ])('keeps three significant digits of %d', (value, text) => {
    expect(formatSignificant(value)).toBe(text);
  });

  it.each([
    [1.25e9, 'B/s', '1.25 GB/s'],
    [999_999, 'b/s', '1 Mb/s'],
    [4e11, 'b/s', '400 Gb/s'],
    [0.5, '/s', '0.500 /s'],
    [-2500, 'B', '-2.50 kB'],
    [Number.NaN, 'B', 'no data'],
  ])('writes %d %s with an SI prefix', (value, unit, text) => {
    expect(formatSi(value, unit)).toBe(text);
  });

  it('never rounds a small share to nothing or an almost full one up silently', () => {
    expect(formatFraction(0)).toBe('0 %');
    expect(formatFraction(0.0004)).toBe('< 0.1 %');
    expect(formatFraction(0.0456)).toBe('4.6 %');
    expect(formatFraction(1)).toBe('100 %');
    expect(formatFractionCell(0.0004)).toBe('<0.1');
    expect(formatFractionCell(0.31)).toBe('31');
  });

  it('groups thousands and follows number', () => {
    expect(formatCount(1234567)).toBe('1,234,567');
    expect(formatPlural(1, 'port')).toBe('1 port');
    expect(formatPlural(1204, 'port')).toBe('1,204 ports');
  });
});

describe('durations', () => {
  it.each([
    [0, '0 s'],
    [0.0123, '12.3 ms'],
    [4.5, '4.50 s'],
    [3, '3 s'],
    [192, '3 min 12 s'],
    [3599.6, '1 h'],
    [7500, '2 h 5 min'],
    [90_000, '1 d 1 h'],
    [-2, '\u22122 s'],
  ])('writes %d s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });

  it('carries a rounded rest into the next unit', () => {
    expect(formatSeconds(7199)).toBe('2 h');
    expect(formatSeconds(86_399)).toBe('24 h');
  });

  it('shows a range once where both ends read alike', () => {
    expect(formatSecondsRange(1.2, 1.2)).toBe('1.20 s');
    expect(formatSecondsRange(1.2, 1.8)).toBe('1.20\u20131.80 s');
    expect(formatSecondsRange(0.5, 1.8)).toBe('500 ms \u2013 1.80 s');
  });

  it('turns GPU-seconds into hours past one', () => {
    expect(formatGpuSeconds(412)).toBe('412 GPU-s');
    expect(formatGpuSeconds(12_240)).toBe('3.40 GPU-h');
    expect(formatGpuSeconds(36_000_000)).toBe('10,000 GPU-h');
  });

  it('writes intervals as asked and as achieved', () => {
    expect(formatIntervalMs(1000)).toBe('1 s');
    expect(formatIntervalMs(4983)).toBe('4.98 s');
    expect(formatIntervalMs(500)).toBe('500 ms');
  });
});

describe('times', () => {
  const noon = Date.UTC(2026, 10, 22, 12, 0, 5);
  it('writes UTC so that server and reader agree', () => {
    expect(formatClock(noon, 'utc')).toBe('12:00:05');
    expect(formatDateTime(noon, 'utc')).toBe('2026-11-22 12:00:05 UTC');
    expect(formatSince(noon, noon + 1000, 'utc')).toBe('12:00:05');
    expect(formatSince(noon, noon + 86_400_000, 'utc')).toBe('2026-11-22 12:00:05');
  });
  it('says how long ago, and now for a clock that is ahead', () => {
    expect(formatAgo(noon, noon - 5000)).toBe('now');
    expect(formatAgo(noon, noon + 12_900)).toBe('12 s ago');
    expect(formatAgo(noon, noon + 180_000)).toBe('3 min ago');
  });
});

describe('fields', () => {
  it('names and measures every canonical field', () => {
    for (const field of SAMPLE_FIELDS) {
      expect(FIELD_INFO[field].label).not.toBe('');
      expect(formatField(field, 1)).not.toBe('');
    }
  });
  it('shows a missing value as missing, never as zero', () => {
    expect(formatField('rxPauseFraction', undefined)).toBe('no data');
    expect(formatField('rxPauseFraction', 0)).toBe('0 %');
    expect(formatUnit(null, 'bytes')).toBe('no data');
  });
  it('does not take a name from the prototype for a field', () => {
    expect(fieldInfo('toString')).toBeUndefined();
    expect(fieldInfo('linkUp')?.unit).toBe('flag');
  });
});
