import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ManualClock } from '../../../lib/clock.ts';
import { IdempotencyKeys } from '../../../lib/http/idempotency.ts';
import { parseTime } from '../../../lib/http/params.ts';
import { readRecords } from '../../../lib/http/records.ts';

const schema = z.object({ a: z.number() });

describe('readRecords', () => {
  it.each([
    ['a JSON array', '[{"a":1},{"a":2}]'],
    ['NDJSON', '{"a":1}\n{"a":2}\n'],
    ['NDJSON with CRLF and blank lines', '{"a":1}\r\n\r\n{"a":2}'],
  ])('reads %s', (_, text) => {
    expect(readRecords(Buffer.from(text), schema)).toEqual({ records: [{ a: 1 }, { a: 2 }], rejected: [] });
  });

  it('reads one object over several lines, and nothing from nothing', () => {
    expect(readRecords(Buffer.from('{\n "a": 1\n}'), schema).records).toEqual([{ a: 1 }]);
    expect(readRecords(Buffer.from('\n'), schema)).toEqual({ records: [], rejected: [] });
  });

  it('names each bad record by its place and keeps the good ones', () => {
    const { records, rejected } = readRecords(Buffer.from('{"a":1}\n{"a":\n{"a":"x"}\n{"a":4}'), schema);
    expect(records).toEqual([{ a: 1 }, { a: 4 }]);
    expect(rejected.map(({ index, code }) => [index, code])).toEqual([
      [1, 'malformed'],
      [2, 'invalid'],
    ]);
  });

  it('refuses what is no JSON at all', () => {
    expect(() => readRecords(Buffer.from('hello\nworld'), schema)).toThrow(/neither/);
  });
});

describe('IdempotencyKeys', () => {
  it('answers the same request once, forgets failures and old keys', async () => {
    const clock = new ManualClock(0);
    const keys = new IdempotencyKeys(clock);
    let calls = 0;
    const work = async () => ({ status: 202, body: String(++calls) });
    const body = Buffer.from('x');
    expect((await keys.run('k', body, work)).body).toBe('1');
    expect((await keys.run('k', body, work)).body).toBe('1');
    expect((await keys.run(undefined, body, work)).body).toBe('2');
    expect(() => keys.run('k', Buffer.from('y'), work)).toThrow(/another body/);
    clock.advance(25 * 3_600_000);
    expect((await keys.run('k', Buffer.from('y'), work)).body).toBe('3');
    await expect(keys.run('bad', body, () => Promise.reject(new Error('store')))).rejects.toThrow('store');
    expect((await keys.run('bad', body, work)).body).toBe('4');
  });
});

describe('parseTime', () => {
  const clock = new ManualClock(1_700_000_000_000);

  it.each([
    ['now', 1_700_000_000_000],
    ['now-15m', 1_699_999_100_000],
    ['now+1h30m', 1_700_005_400_000],
    ['now 10s', 1_700_000_010_000],
    ['1700000000123', 1_700_000_000_123],
    ['2023-11-14T22:13:20Z', 1_700_000_000_000],
    ['2023-11-14T23:13:20+01:00', 1_700_000_000_000],
  ])('reads %s', (text, expected) => {
    expect(parseTime('from', text, clock)).toBe(expected);
  });

  it.each(['', 'yesterday', 'now-', 'now-5', '12:00', '2023-13-45', '9'.repeat(20), '1e3'])('refuses %j', (text) => {
    expect(() => parseTime('from', text, clock)).toThrow(/from: /);
  });
});
