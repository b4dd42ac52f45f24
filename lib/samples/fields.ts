/**
 * The canonical fields of a sample: rates per second, fractions 0..1, bytes. The store's field names are the
 * snake_case of these. A field that is left out was not exposed by the device; 0 was read and was zero.
 */
export const SAMPLE_FIELDS = [
  'rxBytesPerSec',
  'txBytesPerSec',
  'rxPacketsPerSec',
  'txPacketsPerSec',
  'rxUtilFraction',
  'txUtilFraction',
  'rxPauseFraction',
  'txPauseFraction',
  'rxPauseFramesPerSec',
  'txPauseFramesPerSec',
  'pauseEpisodeMeanUs',
  'pauseStormsPerSec',
  'watchdogStormsPerSec',
  'ecnMarkedPerSec',
  'ecnMarkFraction',
  'cnpSentPerSec',
  'cnpHandledPerSec',
  'dropsPerSec',
  'outOfBufferPerSec',
  'outOfSequencePerSec',
  'ackTimeoutsPerSec',
  'retransmitsPerSec',
  'queueBytes',
  'queueWatermarkBytes',
  'ingressWatermarkBytes',
  'headroomWatermarkBytes',
  'pciStallFraction',
  'xmitWaitFraction',
  'preFecBer',
  'correctedBitsPerSec',
  'uncorrectablePerSec',
  /** Share of frames that will be lost, as the codewords that could still be corrected foretell it. */
  'predictedFrameLossRatio',
  'symbolErrorsPerSec',
  'rxErrorsPerSec',
  'linkRecoveriesPerSec',
  'linkUp',
  'linkRateBitsPerSec',
  'rxPowerDbm',
  'rxSnrDb',
  'temperatureC',
] as const;

export type SampleField = (typeof SAMPLE_FIELDS)[number];

/**
 * How far a value may be trusted (worst of the fields it stands for):
 * exact; bounded (the value is the upper bound, the lower is 0); stale (held from an older refresh);
 * suspect_unit (three intervals in a row broke physics: shown, never used for a verdict).
 */
export const QUALITIES = ['exact', 'bounded', 'stale', 'suspect_unit'] as const;
export type Quality = (typeof QUALITIES)[number];

/** txBytesPerSec -> tx_bytes_per_sec: the name in line protocol, stores and CSV. */
export function fieldToSnake(field: SampleField): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const FROM_SNAKE = new Map<string, SampleField>(SAMPLE_FIELDS.map((field) => [fieldToSnake(field), field]));

/** The field a stored name stands for, or undefined where it is none of ours. */
export function fieldFromSnake(name: string): SampleField | undefined {
  return FROM_SNAKE.get(name);
}
