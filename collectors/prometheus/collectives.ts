import type { CollectiveRecord } from '../../lib/training/collective.ts';

type Labels = ReadonlyMap<string, string>;

/** A series of NCCL Inspector: one of the two values of a mean over the operations of one kind, size and communicator. */
export interface CollectiveSeries {
  /** The labels as one text: what both values have in common. */
  id: string;
  value: 'execTimeUs' | 'busGBPerSec';
  /** All but the values; undefined where the page does not tell whose it is. */
  record: Omit<CollectiveRecord, 'execTimeUs'> | undefined;
}

/** @source NVIDIA/nccl plugins/profiler/inspector/README.md (Prometheus output) */
const METRICS: ReadonlyMap<string, CollectiveSeries['value']> = new Map([
  ['nccl_collective_exec_time_microseconds', 'execTimeUs'],
  ['nccl_p2p_exec_time_microseconds', 'execTimeUs'],
  ['nccl_bus_bandwidth_gbs', 'busGBPerSec'],
  ['nccl_p2p_bus_bandwidth_gbs', 'busGBPerSec'],
]);
const LONGEST_NAME = 256;

/**
 * What a series of NCCL Inspector is about. Its labels have changed from version to version: all of them are known here.
 * @param job the job where the page does not name one
 * @returns undefined where the series is none of NCCL Inspector's
 */
export function readCollectiveSeries(
  name: string,
  labels: Labels,
  job: string | undefined,
): CollectiveSeries | undefined {
  const value = METRICS.get(name);
  if (value === undefined) return undefined;
  const id = JSON.stringify([name.startsWith('nccl_p2p'), ...[...labels].sort(([a], [b]) => (a < b ? -1 : 1))]);
  return { id, value, record: recordOf(labels, job) };
}

function recordOf(labels: Labels, configured: string | undefined): CollectiveSeries['record'] {
  const known = (...names: string[]): string | undefined => {
    const found = names
      .map((name) => labels.get(name))
      .find((text) => text !== undefined && text !== '' && text !== 'unknown');
    return found?.slice(0, LONGEST_NAME);
  };
  const whole = (...names: string[]): number | undefined => {
    const text = known(...names);
    return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  };
  const job = configured ?? known('slurm_job_id', 'slurm_job');
  const collectiveKind = known('collective', 'p2p_operation');
  const messageBytes = whole('message_size_bytes') ?? sizeOf(labels.get('message_size') ?? '');
  if (job === undefined || collectiveKind === undefined || messageBytes === undefined) return undefined;
  const commName = known('comm_name');
  const ranks = whole('nranks', 'n_ranks');
  const record: NonNullable<CollectiveSeries['record']> = {
    job,
    // Without its number a communicator goes by its name and shape, which all its ranks share.
    commId: known('comm_id') ?? `${commName ?? 'unnamed'} ${ranks ?? '?'} ranks on ${known('n_nodes') ?? '?'} nodes`,
    collectiveKind,
    messageBytes,
  };
  return Object.assign(
    record,
    defined({
      commName,
      ranks,
      rank: whole('comm_rank', 'rank'),
      host: known('node', 'hostname'),
      gpu: known('gpu', 'gpu_device_id'),
      peer: whole('peer'),
      collectiveSeq: whole('coll_sn'),
      timingSource: known('timing_source', 'coll_timing_source')?.slice(0, 64),
    }),
  );
}

function defined<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}

const UNITS: Readonly<Record<string, number>> = { B: 0, KB: 1, MB: 2, GB: 3, TB: 4 };

/** Bytes of "2.00GB" or, of a range such as "8-9MB", its lower end. Units are powers of 1024. */
function sizeOf(text: string): number | undefined {
  const found = /^(\d{1,7}(?:\.\d{1,3})?)(?:-\d{1,7}(?:\.\d{1,3})?)?\s*([KMGT]?B)$/.exec(text);
  return found === null ? undefined : Math.round(Number(found[1]) * 1024 ** (UNITS[found[2] ?? ''] ?? 0));
}

interface Mean {
  execTimeUs: number;
  busGBPerSec: number;
}

/**
 * Makes records of the means on one page after the other. The Inspector writes its files every 30 s or more seldom and a
 * page is read more often: what stands there unchanged has been told.
 */
export class Collectives {
  private before = new Map<string, Mean>();
  private now = new Map<string, Mean & { record: CollectiveSeries['record'] }>();

  /** Takes one value of the page. */
  take({ id, value, record }: CollectiveSeries, number: number): void {
    let mean = this.now.get(id);
    if (mean === undefined) {
      mean = { execTimeUs: Number.NaN, busGBPerSec: Number.NaN, record };
      this.now.set(id, mean);
    }
    if (number >= 0) mean[value] = number;
  }

  /**
   * The end of a page.
   * @param atMs when it was read: the operations ended before
   * @returns what is new on it, and how many means it has whose job nobody knows
   */
  finish(atMs: number): { records: CollectiveRecord[]; nameless: number; present: number } {
    const records: CollectiveRecord[] = [];
    let nameless = 0;
    for (const [id, { record, execTimeUs, busGBPerSec }] of this.now) {
      const last = this.before.get(id);
      if (record === undefined) nameless++;
      // 0 is what is written where no operation was seen.
      else if (execTimeUs > 0 && (execTimeUs !== last?.execTimeUs || !Object.is(busGBPerSec, last.busGBPerSec))) {
        const bandwidth = busGBPerSec > 0 ? { busGBPerSec } : {};
        records.push({ ...record, execTimeUs, ...bandwidth, timestampMs: atMs });
      }
    }
    const present = this.now.size;
    this.before = this.now;
    this.now = new Map();
    return { records, nameless, present };
  }
}
