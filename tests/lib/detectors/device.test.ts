import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectiveFanIn } from '../../../lib/detectors/incast/fan-in.ts';
import { createDeviceDetectors, type Episode } from '../../../lib/detectors/index.ts';
import { balanceOf } from '../../../lib/detectors/uplink-imbalance/balance.ts';
import { frame, leafSpine, neighboursOf, type Values } from './frames.ts';

const PORTS = ['1', '2', '3', '4', '5', '6'];
const fabric = leafSpine(2, 2, 4);
const leaf = neighboursOf(fabric, 'leaf0');

/** Four hosts and two uplinks, quiet. */
const quiet: Required<
  Pick<
    Values,
    | 'rxPauseFraction'
    | 'txPauseFraction'
    | 'txUtilFraction'
    | 'ecnMarkFraction'
    | 'rxBytesPerSec'
    | 'linkRateBitsPerSec'
  >
> = {
  rxPauseFraction: [0, 0, 0, 0, 0, 0],
  txPauseFraction: [0, 0, 0, 0, 0, 0],
  txUtilFraction: [0.3, 0.3, 0.3, 0.3, 0.3, 0.3],
  ecnMarkFraction: [0, 0, 0, 0, 0, 0],
  rxBytesPerSec: [1e9, 1e9, 1e9, 1e9, 2e9, 2e9],
  linkRateBitsPerSec: [100e9, 100e9, 100e9, 100e9, 100e9, 100e9],
};

/** Runs seconds of values through fresh detectors; `pollMs` apart. */
function run(values: Values[], pollMs = 1000, detectors = createDeviceDetectors('leaf0')): Episode[] {
  return values.flatMap((value, index) =>
    detectors.advance(frame('leaf0', PORTS, index * pollMs, (index + 1) * pollMs, value), leaf),
  );
}

function repeat(value: Values, times: number): Values[] {
  return Array.from({ length: times }, (): Values => value);
}

const storm: Values = { ...quiet, rxPauseFraction: [0.7, 0, 0, 0, 0, 0] };
const slow: Values = { ...quiet, rxPauseFraction: [0.1, 0, 0, 0, 0, 0] };
const incast: Values = {
  ...quiet,
  txUtilFraction: [0.8, 0.3, 0.3, 0.3, 0.3, 0.3],
  ecnMarkFraction: [0.5, 0, 0, 0, 0, 0],
  txPauseFraction: [0, 0.1, 0.1, 0.1, 0.2, 0.2],
};
const collision: Values = {
  ...quiet,
  txUtilFraction: [0.3, 0.3, 0.3, 0.3, 0.9, 0.02],
  ecnMarkFraction: [0, 0, 0, 0, 0.3, 0],
  txPauseFraction: [0.05, 0.05, 0.05, 0.05, 0, 0],
};
/** A big flow on one uplink while the other carries a fair share, and the buffer takes it: hashing does that. */
const lopsided: Values = {
  ...quiet,
  txUtilFraction: [0.3, 0.3, 0.3, 0.3, 0.9, 0.35],
  ecnMarkFraction: [0, 0, 0, 0, 0.5, 0],
};
/** A buffer so deep that marks hold the senders and no pause is needed. */
const deepIncast: Values = {
  ...quiet,
  txUtilFraction: [0.9, 0.3, 0.3, 0.3, 0.3, 0.3],
  ecnMarkFraction: [0.8, 0, 0, 0, 0, 0],
};
const degraded: Values = { ...quiet, linkRateBitsPerSec: [100e9, 100e9, 100e9, 100e9, 25e9, 100e9] };
const lossy: Values = {
  ...quiet,
  txPacketsPerSec: [1e6, 1e6, 1e6, 1e6, 1e6, 1e6],
  dropsPerSec: [0, 5000, 0, 0, 0, 0],
};

describe('what opens', () => {
  it.each([
    ['a storm in one interval', repeat(storm, 1), 1000, 'pause-storm', '1', 'critical'],
    [
      'a storm of three seconds at a 5 s poll',
      [{ ...quiet, rxPauseFraction: [0.42, 0, 0, 0, 0, 0] }],
      5000,
      'slow-receiver',
      '1',
      'warning',
    ],
    ['a slow receiver', repeat(slow, 4), 1000, 'slow-receiver', '1', 'warning'],
    [
      'a storm counter that moved',
      [{ ...quiet, pauseStormsPerSec: [0, 0, 1, 0, 0, 0] }],
      1000,
      'pause-storm',
      '3',
      'critical',
    ],
    ['an incast', [...repeat(quiet, 25), ...repeat(incast, 4)], 1000, 'incast', '1', 'warning'],
    ['an incast at a 5 s poll', [...repeat(quiet, 8), ...repeat(incast, 2)], 5000, 'incast', '1', 'warning'],
    ['an incast without pause', [...repeat(quiet, 25), ...repeat(deepIncast, 4)], 1000, 'incast', '1', 'warning'],
    [
      'an uneven uplink that holds those below',
      [...repeat(quiet, 25), ...repeat({ ...lopsided, txPauseFraction: [0.1, 0.1, 0, 0, 0, 0] }, 4)],
      1000,
      'ecmp-collision',
      '5',
      'warning',
    ],
    ['colliding uplinks', [...repeat(quiet, 25), ...repeat(collision, 4)], 1000, 'ecmp-collision', '5', 'warning'],
    ['a link below its speed', [degraded], 1000, 'link-degraded', '5', 'critical'],
    ['lost packets, twice', repeat(lossy, 2), 1000, 'packet-loss', '2', 'warning'],
    [
      'a link in use that goes down',
      [...repeat(quiet, 3), { ...quiet, linkUp: [1, 0, 1, 1, 1, 1] }],
      1000,
      null,
      '',
      '',
    ],
  ] satisfies [string, Values[], number, string | null, string, string][])(
    '%s',
    (_name, values, pollMs, kind, port, severity) => {
      const episodes = run(values, pollMs);
      if (kind === null) return expect(episodes).toEqual([]);
      expect(episodes[0]).toMatchObject({ kind, port, severity, endMs: null });
      expect(episodes[0]?.evidence.length).toBeGreaterThan(0);
    },
  );

  it('a link that went up and down', () => {
    const up = { ...quiet, linkUp: [1, 1, 1, 1, 1, 1] };
    const down = { ...quiet, linkUp: [1, 0, 1, 1, 1, 1] };
    const [first] = run([up, up, down]);
    expect(first).toMatchObject({ kind: 'link-flap', port: '2', severity: 'warning' });
    const idle = { ...up, txUtilFraction: [0, 0, 0, 0, 0, 0] };
    expect(run([idle, idle, { ...idle, linkUp: [1, 0, 1, 1, 1, 1] }])[0]).toMatchObject({ severity: 'info' });
  });

  it('bit errors at the limit (golden case 10)', () => {
    const rates = [400e9, 400e9, 400e9, 400e9, 400e9, 400e9];
    const noisy = {
      ...quiet,
      linkRateBitsPerSec: rates,
      correctedBitsPerSec: [4_250_000, 0, 0, 0, 0, 0],
      preFecBer: [4_250_000 / (400e9 * 1.0625), 0, 0, 0, 0, 0],
    };
    expect(noisy.preFecBer[0]).toBeCloseTo(1e-5, 9);
    expect(run([noisy])[0]).toMatchObject({ kind: 'link-degraded', port: '1', severity: 'warning' });
  });
});

describe('what stays silent', () => {
  it('a healthy device', () => {
    expect(run(repeat(quiet, 300))).toEqual([]);
  });

  it('a port that has always looked like this', () => {
    const standing = {
      ...quiet,
      ecnMarkFraction: [0.3, 0, 0, 0, 0, 0],
      txPauseFraction: [0, 0.02, 0.02, 0.02, 0.02, 0.02],
    };
    expect(run(repeat(standing, 200))).toEqual([]);
  });

  it('an uneven uplink that hurts nobody', () => {
    expect(run([...repeat(quiet, 25), ...repeat(lopsided, 20)])).toEqual([]);
  });

  it('a busy switch that holds its senders while all its ports are equally full and none marks', () => {
    const busy: Values = {
      ...quiet,
      txUtilFraction: [0.92, 0.91, 0.92, 0.9, 0.6, 0.6],
      txPauseFraction: [0.05, 0.05, 0.05, 0.05, 0.25, 0.25],
    };
    expect(run([...repeat(quiet, 25), ...repeat(busy, 10)])).toEqual([]);
    // Without marks to go by, or with one port fuller than all others, it begins there.
    const { ecnMarkFraction: _none, ...blind } = busy;
    const { ecnMarkFraction: _neither, ...blindQuiet } = quiet;
    expect(run([...repeat(blindQuiet, 25), ...repeat(blind, 10)])[0]).toMatchObject({ kind: 'incast', port: '1' });
    const alone = { ...busy, txUtilFraction: [0.92, 0.3, 0.3, 0.3, 0.6, 0.6] };
    expect(run([...repeat(quiet, 25), ...repeat(alone, 10)])[0]).toMatchObject({ kind: 'incast', port: '1' });
  });

  it('an uneven uplink without marks while the switch holds its senders for another reason', () => {
    const held: Values = {
      ...quiet,
      txUtilFraction: [0.3, 0.3, 0.3, 0.3, 0.9, 0.4],
      txPauseFraction: [0.3, 0.3, 0.3, 0.3, 0, 0],
    };
    expect(run([...repeat(quiet, 25), ...repeat(held, 10)])).toEqual([]);
    const idle = { ...held, txUtilFraction: [0.3, 0.3, 0.3, 0.3, 0.9, 0.02] };
    expect(run([...repeat(quiet, 25), ...repeat(idle, 10)])[0]).toMatchObject({ kind: 'ecmp-collision', port: '5' });
  });

  it('one uplink in use, as long as chance may do that and nobody is held', () => {
    const alone = { ...collision, txPauseFraction: quiet.txPauseFraction };
    // This leaf has never been seen to use both of its uplinks.
    const idle = { ...quiet, txUtilFraction: [0.3, 0.3, 0.3, 0.3, 0.6, 0] };
    const values = [...repeat(idle, 25), ...repeat(alone, 20)];
    expect(run(values)).toEqual([]);
    // Four equal senders meet on one of two uplinks in one draw of eight.
    const [told] = run(values, 1000, createDeviceDetectors('leaf0', { siblingChanceFraction: 0.13 }));
    expect(told).toMatchObject({ kind: 'ecmp-collision', port: '5' });
  });

  it('two big senders that chance puts on one uplink', () => {
    const pair = { ...collision, txPauseFraction: quiet.txPauseFraction, rxBytesPerSec: [6e9, 5e9, 0, 0, 1e9, 1e9] };
    expect(run([...repeat(quiet, 25), ...repeat(pair, 20)])).toEqual([]);
  });

  it('marks at a port that nobody waits for', () => {
    const marked = { ...deepIncast, ecnMarkFraction: [0.2, 0, 0, 0, 0, 0] };
    expect(run([...repeat(quiet, 25), ...repeat(marked, 20)])).toEqual([]);
  });

  it('one collective that fills a queue for a second', () => {
    const burst = [...repeat(quiet, 30), incast, ...repeat(quiet, 5), incast, ...repeat(quiet, 5)];
    expect(run(burst)).toEqual([]);
  });

  it('a share whose unit is in doubt', () => {
    const detectors = createDeviceDetectors('leaf0');
    for (let second = 0; second < 20; second++) {
      const doubtful = frame('leaf0', PORTS, second * 1000, (second + 1) * 1000, storm, 'suspect_unit');
      expect(detectors.advance(doubtful, leaf)).toEqual([]);
    }
  });

  it('pause between switches, which is told as information only', () => {
    const paused = { ...quiet, rxPauseFraction: [0, 0, 0, 0, 0.6, 0] };
    for (const episode of run(repeat(paused, 5)))
      expect(episode).toMatchObject({ kind: 'congestion', severity: 'info' });
  });
});

describe('how it ends', () => {
  it('with the last bad interval, after the hold', () => {
    const episodes = run([...repeat(storm, 5), ...repeat(quiet, 20)]);
    expect(episodes.map((episode) => episode.endMs)).toEqual([null, 5000]);
    expect(episodes[1]).toMatchObject({ id: episodes[0]?.id, endReason: 'recovered', startMs: 0 });
  });

  it('not at a gap of missing data', () => {
    const missing = Object.fromEntries(Object.keys(quiet).map((field) => [field, PORTS.map(() => Number.NaN)]));
    const episodes = run([...repeat(storm, 5), ...repeat(missing, 8), ...repeat(storm, 2)]);
    expect(episodes).toHaveLength(1);
  });

  it('as two when a good gap lies between', () => {
    const ids = new Set(
      run([...repeat(storm, 5), ...repeat(quiet, 30), ...repeat(storm, 5)]).map((episode) => episode.id),
    );
    expect(ids.size).toBe(2);
  });

  it('as data_lost when the port falls silent while the device goes on', () => {
    const detectors = createDeviceDetectors('leaf0');
    run(repeat(storm, 3), 1000, detectors);
    const told: Episode[] = [];
    for (let second = 3; second < 20; second++) {
      const rest = frame('leaf0', PORTS, second * 1000, (second + 1) * 1000, quiet);
      rest.startMs[0] = Number.NaN;
      rest.endMs[0] = Number.NaN;
      told.push(...detectors.advance(rest, leaf));
    }
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ endMs: 3000, endReason: 'data_lost' });
  });
});

describe('invariants', () => {
  const moods = [quiet, storm, slow, incast, collision, degraded, lossy];
  const day = fc.array(fc.tuple(fc.integer({ min: 0, max: moods.length - 1 }), fc.integer({ min: 1, max: 12 })), {
    minLength: 1,
    maxLength: 8,
  });
  const valuesOf = (runs: [number, number][]): Values[] => runs.flatMap(([mood, times]) => repeat(moods[mood]!, times));

  it('a restart at any index changes nothing', () => {
    fc.assert(
      fc.property(day, fc.nat(), (runs, where) => {
        const values = [...repeat(quiet, 22), ...valuesOf(runs)];
        const cut = where % values.length;
        let detectors = createDeviceDetectors('leaf0');
        const told = values.flatMap((value, index) => {
          const episodes = detectors.advance(frame('leaf0', PORTS, index * 1000, (index + 1) * 1000, value), leaf);
          if (index === cut) {
            const saved = JSON.parse(JSON.stringify(detectors.snapshot()));
            detectors = createDeviceDetectors('leaf0');
            detectors.restore(saved);
          }
          return episodes;
        });
        expect(told).toEqual(run(values));
      }),
      { numRuns: 60 },
    );
  });

  it('repeated and late intervals do no harm', () => {
    fc.assert(
      fc.property(day, (runs) => {
        const values = [...repeat(quiet, 22), ...valuesOf(runs)];
        const detectors = createDeviceDetectors('leaf0');
        const at = (index: number) => frame('leaf0', PORTS, index * 1000, (index + 1) * 1000, values[index]!);
        const told = values.flatMap((_, index) => [
          ...detectors.advance(at(index), leaf),
          ...detectors.advance(at(index), leaf),
          ...detectors.advance(at(Math.max(0, index - 3)), leaf),
        ]);
        expect(told).toEqual(run(values));
      }),
      { numRuns: 60 },
    );
  });
});

describe('arithmetic', () => {
  it('effective fan-in (golden case 8)', () => {
    expect(effectiveFanIn([4, 4, 4, 4])).toBe(4);
    expect(effectiveFanIn([10, 1, 1])).toBeCloseTo(1.412, 3);
    expect(effectiveFanIn([])).toBe(0);
  });

  it('balance of uplinks (golden case 9)', () => {
    const balance = balanceOf([40, 20, 20, 20]);
    expect(balance?.maxOverMean).toBeCloseTo(1.6, 9);
    expect(balance?.variation).toBeCloseTo(0.346, 3);
    expect(balanceOf([5])).toBeNull();
    expect(balanceOf([0, 0])).toBeNull();
  });
});

describe('uplinks that were used alike', () => {
  it('are told when one of them carries everything, which chance alone might do', () => {
    const alone = { ...collision, txPauseFraction: quiet.txPauseFraction };
    const [told] = run([...repeat(quiet, 25), ...repeat(alone, 20)]);
    expect(told).toMatchObject({ kind: 'ecmp-collision', port: '5' });
  });
});
