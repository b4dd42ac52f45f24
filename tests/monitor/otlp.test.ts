import { gzipSync } from 'node:zlib';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { AggregationTemporality, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { defaultBaseConfig } from '../../lib/config/base.ts';
import { ProtoReader } from '../../lib/protobuf/reader.ts';
import { type TestMonitor, testMonitor } from './helpers.ts';

let monitor: TestMonitor;
beforeAll(async () => {
  monitor = await testMonitor();
});
afterAll(() => monitor.close());

const metrics = (body: string | Buffer, type = 'application/json', headers: Record<string, string> = {}) =>
  monitor.post('/v1/metrics', body, { 'content-type': type, ...headers });

describe('the OpenTelemetry SDK', () => {
  it.each([
    ['protobuf', ProtobufExporter, AggregationTemporality.CUMULATIVE],
    ['protobuf, deltas', ProtobufExporter, AggregationTemporality.DELTA],
    ['JSON', JsonExporter, AggregationTemporality.CUMULATIVE],
  ])('pushes steps and other metrics unmodified, as %s', async (name, Exporter, temporalityPreference) => {
    const exporter = new Exporter({ url: `${monitor.url}/v1/metrics`, temporalityPreference });
    // The process under test gives the resource by environment; here the attributes stand on the points.
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    const meter = provider.getMeter('megatron');
    const job = `otel ${name}`;
    const histogram = meter.createHistogram('megatron.training.step_duration_ms', { unit: 'ms' });
    for (let step = 0; step < 5; step++) histogram.record(60_000 + step, { job, rank: 3 });
    meter.createCounter('megatron.training.skipped_iters').add(1);
    await reader.forceFlush();
    await provider.shutdown();
    const { items } = await vi.waitFor(async () => {
      const { json } = await monitor.get(`/api/v1/jobs/${encodeURIComponent(job)}`);
      expect(json?.lastStep).toBe(5);
      return (await monitor.get(`/api/v1/jobs/${encodeURIComponent(job)}/steps`)).json;
    });
    expect(items).toMatchObject([{ step: 5, durationSeconds: expect.closeTo(60.002, 3) }]);
    expect(items[0].flags.join()).toContain('averaged');
    expect((await monitor.get('/metrics')).text).toContain('megatron.training.skipped_iters');
  });
});

describe('POST /v1/metrics', () => {
  const point = (over: object = {}) => ({
    startTimeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
    timeUnixNano: String(BigInt(Date.now() + 1000) * 1_000_000n),
    count: '1',
    sum: 1000,
    attributes: [{ key: 'job', value: { stringValue: 'by hand' } }],
    ...over,
  });
  const request = (...dataPoints: object[]) =>
    JSON.stringify({
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                { name: 'train_step.duration', unit: 'ms', histogram: { aggregationTemporality: 1, dataPoints } },
              ],
            },
          ],
        },
      ],
    });

  it('answers 200 {} in the type of the request, gzip or not', async () => {
    const plain = await metrics(request(point()), 'application/json; charset=utf-8');
    expect([plain.status, plain.json]).toEqual([200, {}]);
    const zipped = await metrics(gzipSync(request(point())), 'application/json', { 'content-encoding': 'gzip' });
    expect([zipped.status, zipped.json]).toEqual([200, {}]);
    const protobuf = await metrics(Buffer.alloc(0), 'application/x-protobuf');
    expect([protobuf.status, protobuf.text]).toEqual([200, '']);
    expect(protobuf.headers.get('content-type')).toBe('application/x-protobuf');
  });

  it('says which points it refused, and why', async () => {
    const { status, json } = await metrics(request(point({ count: '3', attributes: [] }), point({ sum: 'x' })));
    expect(status).toBe(200);
    expect(json.partialSuccess.rejectedDataPoints).toBe('2');
    expect(json.partialSuccess.errorMessage).toContain('no attribute names the job');
  });

  it('answers what is no request with a Status in the type of the request', async () => {
    const bad = await metrics('no json');
    expect([bad.status, bad.json]).toEqual([400, { code: 3, message: 'the body is not JSON' }]);
    const response = await fetch(`${monitor.url}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: Buffer.from([0xff, 0xff]),
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/x-protobuf']);
    const reader = new ProtoReader(Buffer.from(await response.arrayBuffer()));
    const fields: unknown[] = [];
    while (reader.next()) fields.push(reader.field === 1 ? reader.uint64() : reader.text());
    expect(fields).toEqual([3n, expect.stringContaining('cut short')]);
    expect((await metrics('x', 'text/plain')).status).toBe(415);
    const bomb = gzipSync(Buffer.alloc(70 * 1024 * 1024));
    const large = await metrics(bomb, 'application/x-protobuf', { 'content-encoding': 'gzip' });
    expect(large.status).toBe(413);
  });

  it('takes a token where there are tokens', async () => {
    const config = defaultBaseConfig();
    config.server.tokens.push({ name: 'jobs', token: 'a-token-for-training-jobs', scopes: ['ingest'] });
    const guarded = await testMonitor({ config });
    const ask = (headers: Record<string, string>) =>
      guarded.post('/v1/metrics', '{}', { 'content-type': 'application/json', ...headers });
    const refused = await ask({});
    expect([refused.status, refused.json.code]).toEqual([401, 16]);
    expect((await ask({ authorization: 'Bearer a-token-for-training-jobs' })).status).toBe(200);
    await guarded.close();
  });
});
