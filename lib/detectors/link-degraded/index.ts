import type { Severity } from '../../kinds.ts';
import { type Detector, type DeviceInterval, memoryOf } from '../detector.ts';
import { at } from '../port-columns.ts';

/**
 * A link below the speed its cable should run at (lanes or width lost), or with more bit errors than its FEC can
 * carry. The expected rate is the one the topology declares, else the highest this port has shown.
 * @source detection.md section 6
 */
export const linkDegraded: Detector = {
  family: 'degraded',
  look(interval, memory, open, emit) {
    const { columns, frame, config } = interval;
    const best = memoryOf(memory, 'degraded.best', frame.ports.length);
    const errors = memoryOf(memory, 'degraded.errors', frame.ports.length);
    for (let port = 0; port < frame.ports.length; port++) {
      const rate = at(columns.linkRate, port);
      const startMs = frame.startMs[port] ?? Number.NaN;
      const endMs = frame.endMs[port] ?? Number.NaN;
      if (Number.isNaN(endMs) || (Number.isNaN(rate) && columns.ber === undefined)) continue;
      const declared = interval.neighbours.byPort.get(frame.ports[port] ?? '')?.expectedRateBitsPerSec;
      if (rate > 0 && !(rate <= (best[port] ?? Number.NaN))) best[port] = rate;
      const expected = declared ?? best[port] ?? Number.NaN;
      const slow = rate > 0 && rate < config.degradedRateFraction * expected;
      const ber = bitErrors(interval, port, errors);
      const noisy = berSeverity(ber, rate, interval);
      if (!slow && noisy === null && open(port) === undefined) continue;
      const bad = slow || noisy !== null;
      emit(port, {
        startMs,
        endMs,
        scoreSeconds: bad ? 1 : -1,
        bad,
        confirmed: true,
        openSeconds: 1,
        kind: 'link-degraded',
        severity: slow ? 'critical' : (noisy ?? 'info'),
        priority: -1,
        evidence: () => [
          slow
            ? {
                text: `the link runs at ${rate / 1e9}G instead of ${expected / 1e9}G`,
                metric: 'linkRateBitsPerSec',
                value: rate,
                threshold: expected,
                unit: 'bits_per_second' as const,
                startMs,
                endMs,
                basis: 'measured' as const,
                port: { device: frame.device, port: frame.ports[port] ?? '' },
              }
            : {
                text: `bit error ratio ${ber.toExponential(1)} before FEC`,
                metric: 'preFecBer',
                value: ber,
                threshold: rate >= 200e9 ? config.berWarningPam4 : config.berWarningNrz,
                unit: 'ratio' as const,
                startMs,
                endMs,
                basis: 'measured' as const,
                port: { device: frame.device, port: frame.ports[port] ?? '' },
              },
        ],
      });
    }
  },
};

/** The bit error ratio, once enough errors have been counted for one; NaN before. */
function bitErrors(interval: DeviceInterval, port: number, errors: Float64Array): number {
  const { columns, frame, config } = interval;
  const ber = at(columns.ber, port);
  if (!(ber > 0)) return Number.NaN;
  const bits = at(columns.correctedBits, port);
  if (Number.isNaN(bits)) return ber;
  const seconds = ((frame.endMs[port] ?? 0) - (frame.startMs[port] ?? 0)) / 1000;
  const counted = (Number.isNaN(errors[port] ?? Number.NaN) ? 0 : (errors[port] ?? 0)) + bits * seconds;
  errors[port] = counted;
  return counted >= config.berMinErrors ? ber : Number.NaN;
}

function berSeverity(ber: number, rate: number, interval: DeviceInterval): Severity | null {
  const { config } = interval;
  const pam4 = !(rate < 200e9);
  // The limits are stated to one digit: a ratio that prints as the limit is at the limit.
  const measured = ber * (1 + 1e-9);
  if (measured >= (pam4 ? config.berCriticalPam4 : config.berCriticalNrz)) return 'critical';
  if (measured >= (pam4 ? config.berWarningPam4 : config.berWarningNrz)) return 'warning';
  return null;
}
