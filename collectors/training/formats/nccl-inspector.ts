import type { CollectiveRecord } from '../../../lib/training/collective.ts';
import { Fields, Unexpected } from '../fields.ts';
import type { LineFormat, LineReading } from './types.ts';

const LONGEST_NAME = 256;
const LONGEST_SOURCE = 64;
/** NCCL has 64 channels. */
const MOST_CHANNELS = 1024;

type Told = Omit<CollectiveRecord, 'job'>;

/**
 * NCCL Inspector's files, one a process: collective and point-to-point operations of each communicator. `rank` is the
 * rank within the communicator. Times of the operation itself are there in verbose mode only.
 * @source NVIDIA/nccl plugins/profiler/inspector/inspector_json.cc
 */
export const ncclInspector: LineFormat = {
  name: 'nccl-inspector',
  collectivesOnly: true,
  // Verbose lines hold two times and two numbers for each of up to 64 channels.
  longestLineBytes: 64 * 1024,
  read(line) {
    if (!line.startsWith('{"header"')) return undefined;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return { problem: 'not JSON to its end' };
    }
    try {
      return readLine(new Fields(value, ''));
    } catch (error) {
      if (error instanceof Unexpected) return { problem: error.message };
      throw error;
    }
  },
};

function readLine(line: Fields): LineReading {
  const header = line.object('header');
  const metadata = line.optionalObject('metadata');
  const coll = line.optionalObject('coll_perf');
  if (coll !== undefined) return { collective: operationOf(header, metadata, coll, 'coll') };
  const p2p = line.optionalObject('p2p_perf');
  if (p2p !== undefined) {
    const collective = operationOf(header, metadata, p2p, 'p2p');
    collective.peer = p2p.whole('p2p_peer');
    return { collective };
  }
  const stats = line.optionalObject('dump_stats');
  const collectives = stats?.optionalWhole('coll_dropped_since_last_dump') ?? 0;
  const dropped = collectives + (stats?.optionalWhole('p2p_dropped_since_last_dump') ?? 0);
  return dropped === 0 ? 'known' : { problem: `NCCL Inspector lost ${dropped} operations before it wrote them` };
}

function operationOf(header: Fields, metadata: Fields | undefined, perf: Fields, kind: 'coll' | 'p2p'): Told {
  // One object from the start: thousands come a second, and copies would take longer than all the checks.
  const told: Told = {
    commId: header.name('id', LONGEST_NAME),
    collectiveKind: perf.name(kind, LONGEST_NAME),
    messageBytes: perf.whole(`${kind}_msg_size_bytes`),
    execTimeUs: perf.whole(`${kind}_exec_time_us`),
    collectiveSeq: perf.whole(`${kind}_sn`),
    rank: header.whole('rank'),
  };
  const ranks = header.optionalWhole('n_ranks');
  if (ranks !== undefined) told.ranks = ranks;
  const commName = header.optionalText('comm_name', LONGEST_NAME);
  if (commName !== undefined && commName !== '' && commName !== 'unknown') told.commName = commName;
  const host = metadata?.optionalName('hostname', LONGEST_NAME);
  if (host !== undefined) told.host = host;
  const dumpUs = metadata?.optionalWhole('dump_timestamp_us');
  if (dumpUs !== undefined) told.timestampMs = dumpUs / 1000;
  // A rate that could not be worked out is printed as the text "nan".
  const busGBPerSec = perf.optionalRate(`${kind}_busbw_gbs`);
  if (busGBPerSec !== undefined) told.busGBPerSec = busGBPerSec;
  const timingSource = perf.optionalText(`${kind}_timing_source`, LONGEST_SOURCE);
  if (timingSource !== undefined) told.timingSource = timingSource;
  takeKernelTimes(told, perf.optionalObject('event_trace_ts'));
  return told;
}

/** From the first channel's start to the last one's stop; the enqueue times beside them are not when it ran. */
function takeKernelTimes(told: Told, times: Fields | undefined): void {
  let startUs = Number.POSITIVE_INFINITY;
  let endUs = 0;
  for (const event of times?.optionalObjects('kernel_events', MOST_CHANNELS) ?? []) {
    const from = event.whole('kernel_start_ts');
    const to = event.whole('kernel_stop_ts');
    if (from === 0 || to < from) continue;
    startUs = Math.min(startUs, from);
    endUs = Math.max(endUs, to);
  }
  if (endUs === 0) return;
  told.startUs = startUs;
  told.endUs = endUs;
}
