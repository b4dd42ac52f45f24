import { readTargets } from '../../collectors/prometheus/discover.ts';
import { PageReader } from '../../collectors/prometheus/page.ts';
import { createNormaliser } from '../../lib/counters/index.ts';
import type { ReadingFrame } from '../../lib/counters/reading.ts';
import { ruleTable } from '../../lib/exporters/rules.ts';
import { NODE_PAGE } from '../../tests/collectors/prometheus/pages.ts';
import { mutate } from './mutate.ts';
import { type FuzzSubject, shown } from './run.ts';

/** Lines of the other exporters, and an ending as OpenMetrics wants it. */
const MORE_LINES = `DCGM_FI_DEV_NVLINK_COUNT_TX_BYTES{gpu="0",UUID="GPU-1",Hostname="gpu07"} 123456789012345
PortXmitDataExtended{node_guid="0x98039b0300aa1100",node_desc="leaf-07",port_num="3"} 900719925474 1800000000000
infiniband_switch_port_transmit_wait_total{guid="0x98039b0300aa1100",port="3",switch="leaf-07"} 77
infiniband_portxmitdata{local_name="leaf-07",local_guid="0x9803",local_port="3"} 5
SAI_PORT_STAT_PFC_3_RX_PKTS{interface="Ethernet0"} 17
sonic_queue_bytes_total{interface="Ethernet0",queue="3"} 99
nccl_collective_exec_time_microseconds{slurm_job_id="42",node="gpu07",gpu="GPU3",comm_name="DP",n_nodes="4",nranks="32",collective="AllReduce",message_size="8-9MB"} 1234.5
{"node_infiniband_port_transmit_wait_total","device"="mlx5_5","port"="1"} 4 # {trace_id="x"} 1 2
# EOF
`;
const PAGES = [NODE_PAGE, NODE_PAGE + MORE_LINES, MORE_LINES].map((text) => Buffer.from(text));
const LIST = Buffer.from(JSON.stringify([{ targets: ['10.0.0.1:9100', 'gpu07:9100'], labels: { device: 'gpu07' } }]));
const NASTY = [
  '"',
  '\\',
  '{',
  '}',
  '\n',
  ' ',
  ',',
  '=',
  '#',
  '\0',
  'NaN',
  '-Inf',
  '1e999',
  '-',
  '# EOF\n',
  '\xff',
  '9'.repeat(40),
  '{a="'.repeat(2000),
  ',a="b"'.repeat(1500),
  '\\"'.repeat(4000),
  '- '.repeat(4000),
  '&a [*a,*a]',
  '[['.repeat(2000),
  '- '.repeat(2000),
  '? '.repeat(1000),
  'a: '.repeat(1000),
];
const TIME = { atMs: 1_800_000_000_000, errorMs: 2 };
const DAY_MS = 86_400_000;

/** Mutated pages in both formats, and lists of targets, through to samples. */
export function prometheusSubject(): FuzzSubject {
  const rules = ruleTable({ ufmDataUnit: 'words' });
  const pages = new PageReader({ device: 'gpu07', rules, include: [], exclude: [], alias: {} });
  const normaliser = createNormaliser();
  let nowMs = TIME.atMs;
  const read = (bytes: Buffer, format: 'text' | 'openmetrics'): boolean => {
    nowMs += 1000;
    const { frames } = pages.read(bytes, format, { ...TIME, atMs: nowMs });
    for (const frame of frames) {
      check(frame, nowMs);
      if (frame.device === 'gpu07') normaliser.advance(frame);
    }
    return frames.length > 0;
  };
  return {
    next: (random) => {
      if (random.below(10) === 0) {
        const bytes = mutate(LIST, random, NASTY);
        const form = random.pick(['json', 'yaml'] as const);
        return {
          describe: () => `${form} ${shown(bytes)}`,
          run: () => readTargets(bytes.toString(), 'list', form).length > 0,
        };
      }
      const bytes = mutate(random.pick(PAGES), random, NASTY);
      const format = random.pick(['text', 'openmetrics'] as const);
      return { describe: () => `${format} ${shown(bytes)}`, run: () => read(bytes, format) };
    },
    isWell: () => read(PAGES[0] ?? Buffer.alloc(0), 'text') && pages.devices.some(({ device }) => device === 'gpu07'),
  };
}

/** What no page may bring about. */
function check({ ports, counters, atMs }: ReadingFrame, nowMs: number): void {
  if (new Set(ports).size !== ports.length) throw new Error('a port stands twice in the reading');
  if (counters.some(({ present }) => present.length !== ports.length)) throw new Error('a column is too short');
  if (atMs.some((at) => Math.abs(at - nowMs) > DAY_MS)) throw new Error('a time is far from now');
}
