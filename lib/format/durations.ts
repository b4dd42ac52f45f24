import { formatSignificant, MISSING_TEXT } from './numbers.ts';

/** Seconds as people read them: 0.0123 -> "12.3 ms", 4.5 -> "4.50 s", 192 -> "3 min 12 s", 7500 -> "2 h 5 min". */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return MISSING_TEXT;
  const sign = seconds < 0 ? '\u2212' : '';
  const amount = Math.abs(seconds);
  if (amount === 0) return '0 s';
  if (amount < 0.9995) return `${sign}${formatSignificant(amount * 1000)} ms`;
  if (amount < 99.95) return `${sign}${formatSignificant(amount)} s`;
  return `${sign}${formatLong(Math.round(amount))}`;
}

function formatLong(seconds: number): string {
  if (seconds < 3600) return joinUnits(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  if (seconds < 86_400) return joinUnits(Math.floor(seconds / 3600), 'h', Math.round((seconds % 3600) / 60), 'min', 60);
  return joinUnits(Math.floor(seconds / 86_400), 'd', Math.round((seconds % 86_400) / 3600), 'h', 24);
}

function joinUnits(whole: number, wholeUnit: string, rest: number, restUnit: string, carryAt = 60): string {
  if (rest >= carryAt) return `${whole + 1} ${wholeUnit}`;
  return rest === 0 ? `${whole} ${wholeUnit}` : `${whole} ${wholeUnit} ${rest} ${restUnit}`;
}

/** Milliseconds, through {@link formatSeconds}. */
export function formatMs(ms: number): string {
  return formatSeconds(ms / 1000);
}

/** An interval of a poll or stream: 1000 -> "1 s", 500 -> "500 ms", 4980 -> "4.98 s". */
export function formatIntervalMs(ms: number): string {
  if (!Number.isFinite(ms)) return MISSING_TEXT;
  return ms < 1000
    ? `${formatSignificant(Number(ms.toPrecision(3)))} ms`
    : `${formatSignificant(Number((ms / 1000).toPrecision(3)))} s`;
}

/**
 * What lost time means for GPUs: below an hour "412 GPU-s", above "3.40 GPU-h".
 * @param gpuSeconds seconds times GPUs
 */
export function formatGpuSeconds(gpuSeconds: number): string {
  if (!Number.isFinite(gpuSeconds)) return MISSING_TEXT;
  if (gpuSeconds === 0) return '0 GPU-s';
  if (Math.abs(gpuSeconds) < 3600) return `${formatSignificant(Number(gpuSeconds.toPrecision(3)))} GPU-s`;
  const hours = gpuSeconds / 3600;
  return `${
    hours >= 999.5
      ? Math.round(hours)
          .toString()
          .replace(/\B(?=(\d{3})+(?!\d))/g, ',')
      : formatSignificant(hours)
  } GPU-h`;
}

/** A low..high range of seconds; one figure where the ends read alike. */
export function formatSecondsRange(low: number, high: number): string {
  const from = formatSeconds(low);
  const to = formatSeconds(high);
  if (from === to || high <= low) return from;
  const [fromUnit, toUnit] = [from.split(' ')[1], to.split(' ')[1]];
  const simple = from.split(' ').length === 2 && to.split(' ').length === 2;
  return simple && fromUnit === toUnit ? `${from.split(' ')[0]}\u2013${to}` : `${from} \u2013 ${to}`;
}
