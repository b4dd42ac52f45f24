import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { linkedStop } from '../../../lib/collect/linked-stop.ts';

describe('a linked stop', () => {
  it('comes with the whole, at once where that has stopped before', () => {
    const whole = new AbortController();
    const part = linkedStop(whole.signal);
    expect(part.signal.aborted).toBe(false);
    whole.abort();
    expect(part.signal.aborted).toBe(true);
    expect(linkedStop(whole.signal).signal.aborted).toBe(true);
  });

  it('alone leaves the whole running, and nothing behind in it', () => {
    const whole = new AbortController();
    const parts = Array.from({ length: 20 }, () => linkedStop(whole.signal));
    expect(getEventListeners(whole.signal, 'abort')).toHaveLength(20);
    for (const part of parts) part.stop();
    expect(parts.every(({ signal }) => signal.aborted)).toBe(true);
    expect(whole.signal.aborted).toBe(false);
    expect(getEventListeners(whole.signal, 'abort')).toEqual([]);
  });

  it('lets go without a stop, too', () => {
    const whole = new AbortController();
    const part = linkedStop(whole.signal);
    part.release();
    expect(getEventListeners(whole.signal, 'abort')).toEqual([]);
    whole.abort();
    expect(part.signal.aborted).toBe(false);
  });
});
