import type { CounterName } from '../../counters/reading.ts';
import type { MetricRule, SeriesPort } from '../rule.ts';

/** All NVLinks of one GPU together, or one link where the exporter tells it. */
function nvlinkPort(labels: ReadonlyMap<string, string>): SeriesPort | undefined {
  const gpu = labels.get('gpu');
  if (gpu === undefined) return undefined;
  const link = labels.get('nvlink') ?? labels.get('link');
  return { port: link === undefined ? `gpu${gpu}/nvlink` : `gpu${gpu}/nvlink${link}` };
}

/**
 * Totals of DCGM that are counters of a link, under their old and new field names. CRC errors of flow control and of
 * data are one sum; fields 1200 to 1219 exist from NVLink 5 on.
 * @source NVIDIA/DCGM dcgmlib/dcgm_fields.h, NVIDIA/dcgm-exporter etc/default-counters.csv
 */
const FIELDS: readonly (readonly [CounterName, ...(readonly string[])[]])[] = [
  ['txBytes', ['NVLINK_COUNT_TX_BYTES'], ['NVLINK_TX_BYTES_TOTAL']],
  ['rxBytes', ['NVLINK_COUNT_RX_BYTES'], ['NVLINK_RX_BYTES_TOTAL']],
  ['txPackets', ['NVLINK_COUNT_TX_PACKETS'], ['NVLINK_TX_PACKET_TOTAL']],
  ['rxPackets', ['NVLINK_COUNT_RX_PACKETS'], ['NVLINK_RX_PACKET_TOTAL']],
  ['drops', ['NVLINK_COUNT_RX_BUFFER_OVERRUN_ERRORS'], ['NVLINK_RX_PACKET_DROPPED_TOTAL']],
  [
    'symbolErrors',
    ['NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL', 'NVLINK_CRC_DATA_ERROR_COUNT_TOTAL'],
    ['NVLINK_CRC_FLIT_ERROR_TOTAL', 'NVLINK_CRC_DATA_ERROR_TOTAL'],
  ],
  ['retransmits', ['NVLINK_REPLAY_ERROR_COUNT_TOTAL'], ['NVLINK_REPLAY_ERROR_TOTAL']],
  ['rxErrors', ['NVLINK_COUNT_RX_ERRORS'], ['NVLINK_RX_ERROR_TOTAL']],
  [
    'linkRecoveries',
    ['NVLINK_COUNT_LINK_RECOVERY_SUCCESSFUL_EVENTS'],
    ['NVLINK_RECOVERY_SUCCESSFUL_TOTAL'],
    ['NVLINK_RECOVERY_ERROR_COUNT_TOTAL'],
    ['NVLINK_RECOVERY_ERROR_TOTAL'],
  ],
  ['linkDowns', ['NVLINK_COUNT_LINK_RECOVERY_FAILED_EVENTS'], ['NVLINK_RECOVERY_FAILED_TOTAL']],
];

/** dcgm-exporter: NVLink counters as ports of the host. */
export function dcgmRules(): MetricRule[] {
  return FIELDS.flatMap(([counter, ...generations]) =>
    generations.flatMap((names, rank) =>
      names.map(
        (name): MetricRule => ({
          metric: `DCGM_FI_DEV_${name}`,
          family: 'dcgm-exporter',
          to: { counter },
          rank,
          port: nvlinkPort,
        }),
      ),
    ),
  );
}
