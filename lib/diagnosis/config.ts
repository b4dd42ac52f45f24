/** Thresholds of the diagnosis. Fractions 0..1. */
export interface DiagnosisConfig {
  /** A port is part of the pause graph from this share of time on. @source detection.md 4 */
  pausedFraction: number;
  /** Least time over which pause is averaged for the graph, ms; never less than two intervals. @source detection.md 4 */
  windowMs: number;
  /** Edges below this share of a node's weight are noise. @source detection.md 4 */
  minEdgeShare: number;
  /** Longest chain followed. @source detection.md 4 */
  maxHops: number;
  /** Pause of a port between switches that is told by itself when nothing downstream explains it... */
  unexplainedFraction: number;
  /** ...in this many intervals in a row @source detection.md 13 item 5 */
  unexplainedIntervals: number;
  /** ...that last this long together, ms: collectives of a busy healthy fabric pause its ports for several seconds. */
  unexplainedMs: number;
  /** Findings that begin this near to each other on one cable, or one path, are one trouble, ms. */
  sameOnsetMs: number;
  /** Queues that begin this near to a measured fault of the same job are its consequence, ms. */
  consequenceMs: number;
  /** From here a port on a job's path counts as congested: it can no longer be cleared. */
  congestedFraction: number;
  /**
   * Ports that are held this much and send nothing are stalled. SONiC says 0.99 of its own short interval; with slow
   * refreshes one interval shows less than its share, and the cycle itself is further proof.
   */
  stalledFraction: number;
  /** A cycle of stalled ports must stand this long, ms, and two intervals. @source detection.md 4 */
  deadlockMs: number;
  /** Pause shares of ports that stand still together differ by no more than this. */
  togetherFraction: number;
  /** A deadlock ends when its ports have moved for this long, ms. @source detection.md 2 */
  cycleHoldMs: number;
  /** Samples older than this many intervals no longer count as watched. */
  watchedIntervals: number;
  /**
   * A sender that was held needs about as long again to come back to its rate (congestion control recovers in steps), so
   * pause costs up to this many times itself, never more than the interval. @source docs/adr/0014
   */
  recoveryFactor: number;
  /** Load from which the flows of a root count as active for a whole interval: half of it at line rate. @source docs/adr/0014 */
  activeUtilFraction: number;
  /** Congested share of a port's capacity from which an incast counts as active for a whole interval: its allowance. */
  incastActiveFraction: number;
  /** How far the clocks of devices and jobs may be apart, ms: segments are padded by it. */
  clockErrorMs: number;
  /** How long impacts and coverage are remembered, ms. */
  rememberMs: number;
  /** Segments kept per incident and job; older ones are merged. */
  maxSegments: number;
  /** Victims and edges kept per incident. */
  maxVictims: number;
  /** Ended incidents are kept this long for late steps, ms. */
  keepEndedMs: number;
}

/** Defaults; sources at the fields. */
export const DIAGNOSIS_DEFAULTS: DiagnosisConfig = {
  pausedFraction: 0.01,
  windowMs: 2_000,
  minEdgeShare: 0.1,
  maxHops: 8,
  unexplainedFraction: 0.35,
  unexplainedIntervals: 2,
  unexplainedMs: 10_000,
  sameOnsetMs: 20_000,
  consequenceMs: 10_000,
  congestedFraction: 0.1,
  stalledFraction: 0.75,
  deadlockMs: 2_000,
  togetherFraction: 0.1,
  cycleHoldMs: 10_000,
  watchedIntervals: 3,
  recoveryFactor: 2,
  activeUtilFraction: 0.5,
  incastActiveFraction: 0.06,
  clockErrorMs: 0,
  rememberMs: 660_000,
  maxSegments: 1_000,
  maxVictims: 128,
  keepEndedMs: 900_000,
};
