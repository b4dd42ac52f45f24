import { type DetectorMemory, memoryOf } from './detector.ts';
import type { Finding } from './hysteresis.ts';

/** What a port looks like when nothing is wrong with it: a slow mean of one number. */
export interface UsualLevel {
  /** [port] mean; NaN = nothing learned. */
  level: Float64Array;
  /** [port] how long it has been watched, ms; NaN = not yet. */
  watchedMs: Float64Array;
}

/** Weight of an interval under suspicion: a port that always looks like this is usual for it, in the end. */
const SUSPICIOUS_WEIGHT = 0.1;
/** The first interval above the allowance teaches as a burst that lasts this long does, ms: one collective, not one poll. */
const ONSET_MS = 1000;

/** How sure it is that nothing is wrong in the interval that is learned from. */
export type Learning = 'quiet' | 'onset' | 'suspicious' | 'sure';

/** What an interval may teach. `onset`: it is the first above the allowance; a passing burst of a short poll, half a fault of a long one. */
export function learningState(finding: Finding | undefined, above: boolean): Learning {
  if (finding === undefined) return above ? 'onset' : 'quiet';
  return finding.episode === null ? 'suspicious' : 'sure';
}

/** The usual level under a name in a detector's memory. */
export function usualLevel(memory: DetectorMemory, name: string, ports: number): UsualLevel {
  return { level: memoryOf(memory, name, ports), watchedMs: memoryOf(memory, `${name}.watched`, ports) };
}

/** Learns from one interval: a running mean at first, then a slow exponential one. A sure finding teaches nothing. */
export function learnUsual(
  usual: UsualLevel,
  port: number,
  value: number,
  elapsedMs: number,
  state: Learning,
  learnMs: number,
): void {
  const before = usual.watchedMs[port] ?? Number.NaN;
  const watched = (Number.isNaN(before) ? 0 : before) + elapsedMs;
  usual.watchedMs[port] = watched;
  const known = usual.level[port] ?? Number.NaN;
  if (Number.isNaN(known)) {
    usual.level[port] = value;
    return;
  }
  const factor = state === 'suspicious' ? SUSPICIOUS_WEIGHT : state === 'sure' ? 0 : 1;
  const taught = state === 'onset' ? Math.min(elapsedMs, ONSET_MS) : elapsedMs;
  usual.level[port] = known + (value - known) * Math.min(1, taught / Math.min(watched, learnMs)) * factor;
}

/** True once a port has been watched long enough to know what is usual. */
export function isLearned(usual: UsualLevel, port: number, needMs: number): boolean {
  return (usual.watchedMs[port] ?? Number.NaN) >= needMs;
}

/** The usual level, 0 where nothing is known. */
export function levelOf(usual: UsualLevel, port: number): number {
  const level = usual.level[port] ?? Number.NaN;
  return Number.isNaN(level) ? 0 : level;
}
