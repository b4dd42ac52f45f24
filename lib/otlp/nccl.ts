import type { CollectiveRecord } from '../training/collective.ts';
import { NCCL_METRICS, readNcclLabels } from '../training/nccl-labels.ts';
import { attributeOf, type MetricPoint } from './metric-point.ts';
import { jobOf } from './step-means.ts';

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
    if (NCCL_METRICS.get(point.metric) === 'execTimeUs') halves.time = point;
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
  // Here `rank` is the process's, not its rank within the communicator.
  const labelOf = (name: string) => (name === 'rank' ? undefined : attributeOf(time, name));
  const operation = readNcclLabels(labelOf, job);
  const execTimeUs = time.value;
  if (operation === undefined || execTimeUs === undefined || !(execTimeUs >= 0) || time.timeNano === 0n) {
    return `${time.metric}: operation, size, duration or time is missing`;
  }
  const busGBPerSec = bandwidth?.value;
  return {
    ...operation,
    execTimeUs,
    ...(busGBPerSec !== undefined && busGBPerSec >= 0 ? { busGBPerSec } : {}),
    timestampMs: Number(time.timeNano) / 1e6,
  };
}
