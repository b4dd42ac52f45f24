import type { SampleField } from '../samples/fields.ts';

/** What a canonical field is measured in. `fraction` is 0..1, `flag` is 0 or 1, `ratio` has no unit (a bit error ratio). */
export type FieldUnit =
  | 'bytes_per_second'
  | 'bits_per_second'
  | 'packets_per_second'
  | 'frames_per_second'
  | 'per_second'
  | 'fraction'
  | 'microseconds'
  | 'bytes'
  | 'ratio'
  | 'flag'
  | 'dbm'
  | 'decibels'
  | 'celsius';

/** A field as people read it: a short name in field terms, and its unit. */
export interface FieldInfo {
  label: string;
  unit: FieldUnit;
}

/**
 * Name and unit of every canonical field. `rx` pause: our port was told to stop; `tx` pause: it told its peer.
 * @source IEEE 802.1Qbb (PFC); the fields themselves are defined in lib/samples/fields.ts
 */
export const FIELD_INFO: Readonly<Record<SampleField, FieldInfo>> = {
  rxBytesPerSec: { label: 'received', unit: 'bytes_per_second' },
  txBytesPerSec: { label: 'sent', unit: 'bytes_per_second' },
  rxPacketsPerSec: { label: 'packets received', unit: 'packets_per_second' },
  txPacketsPerSec: { label: 'packets sent', unit: 'packets_per_second' },
  rxUtilFraction: { label: 'receive utilisation', unit: 'fraction' },
  txUtilFraction: { label: 'send utilisation', unit: 'fraction' },
  rxPauseFraction: { label: 'rx pause (told to stop)', unit: 'fraction' },
  txPauseFraction: { label: 'tx pause (told its peer)', unit: 'fraction' },
  rxPauseFramesPerSec: { label: 'pause frames received', unit: 'frames_per_second' },
  txPauseFramesPerSec: { label: 'pause frames sent', unit: 'frames_per_second' },
  pauseEpisodeMeanUs: { label: 'mean pause episode', unit: 'microseconds' },
  pauseStormsPerSec: { label: 'pause storms', unit: 'per_second' },
  watchdogStormsPerSec: { label: 'PFC watchdog storms', unit: 'per_second' },
  ecnMarkedPerSec: { label: 'ECN-marked packets', unit: 'packets_per_second' },
  ecnMarkFraction: { label: 'ECN mark share', unit: 'fraction' },
  cnpSentPerSec: { label: 'CNP sent', unit: 'packets_per_second' },
  cnpHandledPerSec: { label: 'CNP handled', unit: 'packets_per_second' },
  dropsPerSec: { label: 'drops', unit: 'packets_per_second' },
  outOfBufferPerSec: { label: 'out of buffer', unit: 'packets_per_second' },
  outOfSequencePerSec: { label: 'out of sequence', unit: 'packets_per_second' },
  ackTimeoutsPerSec: { label: 'ACK timeouts', unit: 'per_second' },
  retransmitsPerSec: { label: 'retransmissions', unit: 'per_second' },
  queueBytes: { label: 'queue', unit: 'bytes' },
  queueWatermarkBytes: { label: 'queue watermark', unit: 'bytes' },
  ingressWatermarkBytes: { label: 'ingress buffer watermark', unit: 'bytes' },
  headroomWatermarkBytes: { label: 'headroom watermark', unit: 'bytes' },
  pciStallFraction: { label: 'PCI stall', unit: 'fraction' },
  xmitWaitFraction: { label: 'transmit wait (no credits)', unit: 'fraction' },
  preFecBer: { label: 'bit error ratio before FEC', unit: 'ratio' },
  correctedBitsPerSec: { label: 'FEC-corrected bits', unit: 'per_second' },
  uncorrectablePerSec: { label: 'FEC-uncorrectable codewords', unit: 'per_second' },
  predictedFrameLossRatio: { label: 'frame loss foretold by FEC', unit: 'ratio' },
  symbolErrorsPerSec: { label: 'symbol errors', unit: 'per_second' },
  rxErrorsPerSec: { label: 'broken packets received', unit: 'packets_per_second' },
  linkRecoveriesPerSec: { label: 'link error recoveries', unit: 'per_second' },
  linkUp: { label: 'link', unit: 'flag' },
  linkRateBitsPerSec: { label: 'link rate', unit: 'bits_per_second' },
  rxPowerDbm: { label: 'optical power received', unit: 'dbm' },
  rxSnrDb: { label: 'signal to noise received', unit: 'decibels' },
  temperatureC: { label: 'module temperature', unit: 'celsius' },
};

/** Name and unit of a field that may come from elsewhere; an unknown one keeps its own name and has no unit. */
export function fieldInfo(field: string): FieldInfo | undefined {
  return Object.hasOwn(FIELD_INFO, field) ? FIELD_INFO[field as SampleField] : undefined;
}
