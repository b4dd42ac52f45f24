import { type DetectorMemory, memoryOf } from './detector.ts';

/** The value a port exceeds once in a hundred intervals, followed with two numbers a port. */
export interface UnusualLevel {
  /** [port] the 99th percentile; NaN = nothing learned. */
  level: Float64Array;
  /** [port] intervals watched. */
  watched: Float64Array;
}

const QUANTILE = 0.99;
/** Step as a share of the level itself: it forgets in a few hundred intervals. */
const STEP = 0.05;

/** The unusual level under a name in a detector's memory. */
export function unusualLevel(memory: DetectorMemory, name: string, ports: number): UnusualLevel {
  return { level: memoryOf(memory, name, ports), watched: memoryOf(memory, `${name}.watched`, ports) };
}

/**
 * Learns from one interval: the highest value until `needIntervals` have been seen, then steps up that are rare and
 * large, and steps down that are frequent and small, which settle where one in a hundred lies above.
 * @param ratio how far above that level a value must stand to be called unusual
 * @returns true where the value is unusual for a port that has been watched for long enough
 */
export function isUnusual(
  unusual: UnusualLevel,
  port: number,
  value: number,
  needIntervals: number,
  ratio = 1,
): boolean {
  const known = unusual.watched[port] ?? Number.NaN;
  const watched = Number.isNaN(known) ? 0 : known;
  unusual.watched[port] = watched + 1;
  const level = unusual.level[port] ?? Number.NaN;
  if (watched < needIntervals || Number.isNaN(level)) {
    unusual.level[port] = level > value ? level : value;
    return false;
  }
  const above = value > level;
  // From nothing a share of nothing would never grow.
  const step = STEP * Math.max(level, above ? value : 0);
  unusual.level[port] = level + (above ? QUANTILE : QUANTILE - 1) * step;
  return value > ratio * level;
}
