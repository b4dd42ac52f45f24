import type { CollectiveRecord } from './collective.ts';

/** NCCL Inspector's metrics, over Prometheus and OTLP, and what each is the value of. */
export const NCCL_METRICS: ReadonlyMap<string, 'execTimeUs' | 'busGBPerSec'> = new Map([
  ['nccl_collective_exec_time_microseconds', 'execTimeUs'],
  ['nccl_p2p_exec_time_microseconds', 'execTimeUs'],
  ['nccl_bus_bandwidth_gbs', 'busGBPerSec'],
  ['nccl_p2p_bus_bandwidth_gbs', 'busGBPerSec'],
]);

const UNITS: Readonly<Record<string, number>> = { B: 0, KB: 1, MB: 2, GB: 3, TB: 4 };
const LONGEST_NAME = 256;
const LONGEST_SOURCE = 64;

/** What NCCL Inspector's labels say: all but how long it took. */
export type NcclOperation = Omit<CollectiveRecord, 'execTimeUs'>;

/**
 * Reads the labels that NCCL Inspector puts on its metrics, as Prometheus labels or OTLP attributes. They have changed
 * from version to version: all of them are known here.
 * @param labelOf value of a label
 * @param job the job they belong to
 * @returns undefined where the operation, its size or its job is missing
 * @source NVIDIA/nccl plugins/profiler/inspector/inspector_prom.cc and inspector_otel.cc
 */
export function readNcclLabels(
  labelOf: (name: string) => string | undefined,
  job: string | undefined,
): NcclOperation | undefined {
  const known = (...names: string[]): string | undefined => {
    const isTold = (text: string | undefined) => text !== undefined && text !== '' && text !== 'unknown';
    return names.map(labelOf).find(isTold)?.slice(0, LONGEST_NAME);
  };
  const whole = (...names: string[]): number | undefined => {
    const text = known(...names);
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  };
  const collectiveKind = known('collective', 'p2p_operation');
  const messageBytes =
    whole('message_size_bytes', 'coll_msg_size_bytes', 'p2p_msg_size_bytes') ?? sizeOf(labelOf('message_size') ?? '');
  if (job === undefined || collectiveKind === undefined || messageBytes === undefined) return undefined;
  const commName = known('comm_name');
  const ranks = whole('nranks', 'n_ranks');
  return {
    job,
    // Without its number a communicator goes by its name or shape, which all its ranks share.
    commId: known('comm_id') ?? commName ?? `unnamed, ${ranks ?? '?'} ranks on ${known('n_nodes') ?? '?'} nodes`,
    collectiveKind,
    messageBytes,
    ...defined('collectiveSeq', whole('coll_sn', 'p2p_sn')),
    ...defined('rank', whole('comm_rank', 'rank')),
    ...defined('ranks', ranks),
    ...defined('commName', commName),
    ...defined('host', known('node', 'hostname')),
    ...defined('gpu', known('gpu', 'gpu_device_id')),
    ...defined('peer', whole('p2p_peer', 'peer')),
    ...defined('timingSource', known('timing_source', 'coll_timing_source')?.slice(0, LONGEST_SOURCE)),
  };
}

function defined<Key extends keyof CollectiveRecord>(
  key: Key,
  value: CollectiveRecord[Key] | undefined,
): Partial<Pick<CollectiveRecord, Key>> {
  return value === undefined ? {} : ({ [key]: value } as Pick<CollectiveRecord, Key>);
}

/** Bytes of "2.00GB" or, of a range such as "8-9MB", its lower end. Units are powers of 1024. */
function sizeOf(text: string): number | undefined {
  const found = /^(\d{1,7}(?:\.\d{1,3})?)(?:-\d{1,7}(?:\.\d{1,3})?)?\s*([KMGT]?B)$/.exec(text);
  return found === null ? undefined : Math.round(Number(found[1]) * 1024 ** (UNITS[found[2] ?? ''] ?? 0));
}
