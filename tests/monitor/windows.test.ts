import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestMonitor, testMonitor } from './helpers.ts';

let monitor: TestMonitor;
beforeAll(async () => {
  monitor = await testMonitor();
});
afterAll(() => monitor.close());

const post = (...windows: object[]) => monitor.post('/api/v1/windows', JSON.stringify(windows));

it('keeps named windows, through a restart, and finds those that touch a range', async () => {
  const first = { name: 'bench-1', startMs: 1000, endMs: 2000, labels: { nccl: '2.27' } };
  const second = { name: 'bench-2', startMs: 3000, endMs: 4000 };
  expect((await post(first, second, { ...second, endMs: 5000 })).json).toEqual({ accepted: 3, rejected: [] });
  monitor = await monitor.restart();
  const list = async (query: string) => (await monitor.get(`/api/v1/windows${query}`)).json.items;
  expect(await list('')).toEqual([{ ...second, endMs: 5000, labels: {} }, first]);
  expect(await list('?from=2000&to=4000')).toEqual([{ ...second, endMs: 5000, labels: {} }]);
});

it('names what is no window', async () => {
  const { status, json } = await post({ name: 'x', startMs: 5, endMs: 5 }, { name: '', startMs: 1, endMs: 2 });
  expect(status).toBe(202);
  expect(json.accepted).toBe(0);
  expect(json.rejected[0].detail).toContain('ends before it starts');
});
