import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDeviceDetectors, type Episode } from '../../../lib/detectors/index.ts';
import { frame, leafSpine, neighboursOf, type Values } from './frames.ts';

const PORTS = ['1', '2'];
const leaf = neighboursOf(leafSpine(1, 1, 1), 'leaf0');
const quiet: Values = { rxPauseFraction: [0, 0], txUtilFraction: [0.3, 0.3], linkRateBitsPerSec: [100e9, 100e9] };
const storm: Values = { ...quiet, rxPauseFraction: [0.7, 0] };
/** Three seconds of storm, 12 of peace: as often as a storm can open. */
const bout = [...Array.from({ length: 3 }, () => storm), ...Array.from({ length: 12 }, () => quiet)];
const rest = (seconds: number): Values[] => Array.from({ length: seconds }, () => quiet);
const bouts = (times: number): Values[] => Array.from({ length: times }, () => bout).flat();

function run(values: Values[], detectors = createDeviceDetectors('leaf0')): Episode[] {
  return values.flatMap((value, index) =>
    detectors.advance(frame('leaf0', PORTS, index * 1000, (index + 1) * 1000, value), leaf),
  );
}

const idsOf = (told: Episode[]): number => new Set(told.map((episode) => episode.id)).size;

describe('flap control', () => {
  it('three in a minute are three', () => {
    const told = run([...bouts(3), ...rest(60)]);
    expect(idsOf(told)).toBe(3);
    expect(told.filter((episode) => episode.endMs !== null)).toHaveLength(3);
  });

  it('the fourth is told as flapping and goes on through the ones after it', () => {
    const told = run([...bouts(9), ...rest(30)]);
    expect(idsOf(told)).toBe(4);
    const last = told.at(-1);
    expect(last).toMatchObject({ endMs: null, startMs: 45_000 });
    expect(last?.evidence.at(-1)).toMatchObject({ metric: 'opens', value: 4 });
  });

  it('ends with its last bad interval, after a quiet minute', () => {
    const before = run([...bouts(9), ...rest(40)]);
    expect(before.at(-1)?.endMs).toBeNull();
    const told = run([...bouts(9), ...rest(80)]);
    expect(told.at(-1)).toMatchObject({ startMs: 45_000, endMs: 123_000, endReason: 'recovered' });
  });

  it('storms half a minute apart are never one', () => {
    const told = run(Array.from({ length: 5 }, () => [...bout, ...rest(15)]).flat());
    expect(idsOf(told)).toBe(5);
  });

  it('a restart at any index changes nothing', () => {
    const values = [...bouts(7), ...rest(100)];
    const expected = run(values);
    fc.assert(
      fc.property(fc.nat(values.length - 1), (cut) => {
        let detectors = createDeviceDetectors('leaf0');
        const told = values.flatMap((value, index) => {
          const at = frame('leaf0', PORTS, index * 1000, (index + 1) * 1000, value);
          const episodes = [...detectors.advance(at, leaf), ...detectors.advance(at, leaf)];
          if (index === cut) {
            const saved = JSON.parse(JSON.stringify(detectors.snapshot()));
            detectors = createDeviceDetectors('leaf0');
            detectors.restore(saved);
          }
          return episodes;
        });
        expect(told).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});
