import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { mlflowConfigSchema } from '../../../collectors/mlflow/config.ts';
import { mlflowPlugin } from '../../../collectors/mlflow/index.ts';
import { readHistory } from '../../../collectors/mlflow/parse.ts';
import { systemClock } from '../../../lib/clock.ts';
import type { TargetHealth } from '../../../lib/events/events.ts';
import { silentLogger } from '../../../lib/logger.ts';
import type { StepRecord } from '../../../lib/training/step.ts';
import { type FakeTracking, loggedMs, metric, serveTracking } from './tracking-server.ts';

const RUN = 'd45618e8287740d3a81e261ef6d6c803';
let directory: string;
let server: FakeTracking;
let stop: AbortController;
let running: Promise<void>[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mlflow-'));
  server = serveTracking(undefined, [1, 2, 3]);
  stop = new AbortController();
  running = [];
});
afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

function create(url: string, over: Record<string, unknown> = {}, fails = () => false) {
  const steps: StepRecord[] = [];
  const health: TargetHealth[] = [];
  const source = mlflowPlugin.create(
    mlflowConfigSchema.parse({ url, run: RUN, metric: 'train/loss', job: 'llm', interval: '5ms', ...over }),
    {
      sink: {
        readings() {},
        links() {},
        collectives() {},
        jobs() {},
        steps: (records) => {
          if (fails()) throw new Error('killed here');
          steps.push(...records);
        },
        health: (report) => health.push(report),
      },
      clock: systemClock,
      logger: silentLogger,
      collectorId: 'c',
      stateDir: join(directory, 'state'),
    },
  );
  return { source, steps, health };
}
function start(...given: Parameters<typeof create>) {
  const made = create(...given);
  const own = new AbortController();
  stop.signal.addEventListener('abort', () => own.abort());
  const done = made.source.start(own.signal);
  running.push(done);
  const end = async () => {
    own.abort();
    await done;
  };
  return { ...made, end };
}
const until = async (done: () => boolean) => {
  while (!done()) await turn();
};
const numbers = (steps: StepRecord[]) => steps.map(({ step }) => step);

it('takes the time between two values for the steps between them, by the clock of the job', async () => {
  server.metrics.push(metric(13));
  const { steps } = start(await server.start(), { host: 'gpu01', rank: 0 });
  await until(() => steps.length === 3);
  const common = { job: 'llm', host: 'gpu01', rank: 0, timeBasis: 'source' };
  expect(steps).toEqual([
    { ...common, step: 2, startMs: loggedMs(1), endMs: loggedMs(2) },
    { ...common, step: 3, startMs: loggedMs(2), endMs: loggedMs(3) },
    { ...common, step: 13, startMs: loggedMs(12), endMs: loggedMs(13), averagedOver: 10 },
  ]);
});

it('takes a metric that is a time as what it says', async () => {
  server.metrics = [metric(7, { value: 0.25 }), metric(8, { value: 'NaN' }), metric(9, { value: 0.5 })];
  const { steps, health } = start(await server.start(), { stepTimeUnit: 's' });
  await until(() => steps.length === 2 && health.length > 0);
  expect(steps.map(({ step, startMs, endMs }) => [step, endMs - startMs, endMs])).toEqual([
    [7, 250, loggedMs(7)],
    [9, 500, loggedMs(9)],
  ]);
  expect(health.at(-1)?.refused).toEqual(['1 values refused, the last: step 8 has no usable time']);
});

it('reads page after page, then only what is new, over a restart too', async () => {
  server.pageSize = 2;
  server.metrics = Array.from({ length: 7 }, (_, index) => metric(index + 1));
  const url = await server.start();
  const first = start(url);
  await until(() => first.steps.length === 6 && server.asked.length > 6);
  const place = Buffer.from('{"offset": 6}').toString('base64');
  expect(server.asked.slice(4).every((token) => token === place)).toBe(true);
  server.metrics.push(metric(8));
  await until(() => first.steps.length === 7);
  await first.end();
  server.metrics.push(metric(9), metric(10));
  server.asked.length = 0;
  const second = start(url);
  await until(() => second.steps.length === 2);
  expect(server.asked[0]).toBe(place);
  expect(numbers(first.steps)).toEqual([2, 3, 4, 5, 6, 7, 8]);
  expect(numbers(second.steps)).toEqual([9, 10]);
});

it('hands on again what it could not hand on', async () => {
  let broken = true;
  const { steps, health } = start(await server.start(), {}, () => broken);
  await until(() => health.some(({ failures }) => failures > 0));
  expect(steps).toEqual([]);
  broken = false;
  await until(() => steps.length > 0);
  expect(numbers(steps)).toEqual([2, 3]);
});

it('begins again where the job does: a step that falls is a new run of it', async () => {
  server.metrics.push(metric(2, { timestamp: loggedMs(60) }), metric(3, { timestamp: loggedMs(62) }));
  const { steps } = start(await server.start());
  await until(() => steps.length === 3);
  expect(steps[2]).toMatchObject({ step: 3, startMs: loggedMs(60), endMs: loggedMs(62) });
});

it('sends the credentials it is given, and shows none', async () => {
  server.authorization = `Basic ${Buffer.from('ada:s3cret').toString('base64')}`;
  const url = await server.start();
  const good = start(url, { auth: { username: 'ada', password: 's3cret' } });
  await until(() => good.steps.length === 2);
  const bad = start(url, { name: 'bad', auth: { token: 's3cret' }, job: 'other' });
  await until(() => bad.health.length > 0);
  expect(bad.health.at(-1)).toMatchObject({ state: 'down' });
  expect(bad.health.at(-1)?.lastError?.message).toContain(
    'get-history answers 401: it does not accept the auth profile',
  );
  expect(JSON.stringify([good.health, bad.health])).not.toContain('s3cret');
});

it('says that nobody answers in one sentence, and goes on when somebody does', async () => {
  const url = await server.start();
  await server.close();
  const { steps, health, source } = start(url);
  await until(() => health.length > 0);
  expect(health.at(-1)).toMatchObject({ state: 'down', collector: 'mlflow', target: url });
  expect(health.at(-1)?.lastError?.message).toMatch(/^http:\S+\/get-history refuses connections/);
  expect(await source.probe(AbortSignal.timeout(5000))).toMatchObject({ ok: false });
  const again = create(await server.start());
  expect(await again.source.probe(AbortSignal.timeout(5000))).toMatchObject({
    ok: true,
    message: '3 values of train/loss',
  });
  expect(steps).toEqual([]);
});

it('asks whether run and metric are right where there is no value', async () => {
  const { health } = start(await server.start(), { metric: 'train/los' });
  await until(() => health.length > 0);
  expect(health.at(-1)).toMatchObject({ state: 'degraded', lastError: null });
  expect(health.at(-1)?.refused).toEqual([
    `run ${RUN} has no value of train/los yet: are both written as MLflow shows them?`,
  ]);
  const elsewhere = create(`${await serverWithoutApi()}/mlflow`);
  expect((await elsewhere.source.probe(AbortSignal.timeout(5000))).message).toContain(
    `answers 404: is the url right, and is there a run ${RUN}?`,
  );
});
/** The same server has nothing below another path. */
async function serverWithoutApi(): Promise<string> {
  await server.close();
  return await server.start();
}

it('loses an entry that is no value, and nothing else', () => {
  const bad = [{ timestamp: -1, step: 2 }, { timestamp: 'x' }, null, 7, { ...metric(2), step: 1.5 }];
  const read = readHistory(
    JSON.stringify({ metrics: [metric(3), ...bad, { timestamp: String(loggedMs(1)), value: 1 }] }),
  );
  expect(read).toEqual({
    values: [
      { timestampMs: loggedMs(1), step: 0, value: 1 },
      { timestampMs: loggedMs(3), step: 3, value: 2.5 },
    ],
    refused: 5,
  });
  for (const answer of ['', '<html>', '[]', '{"metrics": 7}', 'null'])
    expect(() => readHistory(answer), answer).toThrow('is this an MLflow tracking server?');
});

it.each([
  [{ url: 'http://ada:s3cret@mlflow:5000' }, 'credentials'],
  [{ url: 'mlflow:5000' }, 'http'],
  [{ run: '../x' }, 'no id of a run'],
])('refuses %j', (over, message) => {
  const entry = { url: 'http://mlflow:5000', run: RUN, metric: 'loss', job: 'llm', ...over };
  expect(JSON.stringify(mlflowConfigSchema.safeParse(entry).error?.issues)).toContain(message);
});
