import { expect, it } from 'vitest';
import { countOf } from '../../lib/count.ts';

it('says a number with its noun', () => {
  expect([0, 1, 2, 30_048].map((number) => countOf(number, 'port'))).toEqual([
    '0 ports',
    '1 port',
    '2 ports',
    '30,048 ports',
  ]);
});
