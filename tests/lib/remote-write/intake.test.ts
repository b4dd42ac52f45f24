import { expect, it } from 'vitest';
import type { ReadingFrame } from '../../../lib/counters/reading.ts';
import { ParseError } from '../../../lib/errors.ts';
import { RemoteWriteIntake, type RemoteWriteOptions } from '../../../lib/remote-write/intake.ts';
import { counterOf } from '../../collectors/prometheus/pages.ts';
import { type Labels, type SentSeries, writeRequest } from './write-request.ts';

const T0 = 1_800_000_000_000;
const DAY_MS = 86_400_000;
const intake = (options: Partial<RemoteWriteOptions> = {}) =>
  new RemoteWriteIntake({ ufmDataUnit: 'words', alias: {}, ...options });
const TARGET = { job: 'node', instance: 'gpu07:9100' };
const NAMES = {
  rx: 'node_infiniband_port_data_received_bytes_total',
  tx: 'node_infiniband_port_data_transmitted_bytes_total',
  wait: 'node_infiniband_port_transmit_wait_total',
};

function series(name: string, value: number | 'stale', atMs: number, more: Labels = {}): SentSeries {
  return { labels: { __name__: name, ...TARGET, device: 'mlx5_0', port: '1', ...more }, samples: [[value, atMs]] };
}
const scrape = (n: number, more: Labels = {}) => [
  series(NAMES.rx, 1000 + n, T0 + n * 1000, more),
  series(NAMES.tx, 2000 + n, T0 + n * 1000, more),
  series(NAMES.wait, 7, T0 + n * 1000, more),
];

function send(to: RemoteWriteIntake, sent: readonly SentSeries[], nowMs = T0 + 60_000) {
  const reading = to.read(writeRequest(sent), nowMs, DAY_MS);
  return { ...reading, frames: reading.readings.flatMap(({ frames }) => frames) };
}
const values = (frames: readonly ReadingFrame[], counter: 'rxBytes' | 'txBytes' = 'rxBytes') =>
  frames.map((frame) => [frame.atMs[0], Number(counterOf(frame, 'mlx5_0', counter))]);

it('reads a scrape once all of it has come, whatever requests it comes in', () => {
  const to = intake();
  // How many there are is not known yet: the first waits for those after it.
  expect([0, 1, 2].flatMap((n) => send(to, scrape(n)).frames)).toEqual([]);
  expect(values(send(to, scrape(3)).frames)).toEqual([[T0, 1000]]);
  const [rx, tx, wait] = scrape(4);
  expect(send(to, [tx!, wait!]).frames).toHaveLength(1);
  const done = send(to, [rx!]).frames;
  expect(values(done)).toEqual([2, 3, 4].map((n) => [T0 + n * 1000, 1000 + n]));
  expect(values(done, 'txBytes')).toEqual([2, 3, 4].map((n) => [T0 + n * 1000, 2000 + n]));
  expect(done[0]).toMatchObject({ device: 'gpu07', ports: ['mlx5_0'] });
});

it('does not mind samples that are late, repeated or out of order', () => {
  const to = intake();
  for (let n = 0; n < 5; n++) send(to, scrape(n));
  const again = send(to, [...scrape(3), ...scrape(4), ...scrape(1)]);
  expect(again).toMatchObject({ accepted: 9, refused: 0, frames: [] });
  const turned = send(to, [...scrape(6), ...scrape(5)]).frames;
  expect(values(turned)).toEqual([
    [T0 + 5000, 1005],
    [T0 + 6000, 1006],
  ]);
});

it('takes two senders of the same series for one', () => {
  const to = intake();
  for (let n = 0; n < 5; n++) {
    send(to, scrape(n, { prometheus_replica: 'a', __replica__: 'a' }));
    send(to, scrape(n, { prometheus_replica: 'b', __replica__: 'b' }));
  }
  expect(values(send(to, scrape(5, { prometheus_replica: 'b' })).frames)).toEqual([[T0 + 5000, 1005]]);
});

it('takes a staleness marker for absent, and for told', () => {
  const to = intake();
  for (let n = 0; n < 5; n++) send(to, scrape(n));
  const [rx, tx, wait] = scrape(5);
  const { frames } = send(to, [rx!, { ...tx!, samples: [['stale', T0 + 5000]] }, wait!]);
  expect(values(frames)).toEqual([[T0 + 5000, 1005]]);
  expect(counterOf(frames[0], 'mlx5_0', 'txBytes')).toBeUndefined();
});

it('goes on when a sender falls silent or a series never comes again', () => {
  const to = intake();
  for (let n = 0; n < 5; n++) send(to, scrape(n));
  const without = (n: number) => scrape(n).slice(0, 2);
  expect(send(to, without(5)).frames).toEqual([]);
  // Nothing is held longer than half a minute.
  expect(values(send(to, without(6), T0 + 100_000).frames)).toEqual([[T0 + 5000, 1005]]);
  for (let n = 7; n < 40; n++) send(to, without(n), T0 + 100_000);
  expect(values(send(to, without(40), T0 + 100_000).frames)).toEqual([[T0 + 40_000, 1040]]);
});

it('names the device by a label of choice, by the instance or by the job', () => {
  const cases: [Labels, string | undefined, string][] = [
    [{ instance: 'gpu09:9100' }, undefined, 'gpu09'],
    [{ instance: '[2001:db8::7]:9100' }, undefined, '2001:db8::7'],
    [{ instance: 'gpu09' }, undefined, 'gpu09'],
    [{ instance: '', job: 'gpus' }, undefined, 'gpus'],
    [{ instance: '10.0.0.7:9100', node: 'gpu10' }, 'node', 'gpu10'],
    [{ instance: '10.0.0.7:9100' }, 'node', '10.0.0.7'],
  ];
  for (const [labels, deviceLabel, device] of cases) {
    const to = intake({ deviceLabel });
    for (let n = 0; n < 4; n++) send(to, scrape(n, labels));
    expect(send(to, scrape(4, labels)).frames.at(0)?.device, device).toBe(device);
  }
  const nameless = send(intake(), [{ labels: { __name__: NAMES.rx, device: 'mlx5_0' }, samples: [[1, T0]] }]);
  expect(nameless).toMatchObject({ accepted: 0, refused: 1 });
  expect(nameless.reasons[0]).toContain('neither of the labels instance and job');
});

it('knows the devices of a page that has several, and operations of NCCL Inspector', () => {
  const to = intake();
  const switches = (n: number) =>
    ['leaf-01', 'leaf-02'].map((name) => ({
      labels: {
        __name__: 'infiniband_switch_port_transmit_data_bytes_total',
        job: 'ib',
        instance: 'monitor:9315',
        switch: name,
        guid: `0x98039b030000000${name.at(-1)}`,
        port: '3',
      },
      samples: [[n * 100, T0 + n * 1000]] as SentSeries['samples'],
    }));
  for (let n = 0; n < 5; n++) send(to, switches(n));
  expect(send(to, switches(5)).frames.map(({ device }) => device)).toEqual(['leaf-01', 'leaf-02']);

  const nccl = (n: number) => [
    {
      labels: {
        __name__: 'nccl_collective_exec_time_microseconds',
        job: 'dcgm',
        instance: 'gpu07:9400',
        slurm_job_id: '42',
        collective: 'AllReduce',
        message_size: '8-9MB',
        comm_name: 'DP',
        nranks: '32',
        n_nodes: '4',
      },
      samples: [[1000 + n, T0 + n * 1000]] as SentSeries['samples'],
    },
  ];
  const found = [0, 1, 2, 3, 4].flatMap((n) => send(to, nccl(n)).readings.flatMap(({ collectives }) => collectives));
  expect(found[0]).toMatchObject({ job: '42', collectiveKind: 'AllReduce', execTimeUs: 1000, timestampMs: T0 });
});

it('leaves other metrics aside and refuses times of broken clocks', () => {
  const read = send(intake(), [
    { labels: { __name__: 'up', ...TARGET }, samples: [[1, T0]] },
    {
      labels: { __name__: 'node_cpu_seconds_total', ...TARGET },
      samples: [
        [1, T0],
        [2, T0 + 1],
      ],
    },
    series(NAMES.rx, 1, T0 + 2 * DAY_MS),
    series(NAMES.rx, 1, T0 - 2 * DAY_MS),
    { labels: TARGET, samples: [[1, T0]] },
  ]);
  expect(read).toMatchObject({ accepted: 0, refused: 2 });
  expect(Object.fromEntries(read.unknown)).toEqual({ up: 1, node_cpu_seconds_total: 2, '': 1 });
  expect(read.reasons.join()).toMatch(/future.*older/);
});

it('refuses what is no request, and believes nothing of it', () => {
  const to = intake();
  for (let n = 0; n < 5; n++) send(to, scrape(n));
  const broken = Buffer.concat([writeRequest(scrape(5)), Buffer.from([0x0a, 0x7f])]);
  expect(() => to.read(broken, T0 + 60_000, DAY_MS)).toThrow(ParseError);
  expect(values(send(to, scrape(5)).frames)).toEqual([[T0 + 5000, 1005]]);
});
