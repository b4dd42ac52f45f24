import { describe, expect, it } from 'vitest';
import { expandVariables } from '../../../lib/config/expand.ts';

const env = { HOST: 'leaf1', EMPTY: '', HARD: 'a:b#c $x ${HOST}' };

describe('expandVariables', () => {
  it.each([
    ['${HOST}', 'leaf1'],
    ['${HOST}:161', 'leaf1:161'],
    ['${EMPTY}', ''],
    ['${EMPTY:-public}', 'public'],
    ['${UNSET:-public}', 'public'],
    ['${UNSET:-}', ''],
    ['${HOST:?needed}', 'leaf1'],
    ['cost: $$5', 'cost: $5'],
    ['$${HOST}', '${HOST}'],
    ['$HOME', '$HOME'],
    ['${HARD}', 'a:b#c $x ${HOST}'],
  ])('%s', (text, expected) => {
    expect(expandVariables(text, env)).toBe(expected);
  });

  it.each([
    ['${UNSET}', 'environment variable UNSET is not set'],
    ['${UNSET:?ask the network team}', 'UNSET is not set: ask the network team'],
    ['${EMPTY:?ask the network team}', 'EMPTY is not set: ask the network team'],
    ['${1BAD}', 'must hold a variable name'],
    ['${HOST', 'must hold a variable name'],
  ])('refuses %s', (text, message) => {
    expect(() => expandVariables(text, env)).toThrow(message);
  });
});
