import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import { pushedSchema } from '../../lib/config/pushed.ts';
import { SeriesDictionary } from '../../lib/store/series.ts';
import { LineIngest } from '../../monitor/ingest/line-ingest.ts';

const T0 = Date.UTC(2026, 10, 22, 12, 0, 0);

function ingest(...steps: object[]) {
  const lines = new LineIngest(new SeriesDictionary(), new ManualClock(T0), 86_400_000);
  const read = (text: string) => lines.parse(Buffer.from(text), 'ms');
  const map = (mappings: object[]) => lines.setStepMappings(pushedSchema.parse({ steps: mappings }).steps);
  map(steps);
  return { lines, read, map };
}

describe('measurements that are steps by configuration', () => {
  const training = { measurement: 'training', jobTag: 'run', step: 'global_step', time: 'step_time', unit: 's' };

  it('are read by their own names and units', () => {
    const { read } = ingest({ ...training, rankTag: 'worker', hostTag: 'node', averagedOver: 10 });
    const { steps, summary } = read(
      `training,run=llm,worker=3,node=gpu07 global_step=1421i,step_time=2.5,loss=2.1,comm_ms=400 ${T0}`,
    );
    expect(summary.refused).toBe(0);
    expect(steps).toEqual([
      {
        job: 'llm',
        step: 1421,
        rank: 3,
        host: 'gpu07',
        startMs: T0 - 2500,
        endMs: T0,
        averagedOver: 10,
        phasesMs: { communication: 400 },
      },
    ]);
  });

  it('take their job from the configuration where no tag says it, and name what is missing', () => {
    const { read } = ingest({ ...training, job: 'pretrain' });
    const { steps, summary } = read(
      `training global_step=1i,step_time=1 ${T0}\ntraining global_step=2i ${T0}\ntraining step_time="x",global_step=3i ${T0}`,
    );
    expect(steps.map(({ job, step }) => [job, step])).toEqual([['pretrain', 1]]);
    expect(summary.problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      expect.stringMatching(/^2: training: startMs: /),
      expect.stringMatching(/^3: training: startMs: /),
    ]);
  });

  it('leave train_step as it is, and change with the configuration', () => {
    const { lines, read, map } = ingest();
    const both = `training,job=a step=1i,t=5 ${T0}\ntrain_step,job=a step=2i,time_ms=5 ${T0}`;
    expect(read(both).steps.map(({ step }) => step)).toEqual([2]);
    expect(lines.unknown.get('training')).toBe(1);
    map([{ measurement: 'training', time: 't' }]);
    expect(read(both).steps.map(({ step }) => step)).toEqual([1, 2]);
  });

  it.each(['port', 'infiniband'])('cannot be %s', (measurement) => {
    const { error } = pushedSchema.safeParse({ steps: [{ measurement, time: 't' }] });
    expect(error?.issues[0]?.message).toContain('has a meaning already');
  });
});
