import type { CollectiveRecord } from '../training/collective.ts';
import { NCCL_METRICS, type NcclOperation, readNcclLabels } from '../training/nccl-labels.ts';

const LONGEST_JOB = 256;

type Labels = ReadonlyMap<string, string>;

/** A series of NCCL Inspector: one of the two values of a mean over the operations of one kind, size and communicator. */
export interface CollectiveSeries {
  /** The labels as one text: what both values have in common. */
  id: string;
  value: 'execTimeUs' | 'busGBPerSec';
  /** All but the values; undefined where the page does not tell whose it is. */
  record: NcclOperation | undefined;
}

/**
 * What a series of NCCL Inspector is about.
 * @param job the job, whatever the page says
 * @returns undefined where the series is none of NCCL Inspector's
 */
export function readCollectiveSeries(
  name: string,
  labels: Labels,
  job: string | undefined,
): CollectiveSeries | undefined {
  const value = NCCL_METRICS.get(name);
  if (value === undefined) return undefined;
  const id = JSON.stringify([name.startsWith('nccl_p2p'), ...[...labels].sort(([a], [b]) => (a < b ? -1 : 1))]);
  const record = readNcclLabels((label) => labels.get(label), job ?? slurmJob(labels));
  return { id, value, record };
}

function slurmJob(labels: Labels): string | undefined {
  const found = [labels.get('slurm_job_id'), labels.get('slurm_job')].find((text) => text && text !== 'unknown');
  return found?.slice(0, LONGEST_JOB);
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
