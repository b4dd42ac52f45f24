import type { TrainingConfig } from './config.ts';
import { median, quantile, robustSpread } from './statistics.ts';

/** A step as the shift detector sees it. */
export interface ShiftPoint {
  lnSeconds: number;
  /** Usual ln(duration) before this step and its spread; null before there is one. */
  usual: { ln: number; spread: number } | null;
}

/** A lasting change of the job's speed: from point `from` to before point `to`. */
export interface LevelShift {
  from: number;
  to: number;
  direction: 'slower' | 'faster';
  /** ln(duration) it is compared with: the level before the change. */
  oldLn: number;
  newLn: number;
}

/**
 * Finds lasting changes of level in one segment: a two-sided CUSUM against a reference that stands still while it is doubted, confirmed by
 * the medians on both sides. A run of a few slow steps is no shift; neither is a slow drift within the natural spread.
 */
export function findLevelShifts(points: readonly ShiftPoint[], config: TrainingConfig): LevelShift[] {
  const shifts: LevelShift[] = [];
  let from = 0;
  while (from < points.length) {
    const shift = nextShift(points, from, config);
    if (!shift) break;
    shifts.push(shift);
    from = shift.to;
  }
  return shifts;
}

function nextShift(points: readonly ShiftPoint[], from: number, config: TrainingConfig): LevelShift | undefined {
  let up = 0;
  let down = 0;
  let since = from;
  let reference: { ln: number; spread: number } | null = null;
  for (let i = from; i < points.length; i++) {
    const point = points[i];
    if (!point) break;
    if (up === 0 && down === 0) {
      since = i;
      reference = point.usual;
    }
    if (!reference) continue;
    const z = clip((point.lnSeconds - reference.ln) / reference.spread, config.shiftClip);
    up = Math.max(0, up + z - config.shiftSlack);
    down = Math.max(0, down - z - config.shiftSlack);
    if (up < config.shiftHeight && down < config.shiftHeight) continue;
    const confirmed = confirm(points, since, reference, up >= config.shiftHeight, config);
    if (confirmed) return confirmed;
    up = 0;
    down = 0;
  }
  return undefined;
}

function confirm(
  points: readonly ShiftPoint[],
  since: number,
  reference: { ln: number; spread: number },
  slower: boolean,
  config: TrainingConfig,
): LevelShift | undefined {
  const after = points.slice(since, since + config.shiftConfirmSteps).map((point) => point.lnSeconds);
  const newLn = median(after);
  if (newLn === undefined || after.length < config.shiftConfirmSteps) return undefined;
  const change = slower ? newLn - reference.ln : reference.ln - newLn;
  if (change < Math.log(config.shiftRatio)) return undefined;
  // A burst of slow steps moves the median of twenty too; a new level moves nearly all of them.
  const reluctant = quantile(after, slower ? 1 - config.shiftAgreement : config.shiftAgreement) ?? newLn;
  if (Math.abs(newLn - reluctant) > 0.5 * change) return undefined;
  const shift: LevelShift = {
    from: since,
    to: points.length,
    direction: slower ? 'slower' : 'faster',
    oldLn: reference.ln,
    newLn,
  };
  if (slower) shift.to = recovery(points, shift, robustSpread(after, newLn, config.spreadFloor), config);
  else shift.to = since + config.shiftConfirmSteps;
  return shift;
}

/** Where the job came back to its old level, or the end. */
function recovery(points: readonly ShiftPoint[], shift: LevelShift, spread: number, config: TrainingConfig): number {
  let down = 0;
  let since = shift.from;
  for (let i = shift.from; i < points.length; i++) {
    if (down === 0) since = i;
    const z = clip(((points[i]?.lnSeconds ?? shift.newLn) - shift.newLn) / spread, config.shiftClip);
    down = Math.max(0, down - z - config.shiftSlack);
    if (down < config.shiftHeight) continue;
    const after = points.slice(since, since + config.shiftConfirmSteps).map((point) => point.lnSeconds);
    const level = median(after);
    if (level !== undefined && level - shift.oldLn < Math.log(config.shiftRatio)) return since;
    down = 0;
  }
  return points.length;
}

const clip = (z: number, limit: number) => Math.max(-limit, Math.min(limit, z));
