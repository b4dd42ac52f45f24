import { describe, expect, it } from 'vitest';
import { QueuePeaks } from '../../../lib/collect/queue-peaks.ts';
import type { ReadingFrame } from '../../../lib/counters/reading.ts';
import type { SampleFrame } from '../../../lib/samples/frame.ts';

const NOW = 1_800_000_000_000;

function told(peaks: Record<string, number>, endMs = NOW - 200, device = 'leaf1'): SampleFrame {
  const ports = Object.keys(peaks);
  return {
    ...{ device, ports, quality: new Uint8Array(ports.length) },
    startMs: Float64Array.from(ports, () => endMs - 1),
    endMs: Float64Array.from(ports, () => endMs),
    columns: [
      { field: 'queueWatermarkBytes', priority: 3, values: Float64Array.from(Object.values(peaks)) },
      { field: 'dropsPerSec', priority: 3, values: Float64Array.from(ports, () => 7) },
    ],
  };
}

function reading(own?: number[], ports = ['Ethernet1', 'Ethernet2']): ReadingFrame {
  return {
    ...{ device: 'leaf1', ports, clockErrorMs: 0, counters: [] },
    atMs: Float64Array.from(ports, () => NOW),
    linkRateBitsPerSec: new Float64Array(ports.length),
    linkUp: new Uint8Array(ports.length),
    gauges: own === undefined ? [] : [{ gauge: 'queueWatermarkBytes', priority: 3, values: Float64Array.from(own) }],
  };
}

const joined = (peaks: QueuePeaks, frame = reading()) =>
  peaks.joinTo(frame).gauges.map(({ gauge, priority, values }) => [gauge, priority, ...values]);

describe('depths that another source tells', () => {
  it('join the next reading once, by name of the port', () => {
    const peaks = new QueuePeaks();
    peaks.note(told({ Ethernet2: 500, elsewhere: 9 }));
    peaks.note(told({ Ethernet2: 300 }, NOW - 100));
    expect(joined(peaks)).toEqual([['queueWatermarkBytes', 3, Number.NaN, 500]]);
    expect(joined(peaks)).toEqual([]);
  });

  it('the deeper counts where the reading has its own, which is left as it is', () => {
    const peaks = new QueuePeaks();
    peaks.note(told({ Ethernet1: 500, Ethernet2: 500 }));
    const own = reading([900, 100]);
    expect(joined(peaks, own)).toEqual([['queueWatermarkBytes', 3, 900, 500]]);
    expect([...own.gauges[0]!.values]).toEqual([900, 100]);
  });

  it('those of long ago, or of another device, are not of this reading', () => {
    const peaks = new QueuePeaks();
    peaks.note(told({ Ethernet1: 500 }, NOW - 61_000));
    peaks.note(told({ Ethernet2: 500 }, NOW, 'leaf2'));
    expect(joined(peaks)).toEqual([]);
  });

  it('an old one that nobody took gives way to a smaller one of now', () => {
    const peaks = new QueuePeaks();
    peaks.note(told({ Ethernet1: 900 }, NOW - 100_000));
    peaks.note(told({ Ethernet1: 5 }));
    expect(joined(peaks)).toEqual([['queueWatermarkBytes', 3, 5, Number.NaN]]);
  });

  it('are kept up to a bound, and what is taken makes room', () => {
    const peaks = new QueuePeaks();
    const many = (from: number) =>
      Object.fromEntries(Array.from({ length: 32_768 }, (_, port) => [`port${from + port}`, 1]));
    peaks.note(told(many(0)));
    peaks.note(told({ Ethernet1: 5 }));
    expect(joined(peaks)).toEqual([]);
    peaks.note(told({ Ethernet1: 5 }));
    expect(joined(peaks)).toEqual([['queueWatermarkBytes', 3, 5, Number.NaN]]);
  });
});
