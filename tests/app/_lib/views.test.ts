import { describe, expect, it } from 'vitest';
import { problemToError } from '../../../app/_lib/api.ts';
import { causeFamily, kindLabel, mainCause, stepFamily, unclaimedSeconds } from '../../../app/_lib/causes.ts';
import { flagTexts } from '../../../app/_lib/flags.ts';
import { currentVerdict, lostForMs, overviewFreshness } from '../../../app/_lib/freshness.ts';
import { heatColours, heatPosition } from '../../../app/_lib/heat.ts';
import {
  gpuLookup,
  incidentText,
  lostGpuSeconds,
  rivalsOf,
  timeNeighbours,
  worstFirst,
} from '../../../app/_lib/incidents.ts';
import { blocksOf, readPortSort } from '../../../app/_lib/port-rows.ts';
import { rankBars } from '../../../app/_lib/ranks.ts';
import { searchHits } from '../../../app/_lib/search.ts';
import { readShortcut } from '../../../app/_lib/shortcuts.ts';
import { lostByFamily, slowSteps, toStepRows } from '../../../app/_lib/steps.ts';
import { latestFirst } from '../../../app/_lib/targets.ts';
import { readRange, zoomOut } from '../../../app/_lib/time-range.ts';
import { CAUSE_KINDS } from '../../../lib/kinds.ts';
import { incident, step } from '../../findings.ts';
import { job, portRow } from './fixtures.ts';

describe('causes', () => {
  it('puts every kind into a family with a shape of its own', () => {
    expect(CAUSE_KINDS.filter((kind) => causeFamily(kind) === 'network')).toHaveLength(11);
    expect(causeFamily('compute-straggler')).toBe('compute');
    expect(causeFamily('unexplained')).toBe('unexplained');
    expect(kindLabel('pfc-deadlock')).toBe('PFC deadlock');
    expect(kindLabel('ecmp-collision')).toBe('ECMP collision');
  });

  it('marks a step by the cause that took most, and an unexplained one as such', () => {
    const causes = [
      { kind: 'checkpoint' as const, incident: null, seconds: 0.1 },
      { kind: 'pause-storm' as const, incident: 'i1', seconds: 0.7 },
    ];
    expect(mainCause({ causes })?.kind).toBe('pause-storm');
    expect(stepFamily({ causes, verdict: 'network' })).toBe('network');
    expect(stepFamily({ causes, verdict: 'unknown' })).toBe('unexplained');
    expect(stepFamily({ causes: [], verdict: 'unknown' })).toBe('unexplained');
    expect(unclaimedSeconds({ causes, excessSeconds: 1 })).toBeCloseTo(0.2);
    expect(unclaimedSeconds({ causes, excessSeconds: 0.5 })).toBe(0);
  });
});

describe('incidents', () => {
  const cost = { job: 'job0', lostSeconds: 3, lostSecondsLow: 2, lostSecondsHigh: 4, steps: 2 };

  it('shows open before ended, then by severity, then by cost', () => {
    const list = [
      incident({ id: 'ended', endMs: 5, severity: 'critical' }),
      incident({ id: 'cheap', severity: 'warning' }),
      incident({ id: 'dear', severity: 'warning', jobs: [cost] }),
      incident({ id: 'worst' }),
    ];
    expect(worstFirst(list).map((one) => one.id)).toEqual(['worst', 'dear', 'cheap', 'ended']);
  });

  it('turns lost seconds into GPU time only where the number of GPUs is known', () => {
    const gpus = gpuLookup([job('job0', { gpus: 8 }), job('job1', { gpus: null })]);
    expect(lostGpuSeconds({ jobs: [cost] }, gpus)).toEqual({ best: 24, low: 16, high: 32 });
    expect(lostGpuSeconds({ jobs: [cost, { ...cost, job: 'job1' }] }, gpus)).toBeNull();
    expect(lostGpuSeconds({ jobs: [{ ...cost, job: 'unknown' }] }, gpus)).toBeNull();
  });

  it('finds the neighbours in time', () => {
    const list = [
      incident({ id: 'b', startMs: 2 }),
      incident({ id: 'a', startMs: 1 }),
      incident({ id: 'c', startMs: 3 }),
    ];
    expect(timeNeighbours(list, 'b')).toEqual({ previous: 'a', next: 'c' });
    expect(timeNeighbours(list, 'gone')).toEqual({ previous: null, next: null });
  });

  it('reads as text for a ticket, in UTC and with what was not visible', () => {
    const text = incidentText(incident({ jobs: [cost], notVisible: ['spine4 is silent'] }));
    expect(text).toContain('critical pause-storm at leaf3/Ethernet1/5');
    expect(text).toContain('from 1970-01-01T00:00:01.000Z until now');
    expect(text).toContain('job job0: 3.0 s lost (2.0 to 4.0) in 2 steps');
    expect(text).toContain('- spine4 is silent');
  });
});

describe('steps', () => {
  it('orders by start and breaks the line where the step number falls', () => {
    const rows = toStepRows([step(2), step(1), step(0, { startMs: 10_000, endMs: 12_000 })]);
    expect(rows.map((row) => [row.step, row.durationSeconds === null])).toEqual([
      [1, false],
      [2, false],
      [0, true],
      [0, false],
    ]);
    expect(rows.map((row) => row.index)).toEqual([0, 1, 2, 3]);
  });

  it('does not take two overlapping steps for a restart', () => {
    expect(toStepRows([step(1, { endMs: 99_000 }), step(2)])).toHaveLength(2);
  });

  it('draws no baseline before one is known', () => {
    expect(toStepRows([step(0, { baselineSeconds: 0 })])[0]?.baselineSeconds).toBeNull();
    expect(toStepRows([step(0, { flags: ['no-baseline'] })])[0]?.baselineSeconds).toBeNull();
  });

  it('adds lost time up by family', () => {
    const families = lostByFamily({ 'pause-storm': 2, incast: 3, checkpoint: 4, 'data-stall': 0 });
    expect(families.map(({ family, seconds }) => [family, seconds])).toEqual([
      ['network', 5],
      ['checkpoint', 4],
    ]);
    expect(families[0]?.kinds[0]?.kind).toBe('incast');
  });

  it('lists slow steps newest first', () => {
    expect(slowSteps([step(1, { slow: true }), step(2), step(3, { slow: true })]).map((one) => one.step)).toEqual([
      3, 1,
    ]);
  });
});

describe('flags', () => {
  it('reads as words, and says a mean once', () => {
    expect(flagTexts(['averaged', 'averaged-over-100', 'warmup', 'some-new-flag'])).toEqual([
      'a mean over 100 steps',
      'warm-up, not judged',
      'some new flag',
    ]);
  });
});

describe('ranks', () => {
  it('puts the latest rank first and keeps an unknown compute time unknown', () => {
    const bars = rankBars([
      { rank: 0, durationSeconds: 2, computeSeconds: 1 },
      { rank: 1, durationSeconds: 2, computeSeconds: 1.8 },
      { rank: 2, durationSeconds: 2, computeSeconds: 2.5 },
    ]);
    expect(bars.map((bar) => bar.rank)).toEqual([2, 1, 0]);
    expect(bars[0]?.waitSeconds).toBe(0);
    expect(rankBars([{ rank: 0, durationSeconds: 2 }])[0]).toMatchObject({ computeSeconds: null, waitSeconds: null });
  });
});

describe('the heat scale', () => {
  it('has its break at 5 % and its end at 20 %', () => {
    expect(heatPosition(0)).toBe(0);
    expect(heatPosition(0.05)).toBe(0.5);
    expect(heatPosition(0.2)).toBe(1);
    expect(heatPosition(0.9)).toBe(1);
    expect(heatPosition(-1)).toBe(0);
  });

  it('leaves zero empty and always finds readable ink', () => {
    expect(heatColours(0).dark).toBe('var(--heat-empty)');
    const luminance = (css: string) => {
      const [r = 0, g = 0, b = 0] = (css.match(/\d+/g) ?? []).map((part) => {
        const share = Number(part) / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    for (let percent = 1; percent <= 100; percent++) {
      const { light, lightInk, dark, darkInk } = heatColours(percent / 400);
      for (const [ground, ink] of [
        [light, lightInk],
        [dark, darkInk],
      ] as const) {
        const [low = 0, high = 0] = [luminance(ground), ink === '#000000' ? 0 : 1].sort((a, b) => a - b);
        expect((high + 0.05) / (low + 0.05)).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});

describe('rivals of an incident', () => {
  const cost = { job: 'job0', lostSeconds: 1, lostSecondsLow: 1, lostSecondsHigh: 1, steps: 1 };
  const one = incident({ startMs: 1000, endMs: 5000, jobs: [cost] });
  it('share its time and a job or a port, the surest first', () => {
    const sameJob = incident({ id: 'job', startMs: 4000, endMs: null, rootPort: 'E9', jobs: [cost], confidence: 0.4 });
    const samePort = incident({
      id: 'port',
      startMs: 0,
      endMs: 1001,
      rootPort: 'E8',
      victims: [{ device: 'leaf3', port: 'Ethernet1/5' }],
    });
    expect(rivalsOf(one, [sameJob, one, samePort]).map(({ id }) => id)).toEqual(['port', 'job']);
  });
  it('are not those before or after it, or elsewhere', () => {
    const before = incident({ id: 'before', startMs: 0, endMs: 1000, jobs: [cost] });
    const after = incident({ id: 'after', startMs: 5000, jobs: [cost] });
    const elsewhere = incident({ id: 'elsewhere', startMs: 1000, rootPort: 'E9' });
    expect(rivalsOf(one, [before, after, elsewhere])).toEqual([]);
  });
});

describe('freshness', () => {
  const coverage = {
    targets: 2,
    targetsOk: 2,
    silent: [],
    stale: [],
    fresh: 2,
    collectorsQuietMs: null,
    ports: 4,
    tellingPorts: 4,
    newestSampleMs: 100_000,
  };
  it('tells fresh, partial, stale and never seen apart', () => {
    expect(overviewFreshness({ coverage }, 0)).toBe('fresh');
    const silent = [{ target: 'a', silentMs: null, lastError: null }];
    expect(overviewFreshness({ coverage: { ...coverage, silent } }, 0)).toBe('partial');
    const stale = [{ device: 'a', silentMs: 60_000 }];
    expect(overviewFreshness({ coverage: { ...coverage, stale } }, 0)).toBe('partial');
    expect(overviewFreshness({ coverage: { ...coverage, fresh: 0 } }, 0)).toBe('stale');
    expect(overviewFreshness({ coverage }, 6000)).toBe('stale');
    expect(overviewFreshness({ coverage: { ...coverage, newestSampleMs: null } }, 0)).toBe('none');
  });

  it('takes back a verdict when the monitor has said nothing for a while, not for every reconnect', () => {
    const said = { state: 'ok' as const, sentence: 'Nothing is hurting: 4 ports.' };
    const broken = { kind: 'reconnecting' as const, sinceMs: 10_000, attempt: 1 };
    expect(currentVerdict(said, lostForMs(broken, 12_000))).toEqual(said);
    expect(currentVerdict(said, lostForMs({ kind: 'live' }, 99_000))).toEqual(said);
    const now = currentVerdict(said, lostForMs(broken, 22_000));
    expect(now.state).toBe('unknown');
    expect(now.sentence).toContain('no word from the monitor for 12');
    expect(now.sentence).toContain(said.sentence);
  });
});

describe('the paths of a target', () => {
  it('puts those that are silent or late first', () => {
    const path = (name: string, achievedIntervalMs: number | null) => ({
      path: name,
      requestedIntervalMs: 1000,
      achievedIntervalMs,
      staircaseMs: null,
    });
    const paths = [path('ok', 1003), path('late', 1500), path('silent', null), path('fine', 1000)];
    expect(latestFirst(paths).map((one) => one.path)).toEqual(['silent', 'late', 'ok', 'fine']);
  });
});

describe('the list of ports', () => {
  it('reads the blocks that hold the rows in view', () => {
    expect(blocksOf(0, 40)).toEqual([0]);
    expect(blocksOf(95, 130)).toEqual([0, 1]);
    expect(blocksOf(29_950, 29_999)).toEqual([299]);
  });
  it('sorts by what hurts where the URL names no column', () => {
    expect(readPortSort('port')).toBe('port');
    expect(readPortSort('dropsPerSec')).toBe('dropsPerSec');
    expect(readPortSort('__proto__')).toBe('rxPauseFraction');
  });
});

describe('search', () => {
  it('finds exact names before beginnings before parts, and pages when asked for nothing', () => {
    const ports = [portRow('a', 'job'), portRow('job', 'x')];
    expect(searchHits('job', [job('job'), job('my-job')], ports).map((hit) => hit.title)).toEqual([
      'job',
      'Jobs',
      'job/x',
      'my-job',
      'a/job',
    ]);
    expect(searchHits('', [job('x')], []).every((hit) => hit.kind === 'page')).toBe(true);
  });
});

describe('keys', () => {
  const press = (key: string, busy = false) => ({ key, busy });
  it('reads g and a letter as a page', () => {
    const first = readShortcut('', press('g'));
    expect(first).toEqual({ pending: 'g' });
    expect(readShortcut('g', press('p')).action).toEqual({ kind: 'go', href: '/ports' });
    expect(readShortcut('g', press('x'))).toEqual({ pending: '' });
  });
  it('stays out of the way while the reader writes', () => {
    expect(readShortcut('', press('/', true))).toEqual({ pending: '' });
    expect(readShortcut('', press('/')).action).toEqual({ kind: 'search' });
    expect(readShortcut('', press('toString'))).toEqual({ pending: '' });
  });
});

describe('time ranges', () => {
  const now = Date.UTC(2026, 10, 22, 12);
  it('reads relative times, Unix ms and RFC 3339', () => {
    expect(readRange('now-1h', 'now', now)).toMatchObject({
      fromMs: now - 3_600_000,
      toMs: now,
      live: true,
      problem: null,
    });
    expect(readRange(String(now - 5000), String(now), now)).toMatchObject({ fromMs: now - 5000, live: false });
    expect(readRange('2026-11-22T11:00:00Z', 'now', now).fromMs).toBe(now - 3_600_000);
  });
  it('falls back and says so', () => {
    for (const [from, to] of [
      ['yesterday', 'now'],
      ['now', 'now-1h'],
      ['now-1x', 'now'],
    ] as const) {
      expect(readRange(from, to, now)).toMatchObject({ fromMs: now - 900_000, toMs: now });
      expect(readRange(from, to, now).problem).toContain(from);
    }
  });
  it('zooms out to twice the range and stays live at now', () => {
    expect(zoomOut(readRange('now-15m', 'now', now), now)).toEqual({ from: 'now-1800s', to: 'now' });
    const past = readRange(String(now - 100_000), String(now - 90_000), now);
    expect(zoomOut(past, now)).toEqual({ from: String(now - 105_000), to: String(now - 85_000) });
  });
});

describe('errors of the API', () => {
  it('shows what the problem document says, and a sentence where there is none', () => {
    const error = problemToError(503, { detail: 'the store is closed', code: 'store', requestId: 'r1' });
    expect(error).toMatchObject({ message: 'the store is closed', code: 'store', requestId: 'r1', status: 503 });
    expect(problemToError(502, undefined)).toMatchObject({
      message: 'the monitor answered 502',
      code: 'http_502',
      requestId: null,
    });
    expect(problemToError(500, { detail: 7, code: [] }).message).toBe('the monitor answered 500');
  });
});
