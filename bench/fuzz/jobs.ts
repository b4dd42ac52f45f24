import { jobsOfPods, readPodPage } from '../../collectors/kubernetes/pods.ts';
import { readSqueue } from '../../collectors/slurm/squeue.ts';
import { EventRecords, maskedCrc } from '../../collectors/training/event-records.ts';
import { ncclInspector } from '../../collectors/training/formats/nccl-inspector.ts';
import { tensorboard } from '../../collectors/training/formats/tensorboard.ts';
import type { FormatContext, LineReading } from '../../collectors/training/formats/types.ts';
import { LineSplitter } from '../../collectors/training/lines.ts';
import { KNOWN_METRICS, OtlpIntake } from '../../lib/otlp/intake.ts';
import type { MetricsRequest } from '../../lib/otlp/metric-point.ts';
import { readMetricsJson } from '../../lib/otlp/read-json.ts';
import { readMetricsProtobuf } from '../../lib/otlp/read-protobuf.ts';
import { encodeProto } from '../../lib/protobuf/writer.ts';
import { SeriesDictionary } from '../../lib/store/series.ts';
import { LineIngest } from '../../monitor/ingest/line-ingest.ts';
import { mutate, NASTY_JSON } from './mutate.ts';
import { type FuzzSubject, shown } from './run.ts';

const NOW_MS = 1_800_000_000_000;
/** Telegraf's counters through to samples. */
export function telegrafSubject(): FuzzSubject {
  const good = Buffer.from(
    [0, 1, 2]
      .map(
        (
          poll,
        ) => `infiniband,host=gpu01,device=mlx5_0,port=1 port_rcv_data=${poll * 1000}i,np_cnp_sent=${poll}i ${NOW_MS - 30_000 + poll * 10_000}
ethtool,host=gpu01,interface=ens1 rx_prio3_pause_duration=${poll * 500}i,rx_discards_phy=${poll}i ${NOW_MS - 30_000 + poll * 10_000}`,
      )
      .join('\n'),
  );
  const open = () => new LineIngest(new SeriesDictionary(1000), { now: () => NOW_MS }, 3_600_000);
  const ingest = open();
  const read = (bytes: Buffer): boolean => {
    const parsed = ingest.parse(bytes, 'ms');
    ingest.stored(parsed);
    if (parsed.summary.problems.some(({ message }) => message === ''))
      throw new Error('a line is refused without a reason');
    return parsed.summary.accepted > 0;
  };
  return {
    next: (random) => {
      const bytes = mutate(good, random, [
        '\\',
        '"',
        ',',
        '=',
        ' ',
        '\n',
        '18446744073709551615u',
        '-1i',
        '1e300',
        't',
      ]);
      return { describe: () => shown(bytes), run: () => read(bytes) };
    },
    mayRememberMiB: 160,
    isWell: () => ingest.parse(good, 'ms').summary.accepted === 6 && open().parse(good, 'ms').block.length > 0,
  };
}

function fixed(field: number, value: bigint | number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = field * 8 + 1;
  if (typeof value === 'bigint') bytes.writeBigUInt64LE(value, 1);
  else bytes.writeDoubleLE(value, 1);
  return bytes;
}

const attribute = (key: string, value: string) =>
  encodeProto([
    [1, key],
    [2, encodeProto([[1, value]])],
  ]);
const START_NANO = BigInt(NOW_MS - 10_000) * 1_000_000n;
const PROTOBUF = encodeProto([
  [
    1,
    encodeProto([
      [1, encodeProto([[1, attribute('job', 'llm')]])],
      [
        2,
        encodeProto([
          [
            2,
            encodeProto([
              [1, 'megatron.training.step_duration_ms'],
              [3, 'ms'],
              [
                9,
                encodeProto([
                  [
                    1,
                    Buffer.concat([
                      fixed(2, START_NANO),
                      fixed(3, START_NANO + 9_000_000_000n),
                      fixed(4, 3n),
                      fixed(5, 9000),
                    ]),
                  ],
                  [2, 1n],
                ]),
              ],
            ]),
          ],
        ]),
      ],
    ]),
  ],
]);
const metric = (name: string, value: object) => ({
  name,
  gauge: {
    dataPoints: [
      {
        timeUnixNano: String(START_NANO),
        attributes: Object.entries({
          job: 'llm',
          comm_id: '0xa',
          collective: 'AllReduce',
          coll_sn: '7',
          coll_msg_size_bytes: '1024',
        }).map(([key, stringValue]) => ({ key, value: { stringValue } })),
        ...value,
      },
    ],
  },
});
const JSON_BODY = Buffer.from(
  JSON.stringify({
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: [
              metric('nccl_bus_bandwidth_gbs', { asDouble: 480.5 }),
              metric('nccl_collective_exec_time_microseconds', { asInt: '61' }),
            ],
          },
        ],
      },
    ],
  }),
);

/** OTLP requests, protobuf and JSON, through to steps and collectives. */
export function otlpSubject(): FuzzSubject {
  const intake = new OtlpIntake(0, () => null);
  const take = (request: MetricsRequest & { malformed?: string[] }): boolean => {
    const { steps, collectives, refused, reasons, stored } = intake.read(request, request.malformed);
    stored();
    if (refused > 0 && (reasons.length === 0 || reasons.includes('')))
      throw new Error('points are refused without a reason');
    return steps.length + collectives.length > 0;
  };
  const protobuf = (bytes: Buffer) => take(readMetricsProtobuf(bytes, KNOWN_METRICS));
  const json = (bytes: Buffer) => take(readMetricsJson(bytes, KNOWN_METRICS));
  return {
    next: (random) => {
      const [good, read, nasty] = random.pick<[Buffer, (bytes: Buffer) => boolean, readonly string[]]>([
        [PROTOBUF, protobuf, []],
        [JSON_BODY, json, NASTY_JSON],
      ]);
      const bytes = mutate(good, random, nasty);
      return { describe: () => shown(bytes), run: () => read(bytes) };
    },
    isWell: () => json(JSON_BODY) && readMetricsProtobuf(PROTOBUF, KNOWN_METRICS).points.length === 1,
  };
}

const SQUEUE = Buffer.from(
  JSON.stringify({
    jobs: [
      {
        job_id: 4711,
        name: 'llm',
        user_name: 'ada',
        partition: 'gpu',
        job_state: ['RUNNING'],
        nodes: 'dgx[001-002,010]',
        start_time: { set: true, number: 1_700_000_000 },
        gres_detail: ['gpu:h100:8(IDX:0-7)'],
      },
    ],
  }),
);
const COLUMNS = Buffer.from('4711|ada|gpu|2026-11-22T17:10:05|2|dgx[001-002]|llm\n4712|bob|gpu|N/A|1|c1|x\n');
const SCONTROL = Buffer.from(
  'JobId=4711 JobName=llm\n   UserId=ada(1000) GroupId=ml(1000)\n   JobState=RUNNING Reason=None\n   StartTime=2026-11-22T16:10:05 EndTime=Unknown\n   Partition=gpu AllocNode:Sid=x\n   ReqNodeList=(null)\n   NodeList=dgx[001-002]\n   TRES=cpu=96,gres/gpu=16\n',
);
const PODS = Buffer.from(
  JSON.stringify({
    items: [
      {
        metadata: { name: 'llm-0', namespace: 'train', labels: { 'jobset.sigs.k8s.io/jobset-name': 'llm' } },
        spec: { nodeName: 'gpu01', containers: [{ resources: { limits: { 'nvidia.com/gpu': '8' } } }] },
        status: { phase: 'Running', startTime: '2026-11-22T16:00:00Z' },
      },
    ],
  }),
);

/** What squeue prints and an API server answers. */
export function schedulerSubject(): FuzzSubject {
  const squeue = (bytes: Buffer) => readSqueue(bytes.toString('utf8'), 'UTC').jobs.length > 0;
  const pods = (bytes: Buffer) => jobsOfPods(readPodPage(bytes.toString('utf8')).pods).jobs.length > 0;
  return {
    next: (random) => {
      const [good, read] = random.pick<[Buffer, (bytes: Buffer) => boolean]>([
        [SQUEUE, squeue],
        [COLUMNS, squeue],
        [SCONTROL, squeue],
        [PODS, pods],
      ]);
      const bytes = mutate(good, random, [...NASTY_JSON, '\n'.repeat(8000), ' '.repeat(8000), 'JobId=1 '.repeat(1000)]);
      return { describe: () => shown(bytes), run: () => read(bytes) };
    },
    isWell: () => squeue(SQUEUE) && squeue(COLUMNS) && squeue(SCONTROL) && pods(PODS),
  };
}

const INSPECTOR = Buffer.from(
  '{"header":{"id":"0x7f8c496ae9f661","comm_name":"unknown","rank":2,"n_ranks":8,"nnodes":1},"metadata":{"dump_timestamp_us":1748030377748202,"hostname":"h1","pid":1639453},"coll_perf":{"coll":"AllReduce","coll_sn":1407,"coll_msg_size_bytes":17179869184,"coll_exec_time_us":61974,"coll_busbw_gbs":485.12,"event_trace_ts":{"kernel_events":[{"channel_id":0,"kernel_start_ts":5,"kernel_stop_ts":9}]}}}\n',
);

function eventRecord(event: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(event.length));
  head.writeUInt32LE(maskedCrc(head.subarray(0, 8)), 8);
  const foot = Buffer.alloc(4);
  foot.writeUInt32LE(maskedCrc(event));
  return Buffer.concat([head, event, foot]);
}

const LOSS = Buffer.from([0x15, 0, 0, 0x20, 0x40]);
const EVENT = Buffer.concat([
  fixed(1, NOW_MS / 1000),
  encodeProto([
    [2, 7n],
    [5, encodeProto([[1, Buffer.concat([encodeProto([[1, 'train/loss']]), LOSS])]])],
  ]),
]);

/** NCCL Inspector's lines and TensorBoard's records; of the latter also events whose checksum is right all the same. */
export function trainingFilesSubject(): FuzzSubject {
  const context = (): FormatContext => ({ tz: 'UTC', counted: 0, parts: {} });
  const useful = (reading: LineReading) => typeof reading === 'object' && !('problem' in reading);
  const inspector = (bytes: Buffer) =>
    new LineSplitter().push(bytes).some((line) => useful(ncclInspector.read(line, context())));
  const events = (bytes: Buffer) =>
    new EventRecords().pushNumbered(bytes).some(({ text }) => useful(tensorboard.read(text, context())));
  return {
    next: (random) => {
      const [good, wrap, read] = random.pick<[Buffer, (bytes: Buffer) => Buffer, (bytes: Buffer) => boolean]>([
        [INSPECTOR, (bytes) => bytes, inspector],
        [eventRecord(EVENT), (bytes) => Buffer.concat([bytes, eventRecord(EVENT)]), events],
        [EVENT, eventRecord, events],
      ]);
      const bytes = wrap(mutate(good, random, good === INSPECTOR ? NASTY_JSON : []));
      return { describe: () => shown(bytes), run: () => read(bytes) };
    },
    isWell: () => inspector(INSPECTOR) && events(eventRecord(EVENT)),
  };
}
