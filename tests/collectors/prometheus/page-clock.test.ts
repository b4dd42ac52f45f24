import { describe, expect, it } from 'vitest';
import { PageClock } from '../../../collectors/prometheus/page-clock.ts';

const T0 = 1_800_000_000_000;
const page = (text: string, dateMs = Number.NaN) => ({ body: Buffer.from(text), dateMs });

describe('the clock behind a page', () => {
  it('is the one that node_exporter reads, exact to the way there', () => {
    const clock = new PageClock();
    const text = `# TYPE node_time_seconds gauge\nnode_time_seconds ${(T0 + 7250) / 1000}\nnode_up 1\n`;
    clock.saw(page(text, T0), T0 - 10, T0 + 10);
    expect(clock.offsetMs).toBeCloseTo(7250, 3);
    expect(clock.errorMs).toBeCloseTo(10, 3);
  });

  it('is in scientific notation too', () => {
    const clock = new PageClock();
    clock.saw(page('# x\nnode_time_seconds 1.8000000071234e+09\n'), T0, T0);
    expect(clock.offsetMs).toBeCloseTo(7123.4, 1);
  });

  it("is its server's otherwise, to the second", () => {
    const clock = new PageClock();
    clock.saw(page('up 1\n', T0 + 4000), T0, T0 + 20);
    expect(clock.offsetMs).toBe(4490);
    expect(clock.errorMs).toBe(510);
  });

  it('is not known where neither tells', () => {
    const clock = new PageClock();
    clock.saw(page('up 1\n'), T0, T0);
    clock.saw(page('# x\nnode_time_seconds NaN\n'), T0, T0);
    clock.saw(page('# x\nnode_time_seconds \n'), T0, T0);
    expect(clock.offsetMs).toBeNull();
    expect(clock.errorMs).toBeNull();
  });
});
