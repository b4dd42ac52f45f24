import { describe, expect, it } from 'vitest';
import { createTraining, type NetworkView, TRAINING_DEFAULTS } from '../../../lib/training/index.ts';
import { endOf, impact, network, QUIET, series, storm } from './make-steps.ts';

const records = series({ steps: 30 });
const end = endOf(records);

function hangAt(afterMs: number, view: NetworkView) {
  const training = createTraining();
  training.addSteps(records);
  training.judge(end + 1000, network([], QUIET));
  const changes = training.judge(end + afterMs, view);
  return { training, changes, hang: training.summaries()[0]?.hang };
}

describe('a job that hangs', () => {
  it('is the network’s where an incident held it most of the time since', () => {
    const view = network(
      [
        impact(storm(end + 10_000, end + 14_000), { incidentId: 'passing', kind: 'incast' }),
        impact(storm(end - 5000, end + 90_000), {
          incidentId: 'ring',
          kind: 'pfc-deadlock',
          root: { device: 'leaf1', port: '3' },
        }),
      ],
      { watchedFraction: 1, congestedFraction: 0.3 },
    );
    const { hang, changes } = hangAt(90_000, view);
    expect(hang).toMatchObject({
      sinceMs: end,
      verdict: 'network',
      reason: expect.stringContaining('pfc-deadlock at leaf1/3'),
    });
    expect(hang?.incidents).toEqual([
      { incident: 'ring', kind: 'pfc-deadlock', heldSeconds: 90 },
      { incident: 'passing', kind: 'incast', heldSeconds: 4 },
    ]);
    expect(changes.jobs).toEqual([expect.objectContaining({ state: 'stalled', hang })]);
  });

  it('is not the network’s where all its ports were watched and quiet', () => {
    expect(hangAt(90_000, network([], QUIET)).hang).toMatchObject({ verdict: 'not-network', incidents: [] });
  });

  it.each([
    ['an incident only passed by', network([impact(storm(end, end + 10_000))], QUIET), 'less than half'],
    ['not all ports were watched', network([], { watchedFraction: 0.8, congestedFraction: 0 }), 'not all of its ports'],
    ['its ports are not known', network([]), 'its ports are not known'],
  ])('cannot be told where %s', (_why, view, reason) => {
    expect(hangAt(90_000, view).hang).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining(reason) });
  });

  it('hangs no more when it steps again', () => {
    const { training } = hangAt(90_000, network([], QUIET));
    training.addSteps(series({ steps: 1, firstStep: 30, startMs: end + 90_000 }));
    training.judge(end + 93_000, network([], QUIET));
    expect(training.summaries()[0]).toMatchObject({ state: 'running' });
    expect(training.summaries()[0]).not.toHaveProperty('hang');
  });

  it('keeps what was said of a hang that outlasts what the network remembers, also over a restart', () => {
    const { training, hang } = hangAt(90_000, network([], QUIET));
    const again = createTraining();
    again.restore(JSON.parse(JSON.stringify(training.snapshot())));
    expect(again.summaries()[0]?.hang).toEqual(hang);
    again.judge(end + 2 * TRAINING_DEFAULTS.reviseMs, network([], undefined));
    expect(again.summaries()[0]?.hang).toEqual(hang);
  });

  it('is not judged at all before it hangs, nor when its time is over', () => {
    expect(hangAt(30_000, network([], QUIET)).hang).toBeUndefined();
    const training = createTraining();
    training.setJobs([{ job: 'job', hosts: [], ranks: [], source: 'api', endMs: end }]);
    training.addSteps(records);
    training.judge(end + 90_000, network([], QUIET));
    expect(training.summaries()[0]).not.toHaveProperty('hang');
  });
});
