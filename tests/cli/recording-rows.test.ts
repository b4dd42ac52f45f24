import { describe, expect, it } from 'vitest';
import { COLUMNS, csvCell, pauseByPriority, rowsOfPort } from '../../cli/recording-rows.ts';
import type { SeriesAnswer } from '../../lib/api/types.ts';

type Series = SeriesAnswer['series'][number];
const series = (
  field: Series['labels']['field'],
  values: (number | null)[],
  priority?: number,
  timestampsMs = values.map((_, index) => 11_000 + index * 1000),
): Series => ({
  labels: { device: 'leaf1', port: 'Ethernet1/1', field, ...(priority === undefined ? {} : { priority }) },
  unit: '',
  timestampsMs,
  values,
});
/** The rows as objects by column. */
const table = (...given: Series[]): Record<string, unknown>[] =>
  rowsOfPort('leaf1', 'Ethernet1/1', given, 3, 10_000).map((row) => {
    const [time, device, port, ...cells] = row.split(',');
    return { t: Number(time), device, port, ...Object.fromEntries(COLUMNS.map(({ title }, i) => [title, cells[i]])) };
  });

describe('rowsOfPort', () => {
  it('sums rates to counters that begin one interval before the first sample', () => {
    const rows = table(series('rxBytesPerSec', [100, 300]), series('rxPauseFraction', [0.5, 0.25], 3));
    expect(rows.map(({ t, rx_bytes, rx_pause_us }) => [t, rx_bytes, rx_pause_us])).toEqual([
      [0, '0', '0'],
      [1000, '100', '500000'],
      [2000, '400', '750000'],
    ]);
    expect(rows[0]).toMatchObject({ device: 'leaf1', port: 'Ethernet1/1' });
  });

  it('leaves what the device does not give empty, and a missed value too', () => {
    const rows = table(
      series('rxBytesPerSec', [100, 100]),
      series('queueBytes', [7, null]),
      series('dropsPerSec', [null, 2]),
    );
    expect(rows.map((row) => row.tx_bytes)).toEqual(['', '', '']);
    expect(rows.map((row) => row.queue_bytes)).toEqual(['', '7', '']);
    expect(rows.map((row) => row.drops)).toEqual(['0', '', '2']);
  });

  it('goes on counting over a gap', () => {
    const rows = table(series('rxBytesPerSec', [10, 10, 10], undefined, [11_000, 12_000, 17_000]));
    expect(rows.map(({ t, rx_bytes }) => [t, rx_bytes])).toEqual([
      [0, '0'],
      [1000, '10'],
      [2000, '20'],
      [7000, '70'],
    ]);
  });

  it('takes pause from the lossless priority, or from the whole port where there is none', () => {
    const [, second] = table(series('rxPauseFraction', [0.1, 0.1]), series('rxPauseFraction', [0.2, 0.2], 3));
    expect(second?.rx_pause_us).toBe('200000');
    const [, whole] = table(series('rxPauseFraction', [0.1, 0.1]), series('rxPauseFraction', [0.2, 0.2], 4));
    expect(whole?.rx_pause_us).toBe('100000');
  });

  it('has no rows where there is nothing to tell an interval from', () => {
    expect(table(series('rxBytesPerSec', [1]))).toEqual([]);
    expect(table()).toEqual([]);
  });
});

it('adds up pause by priority', () => {
  expect(
    pauseByPriority([
      series('rxPauseFraction', [0.5, null], 3),
      series('txPauseFraction', [0.25], 3),
      series('rxPauseFraction', [1]),
    ]),
  ).toEqual(new Map([[3, 0.75]]));
});

it('quotes names that need it', () => {
  expect(['a', 'a,b', 'say "x"'].map(csvCell)).toEqual(['a', '"a,b"', '"say ""x"""']);
});
