import { describe, expect, it } from 'vitest';
import { dataDirOf, portOf } from '../../cli/context.ts';
import { UsageError } from '../../lib/errors.ts';

describe('portOf', () => {
  it.each([
    ['8080', { PORT: '9' }, 8080],
    [undefined, { PORT: '9090' }, 9090],
    [undefined, { PORT: '' }, 3000],
    [undefined, {}, 3000],
  ])('%s with %o is %i', (option, env, port) => {
    expect(portOf(option, env)).toBe(port);
  });

  it.each(['0', '65536', 'http', '-1', '80.5', '1e3', ' 80'])('refuses %s and names where it came from', (text) => {
    expect(() => portOf(text, {})).toThrow(UsageError);
    expect(() => portOf(text, {})).toThrow('--port');
    expect(() => portOf(undefined, { PORT: text })).toThrow('PORT must be');
  });
});

it('the data directory is absolute, from the environment before the default', () => {
  expect(dataDirOf('./data', { STALLSCOPE_DATA: '/var/lib/s' })).toBe('/var/lib/s');
  expect(dataDirOf('./data/demo', {})).toBe(`${process.cwd()}/data/demo`);
  expect(dataDirOf('./data', { STALLSCOPE_DATA: '' })).toBe(`${process.cwd()}/data`);
});
