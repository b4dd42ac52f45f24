import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Sample } from '../../lib/samples/sample.ts';
import type { DocumentStore, SampleStore, StoreCapabilities } from '../../lib/store/types.ts';

/** One adapter opened for one test. `reopen` closes it and opens the same data again, where the adapter keeps any. */
export interface OpenedStore {
  samples: SampleStore;
  documents?: DocumentStore;
  reopen?(): Promise<OpenedStore>;
  close(): Promise<void>;
}

/** 2026-11-22T16:59:00Z: a minute before the end of an hour, so that ranges cross files. */
const T0 = Date.UTC(2026, 10, 22, 16, 59, 0);

function sample(index: number, fields: Sample['fields'], over: Partial<Sample> = {}): Sample {
  const startMs = T0 + index * 1000;
  return { device: 'leaf1', port: 'Ethernet1', startMs, endMs: startMs + 1000, quality: 'exact', fields, ...over };
}

const EVERYTHING = { startMs: 0, endMs: Number.MAX_SAFE_INTEGER };

/** What every sample store must do; differences are capabilities, never names. */
export function describeStore(name: string, open: () => Promise<OpenedStore>, capabilities: StoreCapabilities): void {
  describe(`store ${name}`, () => {
    let opened: OpenedStore;
    let store: SampleStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.samples;
    });
    afterEach(async () => {
      await opened.close();
    });

    it('tells its capabilities', () => {
      expect(store.capabilities).toEqual(capabilities);
    });

    it('gives back what was written, with units, quality and priority', async () => {
      const whole = sample(0, { rxBytesPerSec: 49_999_999_999.25, linkUp: 1, preFecBer: 1.25e-12, rxPowerDbm: -3.5 });
      const queue = sample(0, { rxPauseFraction: 0.65 }, { priority: 3, quality: 'bounded' });
      await store.write([whole, queue]);
      const rows = await store.latest({ filter: {}, sinceMs: 0 });
      expect(rows).toHaveLength(2);
      expect(rows.find((row) => row.priority === undefined)).toEqual(whole);
      expect(rows.find((row) => row.priority === 3)).toEqual(queue);
    });

    it('answers half-open ranges in time order whatever the order of writing', async () => {
      await store.write([2, 0, 3].map((index) => sample(index, { txBytesPerSec: index })));
      await store.write([sample(1, { txBytesPerSec: 1 })]);
      const [series] = await store.range({
        startMs: T0 + 1000,
        endMs: T0 + 4000,
        fields: ['txBytesPerSec'],
        filter: { device: 'leaf1', port: 'Ethernet1' },
      });
      expect(series?.timestampsMs).toEqual([T0 + 1000, T0 + 2000, T0 + 3000]);
      expect(series?.values).toEqual([0, 1, 2]);
    });

    it('crosses the hour without losing or repeating a row', async () => {
      const points = Array.from({ length: 120 }, (_, index) => sample(index, { rxBytesPerSec: index }));
      await store.write(points);
      const [series] = await store.range({ ...EVERYTHING, fields: ['rxBytesPerSec'], filter: {} });
      expect(series?.values).toEqual(points.map((_, index) => index));
    });

    it('keeps a gap apart from zero', async () => {
      await store.write([
        sample(0, { rxPauseFraction: 0 }),
        sample(1, { rxBytesPerSec: 5 }),
        sample(2, { rxPauseFraction: 0.5 }),
        sample(9, { rxPauseFraction: 0 }),
      ]);
      const [series] = await store.range({ ...EVERYTHING, fields: ['rxPauseFraction'], filter: {} });
      expect(series?.values).toEqual([0, null, 0.5, null, 0]);
      const times = series?.timestampsMs ?? [];
      expect(times[3]).toBeGreaterThan(times[2] ?? 0);
      expect(times[3]).toBeLessThan(times[4] ?? 0);
    });

    it('leaves out a field nobody wrote and answers an empty range with nothing', async () => {
      await store.write([sample(0, { rxBytesPerSec: 1 })]);
      expect(await store.range({ ...EVERYTHING, fields: ['queueBytes'], filter: {} })).toEqual([]);
      expect(await store.range({ startMs: 0, endMs: 1, fields: ['rxBytesPerSec'], filter: {} })).toEqual([]);
      expect(await store.latest({ filter: {}, sinceMs: T0 + 3_600_000 })).toEqual([]);
      expect(await store.top({ startMs: 0, endMs: 1, field: 'rxBytesPerSec', aggregate: 'max', limit: 3 })).toEqual([]);
    });

    it('tells series apart by device, port and priority, and filters by each', async () => {
      await store.write([
        sample(0, { rxPauseFraction: 0.1 }),
        sample(0, { rxPauseFraction: 0.2 }, { priority: 0 }),
        sample(0, { rxPauseFraction: 0.3 }, { priority: 3 }),
        sample(0, { rxPauseFraction: 0.4 }, { port: 'Ethernet2' }),
        sample(0, { rxPauseFraction: 0.5 }, { device: 'leaf2' }),
      ]);
      const values = async (filter: Parameters<SampleStore['latest']>[0]['filter']) => {
        const series = await store.range({ ...EVERYTHING, fields: ['rxPauseFraction'], filter });
        return series.map(({ values: [value] }) => value).sort();
      };
      expect(await values({})).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
      expect(await values({ device: 'leaf1' })).toEqual([0.1, 0.2, 0.3, 0.4]);
      expect(await values({ device: 'leaf1', port: 'Ethernet1', priority: null })).toEqual([0.1]);
      expect(await values({ priority: 0 })).toEqual([0.2]);
      expect(await values({ device: 'nobody' })).toEqual([]);
    });

    it('carries hostile names unharmed', async () => {
      const names = [`a'b"c`, 'x,y=z w', '\\', 'Ünïcödé-端口', `'; DROP TABLE samples; --`, '<b>', 'Ethernet1/7'];
      await store.write(names.map((port) => sample(0, { rxBytesPerSec: 1 }, { device: port, port })));
      const rows = await store.latest({ filter: {}, sinceMs: 0 });
      expect(rows.map(({ port }) => port).sort()).toEqual([...names].sort());
      for (const port of names) {
        expect(await store.latest({ filter: { device: port, port }, sinceMs: 0 })).toHaveLength(1);
      }
    });

    it('refuses NaN, infinity and empty intervals whole, naming the field', async () => {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const points = [sample(0, { rxBytesPerSec: 1 }), sample(1, { rxBytesPerSec: value })];
        await expect(store.write(points)).rejects.toThrow(/rxBytesPerSec/);
      }
      await expect(store.write([sample(0, {}, { endMs: T0 })])).rejects.toMatchObject({ retryable: false });
      expect(await store.latest({ filter: {}, sinceMs: 0 })).toEqual([]);
    });

    it('keeps the newest row of every series as latest', async () => {
      await store.write(Array.from({ length: 70 }, (_, index) => sample(index, { rxBytesPerSec: index })));
      await store.write([sample(3, { rxBytesPerSec: 9 }, { port: 'Ethernet2' })]);
      const rows = await store.latest({ filter: {}, sinceMs: 0 });
      expect(rows.map((row) => [row.port, row.fields.rxBytesPerSec]).sort()).toEqual([
        ['Ethernet1', 69],
        ['Ethernet2', 9],
      ]);
    });

    it('ranks series by maximum and by time-weighted mean', async () => {
      await store.write([
        sample(0, { rxPauseFraction: 0.9 }),
        sample(1, { rxPauseFraction: 0.1 }, { endMs: T0 + 10_000 }),
        sample(0, { rxPauseFraction: 0.5 }, { port: 'Ethernet2' }),
        sample(0, { rxBytesPerSec: 1 }, { port: 'Ethernet3' }),
      ]);
      const query = { ...EVERYTHING, field: 'rxPauseFraction' as const, limit: 10 };
      const byMax = await store.top({ ...query, aggregate: 'max' });
      expect(byMax.map(({ port, value }) => [port, value])).toEqual([
        ['Ethernet1', 0.9],
        ['Ethernet2', 0.5],
      ]);
      const byMean = await store.top({ ...query, aggregate: 'mean', limit: 1 });
      expect(byMean).toEqual([{ device: 'leaf1', port: 'Ethernet2', priority: null, value: 0.5 }]);
    });

    it('reduces a long series to maxPoints and keeps its extremes', async () => {
      const points = Array.from({ length: 1000 }, (_, index) =>
        sample(index, { rxPauseFraction: index === 617 ? 1 : 0.01 }),
      );
      await store.write(points);
      const [series] = await store.range({ ...EVERYTHING, fields: ['rxPauseFraction'], filter: {}, maxPoints: 50 });
      expect(series?.values.length).toBeLessThanOrEqual(50);
      expect(series?.values).toContain(1);
      expect(series?.timestampsMs[series.values.indexOf(1)]).toBe(T0 + 618_000);
    });

    it('scans whole rows in time order', async () => {
      const points = Array.from({ length: 150 }, (_, index) => sample(index, { rxBytesPerSec: index, linkUp: 1 }));
      await store.write(points.toReversed());
      const rows: Sample[] = [];
      for await (const batch of store.scan({ startMs: T0 + 11_000, endMs: T0 + 101_000 })) rows.push(...batch);
      expect(rows).toEqual(points.slice(10, 100));
    });

    it('stops when the asker has gone', async () => {
      await store.write([sample(0, { rxBytesPerSec: 1 })]);
      const signal = AbortSignal.abort();
      const query = { ...EVERYTHING, fields: ['rxBytesPerSec' as const], filter: {}, signal };
      await expect(store.range(query)).rejects.toMatchObject({ code: 'cancelled', retryable: false });
      await expect(store.latest({ filter: {}, sinceMs: 0, signal })).rejects.toMatchObject({ code: 'cancelled' });
    });

    it('closes twice and then refuses', async () => {
      await store.close();
      await store.close();
      await expect(store.write([sample(0, { rxBytesPerSec: 1 })])).rejects.toMatchObject({ retryable: false });
    });

    it.runIf(capabilities.idempotentWrites)('replaces a duplicate, in one batch and across batches', async () => {
      await store.write([sample(0, { rxBytesPerSec: 1, linkUp: 1 }), sample(0, { rxBytesPerSec: 2 })]);
      await store.write([sample(1, { rxBytesPerSec: 3 })]);
      await store.write([
        sample(0, { rxBytesPerSec: 4 }),
        sample(1, { rxBytesPerSec: 5 }),
        sample(2, { rxBytesPerSec: 6 }),
      ]);
      const [series] = await store.range({ ...EVERYTHING, fields: ['rxBytesPerSec'], filter: {} });
      expect(series?.values).toEqual([4, 5, 6]);
      expect(await store.range({ ...EVERYTHING, fields: ['linkUp'], filter: {} })).toEqual([]);
    });

    it('keeps two intervals of different length that end together', async () => {
      // Queue counters that refresh slower than port counters of the same port.
      await store.write([sample(9, { rxBytesPerSec: 1 }), sample(0, { queueBytes: 7 }, { endMs: T0 + 10_000 })]);
      const fields = ['rxBytesPerSec' as const, 'queueBytes' as const];
      const series = await store.range({ ...EVERYTHING, fields, filter: {} });
      expect(series.flatMap(({ values }) => values.filter((value) => value !== null)).sort()).toEqual([1, 7]);
    });

    it('keeps what one interval gives exactly beside what it gives only as a bound', async () => {
      const exact = sample(0, { rxBytesPerSec: 5 });
      const bound = sample(0, { rxPauseFraction: 0.4 }, { quality: 'bounded' });
      for (let times = 0; times < 2; times++) await store.write([exact, bound, sample(1, { rxBytesPerSec: 6 })]);
      const fields = ['rxBytesPerSec' as const, 'rxPauseFraction' as const];
      const series = await store.range({ startMs: 0, endMs: T0 + 1500, fields, filter: {} });
      expect(series.map(({ field, values }) => [field, values])).toEqual([
        ['rxBytesPerSec', [5]],
        ['rxPauseFraction', [0.4]],
      ]);
      const rows: Sample[] = [];
      for await (const batch of store.scan({ startMs: 0, endMs: T0 + 1500 })) rows.push(...batch);
      expect(rows).toHaveLength(2);
      expect(rows).toEqual(expect.arrayContaining([exact, bound]));
    });

    it('tells as latest all fields of the newest interval, with the worst quality', async () => {
      await store.write([sample(0, { rxBytesPerSec: 5 }), sample(0, { rxPauseFraction: 0.4 }, { quality: 'bounded' })]);
      const latest = await store.latest({ filter: {}, sinceMs: 0 });
      expect(latest).toEqual([sample(0, { rxBytesPerSec: 5, rxPauseFraction: 0.4 }, { quality: 'bounded' })]);
    });

    it('takes concurrent writers', async () => {
      const writers = Array.from({ length: 8 }, (_, writer) =>
        store.write(
          Array.from({ length: 20 }, (_, index) =>
            sample(index, { rxBytesPerSec: index }, { port: `Ethernet${writer}` }),
          ),
        ),
      );
      await Promise.all(writers);
      const series = await store.range({ ...EVERYTHING, fields: ['rxBytesPerSec'], filter: {} });
      expect(series.map(({ values }) => values.length)).toEqual(Array.from({ length: 8 }, () => 20));
    });

    it.runIf(capabilities.retention)('drops what is older than asked', async () => {
      await store.write([
        sample(0, { rxBytesPerSec: 1 }),
        sample(0, { rxBytesPerSec: 2 }, { startMs: T0 + 7_200_000, endMs: T0 + 7_201_000 }),
      ]);
      await store.expire?.(T0 + 3_600_000);
      const [series] = await store.range({ ...EVERYTHING, fields: ['rxBytesPerSec'], filter: {} });
      expect(series?.values).toEqual([2]);
    });

    it('finds everything again after it was closed and opened', async ({ skip }) => {
      if (!opened.reopen) return skip('this adapter keeps nothing');
      await store.write([sample(0, { rxBytesPerSec: 1 }), sample(70, { rxBytesPerSec: 2 })]);
      opened = await opened.reopen();
      await opened.samples.write([sample(0, { rxBytesPerSec: 3 }), sample(71, { rxBytesPerSec: 4 })]);
      const [series] = await opened.samples.range({ ...EVERYTHING, fields: ['rxBytesPerSec'], filter: {} });
      expect(series?.values.filter((value) => value !== null)).toEqual([3, 2, 4]);
    });
  });
}
