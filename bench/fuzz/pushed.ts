import { jobInputSchema, stepInputSchema } from '../../lib/api/ingest.ts';
import { readRecords } from '../../lib/http/records.ts';
import { SeriesDictionary } from '../../lib/store/series.ts';
import { createTraining } from '../../lib/training/index.ts';
import { LineIngest } from '../../monitor/ingest/line-ingest.ts';
import { mutate, NASTY_JSON } from './mutate.ts';
import { type FuzzSubject, shown } from './run.ts';

const NOW_MS = 1_800_000_000_000;
const LINES =
  Buffer.from(`port,device=leaf1,port=Ethernet1/1 rx_bytes_per_sec=1e9,tx_pause_fraction=0.25,interval_ms=1000i ${NOW_MS}
port,device=leaf\\ 2,port=Ethernet1/2,priority=3,quality=bounded rx_pause_frames_per_sec=17.5,interval_ms=5000 ${NOW_MS}
train_step,job=llama,host=gpu07,rank=3 step=1200i,time_ms=2345.7 ${NOW_MS}
lanz_congestion_record,entry_type=2,intf_name=Ethernet7,source=leaf1,traffic_class=3 timestamp=${NOW_MS}000i,queue_size=9i,q_drop_count=4i ${NOW_MS}
cpu,host=gpu07 usage="a \\"quoted\\" text",idle=t,total=18446744073709551615u
`);
const NASTY_LINES = [
  '\\',
  '"',
  ',',
  '=',
  ' ',
  '\n',
  '#',
  '\0',
  'NaN',
  '1e999',
  '9'.repeat(400),
  '0.'.repeat(400),
  '\\ '.repeat(4000),
  ',a=b'.repeat(2000),
  '"'.repeat(3001),
  '\n'.repeat(8000),
];
/** Far fewer than a client can invent, so that the bound is met here. */
const MOST_SERIES = 1000;

/** Mutated line protocol, as anyone may push it, through to samples and steps. */
export function lineProtocolSubject(): FuzzSubject {
  const ingest = new LineIngest(new SeriesDictionary(MOST_SERIES), { now: () => NOW_MS }, 3_600_000);
  const read = (bytes: Buffer): boolean => {
    const { summary, block, steps } = ingest.parse(bytes, 'ms');
    if (summary.problems.some(({ message }) => message === '')) throw new Error('a line is refused without a reason');
    if (summary.refused > 0 && summary.problems.length === 0) throw new Error('refused lines are not named');
    return block.length + steps.length > 0;
  };
  return {
    next: (random) => {
      const bytes = mutate(LINES, random, NASTY_LINES);
      return { describe: () => shown(bytes), run: () => read(bytes) };
    },
    // Names are understood once and then compared: see lib/line-protocol/name-memory.ts for the bound.
    mayRememberMiB: 160,
    isWell: () => ingest.parse(LINES, 'ms').summary.accepted === 5,
  };
}

const STEPS = [
  [
    {
      job: 'llama',
      step: 12,
      rank: 3,
      host: 'gpu07',
      startMs: NOW_MS - 2000,
      endMs: NOW_MS,
      phasesMs: { compute: 1500 },
    },
  ],
  [{ jobId: 'llama', stepIndex: 13, timestampMs: NOW_MS, stepTimeMs: 2345.7, averagedOver: 10, tags: ['gc'] }],
].map((records) => Buffer.from(JSON.stringify(records)));
const STEP_LINES = Buffer.concat(STEPS.map((records) => Buffer.concat([records.subarray(1, -1), Buffer.from('\n')])));
const JOBS = Buffer.from(
  JSON.stringify([{ job: 'llama', hosts: ['gpu07'], ranks: [{ rank: 0, host: 'gpu07', nics: ['mlx5_0'] }] }]),
);
/** Mutated step and job records, JSON arrays and one a line, through to the step side of the analysis. */
export function stepsSubject(): FuzzSubject {
  const training = createTraining();
  const steps = (bytes: Buffer): boolean => {
    const { records, rejected } = readRecords(bytes, stepInputSchema);
    if (rejected.some(({ detail }) => detail === '')) throw new Error('a record is refused without a reason');
    training.addSteps(records);
    return records.length > 0;
  };
  const jobs = (bytes: Buffer): boolean => {
    const { records } = readRecords(bytes, jobInputSchema);
    if (records.length > 0) training.setJobs(records);
    return records.length > 0;
  };
  return {
    next: (random) => {
      const [good, read] = random.pick<[Buffer, (bytes: Buffer) => boolean]>([
        [random.pick(STEPS), steps],
        [STEP_LINES, steps],
        [JOBS, jobs],
      ]);
      const bytes = mutate(good, random, NASTY_JSON);
      return { describe: () => shown(bytes), run: () => read(bytes) };
    },
    isWell: () => readRecords(STEP_LINES, stepInputSchema).records.length === 2,
  };
}
