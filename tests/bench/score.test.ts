import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { figures } from '../../bench/accuracy/figures.ts';
import { score } from '../../bench/accuracy/score.ts';
import type { Truth, TruthFault } from '../../bench/accuracy/tally.ts';
import { uniform } from '../../demo/fabric/draws.ts';
import { NETWORK_KINDS, SEVERITIES } from '../../lib/kinds.ts';
import type { ReplayDocument } from '../../lib/replay/index.ts';

const PORTS = ['1', '2', '3'].map((port) => ({ device: 'leaf0', port }));

/** A fault that incidents of its kind at its port are right about. */
function fault(
  kind: string,
  port: number,
  startMs: number,
  endMs: number,
  extra: Partial<TruthFault> = {},
): TruthFault {
  const network = (NETWORK_KINDS as readonly string[]).includes(kind);
  return {
    kind,
    network,
    acceptKinds: [kind],
    acceptPorts: network ? [PORTS[port]!] : [],
    startMs,
    endMs,
    optional: false,
    affectedSteps: {},
    ...extra,
  };
}

/** Truth and answers drawn by seed, right and wrong mixed: every branch of the score is taken by some seed. */
function draw(seed: number): { said: ReplayDocument; truth: Truth } {
  const random = (...keys: number[]): number => uniform(seed, ...keys);
  const choose = <T>(list: readonly T[], ...keys: number[]): T => list[Math.floor(random(...keys) * list.length)]!;
  const kinds = ['pause-storm', 'incast', 'compute-straggler', 'checkpoint', 'link-degraded'];
  const faults = [0, 1, 2].map((i) => {
    const startMs = 20_000 + 50_000 * i;
    const steps = [0, 1, 2].map((k) => 5 + 10 * i + k);
    return fault(choose(kinds, 1, i), i, startMs, startMs + 20_000, {
      optional: random(2, i) < 0.2,
      affectedSteps: random(3, i) < 0.8 ? { job0: steps } : {},
    });
  });
  const steps: Record<string, [number, number][]> = {
    job0: Array.from({ length: 40 }, (_, step) => [step, 3 + Math.round(100 * random(4, step)) / 100]),
  };
  const truth: Truth = {
    scenario: `drawn-${seed}`,
    durationMs: 180_000,
    faults,
    steps,
    networkLostSeconds: { job0: 10 * random(5) },
    biasUnscored: random(6) < 0.2 ? ['job0'] : [],
    doNotScoreSteps: [['job0', 6]],
  };
  const incidents = Array.from({ length: 5 }, (_, i) => {
    const target = faults[i % 3]!;
    const startMs = target.startMs + 10_000 * (random(7, i) - 0.3);
    return {
      id: random(8, i) < 0.95 ? `i${i}` : 'i0',
      kind: random(9, i) < 0.7 && target.network ? (target.kind as 'incast') : choose(NETWORK_KINDS, 10, i),
      rootDevice: 'leaf0',
      rootPort: random(11, i) < 0.8 ? PORTS[i % 3]!.port : '9',
      startMs,
      endMs: random(12, i) < 0.1 ? null : startMs + 30_000 * random(13, i),
      detectedMs: startMs + 2000 * (random(14, i) - 0.05),
      severity: choose(SEVERITIES, 15, i),
      confidence: random(16, i),
      summary: '',
      victims: [],
      senders: [],
      jobs: random(17, i) < 0.5 ? [{ job: 'job0', lostSeconds: 5 * random(18, i) }] : [],
    };
  });
  const said: ReplayDocument = {
    incidents,
    steps: steps
      .job0!.filter(([step]) => random(19, step) < 0.99)
      .map(([step, seconds]) => {
        const slow = random(20, step) < 0.5;
        const incident = incidents[Math.floor(random(21, step) * 5)]!;
        const excess = slow ? seconds * 0.2 : 0;
        const network = slow && random(22, step) < 0.7;
        return {
          job: 'job0',
          step,
          durationSeconds: seconds + (random(23, step) < 0.02 ? 1 : 0),
          baselineSeconds: seconds - excess,
          excessSeconds: excess,
          slow,
          verdict: slow ? choose(['network', 'not-network', 'unknown', null] as const, 24, step) : null,
          causes: network
            ? [
                { kind: incident.kind, incident: incident.id, seconds: excess * random(25, step) },
                { kind: 'compute-straggler' as const, incident: null, seconds: excess * 0.3 * random(26, step) },
              ]
            : [],
        };
      }),
    jobs: [{ job: 'job0', steps: 40, slowSteps: 10, lostSeconds: 12, lostToNetworkSeconds: 12 * random(27) }],
  };
  return { said, truth };
}

describe('the score', () => {
  it('hits a fault when kind, root and time fit, and calls the rest false', () => {
    const truth: Truth = {
      scenario: 'x',
      durationMs: 100_000,
      faults: [fault('incast', 0, 10_000, 30_000)],
      steps: { job0: [[0, 3]] },
      networkLostSeconds: {},
      doNotScoreSteps: [],
    };
    const incident = {
      id: 'a',
      kind: 'incast' as const,
      rootDevice: 'leaf0',
      rootPort: '1',
      startMs: 12_000,
      endMs: 31_000,
      detectedMs: 14_000,
      severity: 'warning' as const,
      confidence: 1,
      summary: '',
      victims: [],
      senders: [],
      jobs: [],
    };
    const step = { job: 'job0', step: 0, durationSeconds: 3, baselineSeconds: 3, excessSeconds: 0, slow: false };
    const steps = [{ ...step, verdict: null, causes: [] }];
    const judge = (incidents: ReplayDocument['incidents']) => figures([score({ incidents, steps, jobs: [] }, truth)]);
    expect(judge([incident])).toMatchObject({ f1: 1, rootTop1: 1, falseIncidents: 0, detectMsMedian: 4000, broken: 0 });
    expect(judge([{ ...incident, rootPort: '2' }])).toMatchObject({ recall: 0, falseIncidents: 1 });
    expect(judge([{ ...incident, startMs: 28_000 }])).toMatchObject({ recall: 0, falseIncidents: 1 });
    expect(judge([{ ...incident, severity: 'info' }])).toMatchObject({ recall: 0, falseIncidents: 0 });
    expect(judge([incident, incident])).toMatchObject({ broken: 1 });
    expect(judge([incident, { ...incident, id: 'b', kind: 'pause-storm' }])).toMatchObject({ precision: 0.5 });
  });

  const original = join(import.meta.dirname, '../../../shared/score/score.mjs');
  const folder = mkdtempSync(join(tmpdir(), 'stallscope-score-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('gives the figures of the acceptance score on 60 drawn answers, where that is at hand', (context) => {
    if (!existsSync(original)) context.skip(`no ${original}`);
    const cases = Array.from({ length: 60 }, (_, seed) => draw(seed));
    const files = cases.flatMap(({ said, truth }, i) => {
      const names = [join(folder, `${i}-said.json`), join(folder, `${i}-truth.json`)] as const;
      writeFileSync(names[0], JSON.stringify(said));
      writeFileSync(names[1], JSON.stringify(truth));
      return names;
    });
    const theirs = JSON.parse(execFileSync(process.execPath, [original, ...files, '--json'], { encoding: 'utf8' }));
    const { replays, ...ours } = figures(cases.map(({ said, truth }) => score(said, truth)));
    expect(replays).toBe(60);
    expect(ours.broken).toBeGreaterThan(0);
    for (const [name, value] of Object.entries(ours)) expect([name, value]).toEqual([name, theirs[name]]);
  });
});
