import { describe, expect, it } from 'vitest';
import { createNormaliser } from '../../../lib/counters/index.ts';
import type { CounterColumn } from '../../../lib/counters/reading.ts';
import { column, type SampleFrame } from '../../../lib/samples/frame.ts';
import { type Poll, reading } from './readings.ts';

const RATE = 400e9;
const bin = (symbols: number, value: bigint | null): CounterColumn => ({
  ...reading({ atMs: 0, counters: { codewordErrors: [value] } }).counters[0]!,
  priority: symbols,
});

/** Bins that fall to a tenth with every symbol, of some codewords so far. */
const tenths = (good: bigint): CounterColumn[] =>
  Array.from({ length: 16 }, (_, symbols) => bin(symbols, (good * 10n ** 20n) / 10n ** BigInt(20 + symbols)));

function predictions(polls: (Partial<Poll> & { atMs: number; bins: CounterColumn[] })[]): [number, number, number][] {
  const normaliser = createNormaliser();
  return polls.flatMap(({ bins, ...poll }) => {
    const frame = reading({ rate: RATE, counters: { rxBytes: [BigInt(poll.atMs)] }, ...poll });
    frame.counters.push(...bins);
    const { frames } = normaliser.advance(frame);
    return frames.flatMap((one: SampleFrame) => {
      const loss = column(one, 'predictedFrameLossRatio')?.[0];
      return loss === undefined ? [] : [[one.startMs[0]!, one.endMs[0]!, loss] as [number, number, number]];
    });
  });
}

const FORETOLD = (2.125 * 1.1111e-16) / 1.1111111111111;

describe('bins of corrected codewords', () => {
  it('give a prediction for each two minutes, by all codewords counted', () => {
    const polls = Array.from({ length: 25 }, (_, index) => ({
      atMs: index * 10_000,
      bins: tenths(BigInt(index + 1) * 10n ** 9n),
    }));
    const found = predictions(polls);
    expect(found.map(([startMs, endMs]) => [startMs, endMs])).toEqual([
      [0, 120_000],
      [120_000, 240_000],
    ]);
    for (const [, , loss] of found) expect(loss / FORETOLD).toBeCloseTo(1, 3);
  });

  it('know from the link rate how many there were where the good ones are not counted', () => {
    const bins = (of: bigint) => tenths(of).filter(({ priority }) => priority > 0);
    const [[, , loss] = []] = predictions([
      { atMs: 0, bins: bins(0n) },
      { atMs: 120_000, bins: bins(10n ** 9n) },
    ]);
    const codewords = (RATE * 1.0625 * 120) / 5440;
    expect((loss ?? 0) / (FORETOLD * (1.1111111111111e9 / codewords))).toBeCloseTo(1, 3);
  });

  it('begin anew after a restart, a fall or another speed, and say nothing of a silent port', () => {
    const [few, many] = [tenths(10n ** 9n), tenths(2n * 10n ** 9n)];
    expect(
      predictions([
        { atMs: 0, bins: many },
        { atMs: 120_000, bins: few },
      ]),
    ).toEqual([]);
    expect(
      predictions([
        { atMs: 0, bins: few },
        { atMs: 120_000, bins: many, rate: 100e9 },
      ]),
    ).toEqual([]);
    expect(
      predictions([
        { atMs: 0, bins: few, bootId: 'a' },
        { atMs: 120_000, bins: many, bootId: 'b' },
      ]),
    ).toEqual([]);
    expect(
      predictions([
        { atMs: 0, bins: few },
        { atMs: 120_000, bins: [bin(1, null), bin(2, null)] },
      ]),
    ).toEqual([]);
    expect(
      predictions([
        { atMs: 0, bins: few },
        { atMs: 120_000, bins: few },
      ]),
    ).toEqual([]);
  });

  it('change nothing else in the samples', () => {
    const [plain, withBins] = [createNormaliser(), createNormaliser()];
    for (let second = 0; second < 200; second += 10) {
      const poll = reading({ atMs: second * 1000, counters: { rxBytes: [BigInt(second) * 1000n] } });
      const more = { ...poll, counters: [...poll.counters, ...tenths(BigInt(second) * 10n ** 8n)] };
      const frames = withBins.advance(more).frames.filter((frame) => !column(frame, 'predictedFrameLossRatio'));
      expect(frames).toEqual(plain.advance(poll).frames);
    }
  });
});
