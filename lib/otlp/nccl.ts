import type { CollectiveRecord } from '../training/collective.ts';
import { attributeOf, type MetricPoint } from './metric-point.ts';
import { jobOf } from './step-means.ts';

const TIMES = new Set(['nccl_collective_exec_time_microseconds', 'nccl_p2p_exec_time_microseconds']);
const BANDWIDTHS = new Set(['nccl_bus_bandwidth_gbs', 'nccl_p2p_bus_bandwidth_gbs']);
/** Metrics of NCCL Inspector's OTLP export that make a record together. */
export const NCCL_METRICS: ReadonlySet<string> = new Set([...TIMES, ...BANDWIDTHS]);

const UNITS: Record<string, number> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };
const MAX_NAME = 256;

interface Halves {
  time?: MetricPoint;
  bandwidth?: MetricPoint;
}

/** What a request's points of NCCL Inspector say: records, and the points that are none. */
export interface NcclReading {
  collectives: CollectiveRecord[];
  refused: string[];
}

/**
 * Joins durations and bandwidths of one operation (verbose export) or of one range of message sizes (means).
 * @source NVIDIA/nccl plugins/profiler/inspector/inspector_otel.cc
 */
export function readNccl(points: readonly MetricPoint[]): NcclReading {
  const joined = new Map<string, Halves>();
  for (const point of points) {
    if (!NCCL_METRICS.has(point.metric)) continue;
    const key = JSON.stringify([[...point.resource], [...point.attributes], String(point.timeNano)]);
    const halves = joined.get(key) ?? {};
    if (TIMES.has(point.metric)) halves.time = point;
    else halves.bandwidth = point;
    joined.set(key, halves);
  }
  const reading: NcclReading = { collectives: [], refused: [] };
  for (const { time, bandwidth } of joined.values()) {
    const record = time && recordOf(time, bandwidth);
    if (typeof record === 'object') reading.collectives.push(record);
    // Bandwidths whose duration came in another export are of no use alone.
    else reading.refused.push(record ?? 'nccl_bus_bandwidth_gbs: without the duration of the same operation');
  }
  return reading;
}

function recordOf(time: MetricPoint, bandwidth: MetricPoint | undefined): CollectiveRecord | string {
  const job = jobOf(time);
  if (job === undefined) return `${time.metric}: no attribute names the job; set job on the resource`;
  const text = (name: string) => attributeOf(time, name)?.slice(0, MAX_NAME);
  const whole = (name: string) => (/^\d{1,15}$/.test(text(name) ?? '') ? Number(text(name)) : undefined);
  const kind = text('collective') ?? text('p2p_operation');
  const execTimeUs = time.value;
  const messageBytes =
    whole('coll_msg_size_bytes') ?? whole('p2p_msg_size_bytes') ?? sizeOf(text('message_size') ?? '');
  if (!kind || execTimeUs === undefined || !(execTimeUs >= 0) || messageBytes === undefined || time.timeNano === 0n) {
    return `${time.metric}: operation, size, duration or time is missing`;
  }
  const busGBPerSec = bandwidth?.value;
  return {
    job,
    commId: text('comm_id') || text('comm_name') || 'unknown',
    collectiveKind: kind,
    messageBytes,
    execTimeUs,
    ...defined('collectiveSeq', whole('coll_sn') ?? whole('p2p_sn')),
    ...defined('peer', whole('p2p_peer')),
    ...defined('ranks', whole('nranks')),
    ...defined('commName', known(text('comm_name'))),
    ...defined('host', known(text('node'))),
    ...defined('gpu', known(text('gpu'))),
    ...(busGBPerSec !== undefined && busGBPerSec >= 0 ? { busGBPerSec } : {}),
    timestampMs: Number(time.timeNano) / 1e6,
  };
}

/** "1-2MB" is a range of message sizes: its lower end, bytes. */
function sizeOf(text: string): number | undefined {
  const match = /^(\d{1,6})(?:-\d{1,6})?(B|KB|MB|GB|TB)$/.exec(text);
  return match ? Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1) : undefined;
}

function known(text: string | undefined): string | undefined {
  return text === undefined || text === '' || text === 'unknown' ? undefined : text;
}

function defined<Key extends keyof CollectiveRecord>(
  key: Key,
  value: CollectiveRecord[Key] | undefined,
): Partial<Pick<CollectiveRecord, Key>> {
  return value === undefined ? {} : ({ [key]: value } as Pick<CollectiveRecord, Key>);
}
