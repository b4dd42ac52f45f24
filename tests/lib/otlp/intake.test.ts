import { describe, expect, it } from 'vitest';
import { OtlpIntake } from '../../../lib/otlp/intake.ts';
import { CUMULATIVE, DELTA, type MetricPoint } from '../../../lib/otlp/metric-point.ts';

const T0 = Date.UTC(2026, 10, 22, 12, 0, 0);
const nano = (seconds: number) => BigInt(T0 + seconds * 1000) * 1_000_000n;
const point = (over: Partial<MetricPoint> & { attributes?: Map<string, string> } = {}): MetricPoint => ({
  metric: 'megatron.training.step_duration_ms',
  unit: 'ms',
  temporality: CUMULATIVE,
  resource: new Map([
    ['job', 'llm'],
    ['host.name', 'gpu01'],
  ]),
  attributes: new Map(),
  startNano: nano(0),
  timeNano: nano(10),
  count: 4,
  sum: 10_000,
  ...over,
});
const intake = (lastStep: number | null = null) => new OtlpIntake(T0 - 60_000, () => lastStep);
/** Reads a request and stores it. */
const take = (into: OtlpIntake, ...points: MetricPoint[]) => {
  const reading = into.read({ points, unknown: new Map(), tooMany: 0 });
  reading.stored();
  return reading;
};

describe('histograms of step times', () => {
  it('are means over the steps between two exports', () => {
    const into = intake();
    expect(take(into, point()).steps).toEqual([
      {
        job: 'llm',
        host: 'gpu01',
        step: 4,
        startMs: T0 + 7500,
        endMs: T0 + 10_000,
        averagedOver: 4,
        timeBasis: 'arrival',
      },
    ]);
    const next = take(into, point({ timeNano: nano(20), count: 7, sum: 19_000 })).steps;
    expect(next).toMatchObject([{ step: 7, startMs: T0 + 17_000, endMs: T0 + 20_000, averagedOver: 3 }]);
    expect(take(into, point({ timeNano: nano(30), count: 7, sum: 19_000 })).steps).toEqual([]);
  });

  it('of one step in the time of one step name that step', () => {
    const into = intake();
    take(into, point());
    const [only] = take(into, point({ timeNano: nano(12.5), count: 5, sum: 12_400 })).steps;
    expect(only).toMatchObject({ step: 5, startMs: T0 + 12_500 - 2400 });
    expect(only).not.toHaveProperty('averagedOver');
  });

  it('of one mean in the time of a hundred steps claim no more than a mean over a hundred', () => {
    const into = intake();
    take(into, point({ count: 1, sum: 1000, timeNano: nano(100) }));
    const [mean] = take(into, point({ count: 2, sum: 2000, timeNano: nano(200) })).steps;
    expect(mean).toMatchObject({ averagedOver: 100, step: 200, startMs: T0 + 199_000 });
  });

  it('take step numbers from the gauge beside them', () => {
    const into = intake();
    const histogram = (seconds: number, count: number) =>
      point({ metric: 'train_step.duration', unit: 's', count, sum: count * 2, timeNano: nano(seconds) });
    const gauge = (seconds: number, value: number) =>
      point({ metric: 'train_step.step', unit: '', value, timeNano: nano(seconds) });
    expect(take(into, histogram(10, 5), gauge(10, 1005)).steps).toMatchObject([{ step: 1005, averagedOver: 5 }]);
    expect(take(into, gauge(30, 1008), histogram(30, 8)).steps).toMatchObject([{ step: 1008, averagedOver: 3 }]);
  });

  it('as deltas add up, once each', () => {
    const into = intake(100);
    const delta = (from: number, to: number, count: number) =>
      point({ temporality: DELTA, startNano: nano(from), timeNano: nano(to), count, sum: count * 2500 });
    expect(take(into, delta(0, 10, 4)).steps).toMatchObject([{ step: 104, averagedOver: 4 }]);
    expect(take(into, delta(10, 20, 4)).steps).toMatchObject([{ step: 108, averagedOver: 4 }]);
    expect(take(into, delta(10, 20, 4)).steps).toEqual([]);
  });

  it('begin again when the process does', () => {
    const into = intake();
    take(into, point({ count: 40, sum: 40_000, timeNano: nano(40) }));
    const again = point({ startNano: nano(50), timeNano: nano(54), count: 2, sum: 4000 });
    expect(take(into, again).steps).toMatchObject([{ averagedOver: 2, startMs: T0 + 52_000 }]);
    const less = point({ startNano: nano(50), timeNano: nano(64), count: 1, sum: 3000 });
    expect(take(into, less).steps).toMatchObject([{ startMs: T0 + 61_000 }]);
  });

  it('that began before anyone looked only say where they stand', () => {
    const into = new OtlpIntake(T0 + 5000, () => 500);
    expect(take(into, point()).steps).toEqual([]);
    expect(take(into, point({ timeNano: nano(15), count: 6, sum: 15_000 })).steps).toMatchObject([
      { step: 502, averagedOver: 2 },
    ]);
  });

  it('are kept apart by rank', () => {
    const into = intake();
    const of = (rank: string) => point({ attributes: new Map([['rank', rank]]) });
    expect(take(into, of('0'), of('1'), of('x')).steps.map(({ rank }) => rank)).toEqual([0, 1, undefined]);
  });

  it('come again when they could not be stored', () => {
    const into = intake();
    const request = { points: [point()], unknown: new Map<string, number>(), tooMany: 0 };
    const first = into.read(request).steps;
    expect(into.read(request).steps).toEqual(first);
  });

  it.each([
    ['no attribute names the job', { resource: new Map([['service.name', 'unknown_service:python']]) }],
    ['unit "furlong" is no time', { unit: 'furlong' }],
    ['neither delta nor cumulative', { temporality: 0 }],
    ['no count, sum or time', { sum: Number.NaN }],
    ['no count, sum or time', { timeNano: 0n }],
    ['step: ', { count: 2 ** 60, sum: 2 ** 60 }],
  ])('are refused with a reason: %s', (reason, over) => {
    const { steps, refused, reasons } = take(intake(), point(over));
    expect(steps).toEqual([]);
    expect([refused, reasons.length]).toEqual([1, 1]);
    expect(reasons[0]).toContain(reason);
  });

  it('know their job by Slurm or by the name of the service too', () => {
    const of = (...resource: [string, string][]) =>
      take(intake(), point({ resource: new Map(resource) })).steps[0]?.job;
    expect(of(['service.name', 'pretrain'])).toBe('pretrain');
    expect(of(['service.name', 'pretrain'], ['slurm.job.id', '4711'])).toBe('4711');
    expect(of(['nemo.run.id', 'run-a'], ['service.name', 'x'])).toBe('run-a');
  });
});

describe("NCCL Inspector's metrics", () => {
  const nccl = (metric: string, value: number, attributes: [string, string][], seconds = 10): MetricPoint => {
    const { count: _, sum: __, ...rest } = point({ metric, value, timeNano: nano(seconds) });
    return { ...rest, attributes: new Map([['node', 'h1'], ['gpu', 'GPU3'], ['nranks', '8'], ...attributes]) };
  };
  const one: [string, string][] = [
    ['comm_id', '0xa'],
    ['comm_name', 'unknown'],
    ['collective', 'AllReduce'],
    ['coll_sn', '7'],
    ['coll_msg_size_bytes', '1048576'],
  ];

  it('of one operation make one record', () => {
    const { collectives, refused } = take(
      intake(),
      nccl('nccl_bus_bandwidth_gbs', 480.5, one),
      nccl('nccl_collective_exec_time_microseconds', 61, one),
    );
    expect(refused).toBe(0);
    expect(collectives).toEqual([
      {
        job: 'llm',
        commId: '0xa',
        collectiveKind: 'AllReduce',
        collectiveSeq: 7,
        messageBytes: 1048576,
        execTimeUs: 61,
        busGBPerSec: 480.5,
        ranks: 8,
        host: 'h1',
        gpu: 'GPU3',
        timestampMs: T0 + 10_000,
      },
    ]);
  });

  it('of a range of sizes make a mean, without a number', () => {
    const range: [string, string][] = [
      ['comm_name', 'dp'],
      ['p2p_operation', 'Send'],
      ['message_size', '2-3MB'],
    ];
    const [mean] = take(intake(), nccl('nccl_p2p_exec_time_microseconds', 12, range)).collectives;
    expect(mean).toMatchObject({ commId: 'dp', commName: 'dp', collectiveKind: 'Send', messageBytes: 2 * 1024 ** 2 });
    expect(mean).not.toHaveProperty('collectiveSeq');
    expect(mean).not.toHaveProperty('busGBPerSec');
  });

  it('are refused where half is missing', () => {
    const { refused, reasons } = take(
      intake(),
      nccl('nccl_bus_bandwidth_gbs', 480.5, one),
      nccl('nccl_collective_exec_time_microseconds', -1, one, 20),
      nccl('nccl_collective_exec_time_microseconds', 1, [['collective', 'AllReduce']], 30),
    );
    expect(refused).toBe(3);
    expect(reasons.join('\n')).toMatch(/without the duration[\s\S]*is missing/);
  });
});
