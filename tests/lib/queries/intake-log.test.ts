import { describe, expect, it } from 'vitest';
import { IntakeLog } from '../../../lib/queries/intake-log.ts';

describe('what was not taken', () => {
  let nowMs = 1000;
  const clock = { now: () => nowMs };

  it('is counted by the way it came, newest first, with the newest reason', () => {
    const log = new IntakeLog(clock);
    log.refused('steps', 2, 'endMs: first');
    log.refused('line protocol', 1, 'line 3: no field');
    nowMs = 2000;
    log.refused('steps', 3, 'endMs: second');
    log.refused('steps', 0, 'all was well');
    expect(log.view()).toEqual({
      config: null,
      refusals: [
        { door: 'steps', records: 5, lastMs: 2000, lastDetail: 'endMs: second' },
        { door: 'line protocol', records: 1, lastMs: 1000, lastDetail: 'line 3: no field' },
      ],
    });
  });

  it('keeps the last reading of the configuration, good or bad', () => {
    const log = new IntakeLog(clock);
    log.reloaded(false, 'stallscope.yaml:3: unknown key');
    expect(log.view().config).toEqual({ atMs: nowMs, ok: false, message: 'stallscope.yaml:3: unknown key' });
    log.reloaded(true, '3 targets');
    expect(log.view().config).toMatchObject({ ok: true, message: '3 targets' });
  });

  it('stays small whoever sends what', () => {
    const log = new IntakeLog(clock);
    for (let i = 0; i < 1000; i++) log.refused(`door ${i}`, 1, 'x'.repeat(10_000));
    const { refusals } = log.view();
    expect(refusals).toHaveLength(21);
    expect(refusals.find(({ door }) => door === 'others')!.records).toBe(980);
    expect(refusals[0]!.lastDetail).toHaveLength(500);
  });
});
