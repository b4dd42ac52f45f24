import { expect, it } from 'vitest';
import { NODE_PAGE, reader, TIME } from './pages.ts';

const CURRENT =
  'version="v5.1",slurm_job_id="42",node="gpu07",gpu="GPU3",comm_name="DP Group 0",n_nodes="4",nranks="32"';
const page = (time: string, bandwidth: string) => `# TYPE nccl_bus_bandwidth_gbs gauge
nccl_bus_bandwidth_gbs{${CURRENT},collective="AllReduce",message_size="8-9MB",algo_proto="Ring_ll"} ${bandwidth}
nccl_collective_exec_time_microseconds{${CURRENT},collective="AllReduce",message_size="8-9MB",algo_proto="Ring_ll"} ${time}
nccl_p2p_exec_time_microseconds{${CURRENT},p2p_operation="Send",message_size="512-513KB"} 77.5
`;
const read = (text: string, pages = reader(), atMs = TIME.atMs) =>
  pages.read(Buffer.from(text), 'text', { ...TIME, atMs });

it('reads means of collectives and transfers, each once', () => {
  const pages = reader();
  const first = read(page('1234.5', '485.1'), pages);
  expect(first.problems).toEqual([]);
  const common = {
    job: '42',
    commId: 'DP Group 0',
    commName: 'DP Group 0',
    ranks: 32,
    host: 'gpu07',
    gpu: 'GPU3',
    timestampMs: TIME.atMs,
  };
  expect(first.collectives).toEqual([
    { ...common, collectiveKind: 'AllReduce', messageBytes: 8 * 2 ** 20, execTimeUs: 1234.5, busGBPerSec: 485.1 },
    { ...common, collectiveKind: 'Send', messageBytes: 512 * 1024, execTimeUs: 77.5 },
  ]);
  expect(first.collectiveMeans).toBe(2);
  // The file behind the page is written every half minute at most.
  expect(read(page('1234.5', '485.1'), pages, TIME.atMs + 5000)).toMatchObject({ collectives: [], collectiveMeans: 2 });
  expect(read(page('2000', '300'), pages, TIME.atMs + 30_000).collectives).toEqual([
    expect.objectContaining({ execTimeUs: 2000, busGBPerSec: 300, timestampMs: TIME.atMs + 30_000 }),
  ]);
});

it('reads the labels of older and newer versions', () => {
  const older =
    'nccl_collective_exec_time_microseconds{comm_id="0xd152c00f111816",collective="AllReduce",hostname="pool0-0002",rank="4",' +
    'slurm_job="unknown",slurm_job_id="unknown",n_ranks="8",n_nodes="1",coll_sn="228924",gpu_device_id="GPU4",message_size="2.00GB"} 61974';
  expect(read(older, reader({ job: 'llama' })).collectives).toEqual([
    {
      job: 'llama',
      commId: '0xd152c00f111816',
      collectiveKind: 'AllReduce',
      collectiveSeq: 228_924,
      messageBytes: 2 ** 31,
      execTimeUs: 61_974,
      ranks: 8,
      rank: 4,
      host: 'pool0-0002',
      gpu: 'GPU4',
      timestampMs: TIME.atMs,
    },
  ]);
  const newer = `nccl_p2p_exec_time_microseconds{${CURRENT},comm_id="0xab",comm_rank="7",peer="3",p2p_operation="Recv",message_size="1-2MB",message_size_bytes="1500000",timing_source="kernel_gpu"} 5`;
  expect(read(newer).collectives).toEqual([
    expect.objectContaining({ commId: '0xab', rank: 7, peer: 3, messageBytes: 1_500_000, timingSource: 'kernel_gpu' }),
  ]);
});

it('calls a communicator without name and number by its shape', () => {
  const unnamed = page('5', '1').replaceAll('comm_name="DP Group 0"', 'comm_name="unknown"');
  const ids = read(unnamed).collectives.map(({ commId }) => commId);
  expect(ids).toEqual(['unnamed, 32 ranks on 4 nodes', 'unnamed, 32 ranks on 4 nodes']);
});

it('stands beside the ports of the same page, and says what cannot be used', () => {
  const nameless = page('5', '1').replaceAll('slurm_job_id="42"', 'slurm_job_id="unknown"');
  const { frames, collectives, problems } = read(NODE_PAGE + nameless);
  expect(frames[0]?.ports.length).toBe(3);
  expect(collectives).toEqual([]);
  expect(problems).toContain('2 means of NCCL operations name no job or size: set job');
  expect(read(page('0', '0')).collectives.map(({ collectiveKind }) => collectiveKind)).toEqual(['Send']);
  expect(read(page('NaN', '1')).collectives).toHaveLength(1);
  expect(read(page('-3', '1')).collectives).toHaveLength(1);
});
