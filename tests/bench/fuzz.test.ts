import { expect, it } from 'vitest';
import { fuzz } from '../../bench/fuzz/run.ts';
import { SUBJECTS } from '../../bench/fuzz/subjects.ts';

/** Fewer where one is much: a file written each time, a whole page or body. */
const COUNTS: Readonly<Record<string, number>> = { host: 500, prometheus: 1500, 'line-protocol': 1500 };
/** Only a guard: a busy machine is no failure. */
const TIMEOUT_MS = 120_000;

const well = { next: () => ({ describe: () => 'this one', run: () => true }), isWell: () => true };
const fails = async (over: object) => await fuzz(() => ({ ...well, ...over }), 5, 1);

it('tells a crash, a refusal without a reason, a hang, growth and damage', { timeout: TIMEOUT_MS }, async () => {
  const handled = (run: () => boolean) => ({ next: () => ({ describe: () => 'this one', run }) });
  await expect(fails({})).resolves.toMatchObject({ used: 5, refused: 0 });
  await expect(
    fails(
      handled(() => {
        throw new TypeError('x is not a function');
      }),
    ),
  ).rejects.toThrow(/x is not a function[\s\S]*on this one/);
  await expect(
    fails(
      handled(() => {
        const { user } = process.cpuUsage();
        while (process.cpuUsage().user - user < 110_000);
        return true;
      }),
    ),
  ).rejects.toThrow(/ ms on this one/);
  const kept: Float64Array[] = [];
  await expect(fails(handled(() => kept.push(new Float64Array(700_000)) > 0))).rejects.toThrow('memory grew');
  await expect(fails({ isWell: () => false })).rejects.toThrow('good input');
});

/** The short version of `npm run bench -- fuzz`. */
it.each(Object.entries(SUBJECTS))(
  'broken input of %s: no crash, no hang, no growth',
  { timeout: TIMEOUT_MS },
  async (name, open) => {
    const count = COUNTS[name] ?? 3000;
    const { inputs, used, refused } = await fuzz(open, count, 20_261_122);
    expect(inputs).toBe(count);
    // Were none of them of use any more, the mutations would be too coarse to find anything.
    expect(used).toBeGreaterThan(count / 100);
    expect(used + refused).toBeLessThanOrEqual(count);
  },
);
