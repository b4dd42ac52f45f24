import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lib/clock.ts';
import { Trouble } from '../../../lib/collect/trouble.ts';
import { silentLogger } from '../../../lib/logger.ts';

describe('trouble at a target', () => {
  it('counts all, keeps the newest and logs one in half a minute', () => {
    const clock = new ManualClock(1_000_000);
    const said: unknown[] = [];
    const logger = Object.assign(Object.create(silentLogger), { warn: (fields: unknown) => said.push(fields) });
    const trouble = new Trouble(clock, logger, 'cannot be read');
    expect(trouble.isSince(0)).toBe(false);
    for (const message of ['first', 'second']) trouble.add(message);
    clock.advance(30_000);
    trouble.add('third');
    expect(trouble.failures).toBe(3);
    expect(trouble.last).toEqual({ atMs: 1_030_000, message: 'third' });
    expect(said).toEqual([
      { problem: 'first', failures: 1 },
      { problem: 'third', failures: 3 },
    ]);
    expect([trouble.isSince(1_030_000), trouble.isSince(1_030_001)]).toEqual([true, false]);
  });
});
