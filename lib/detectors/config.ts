/**
 * Every threshold of the per-device detectors. Fractions 0..1; `Seconds` are evidence: time paused, time congested.
 * Findings open on accumulated evidence (a one-sided CUSUM: what exceeds the allowance adds up, quiet time drains it),
 * so that one rule holds at 100 ms and at 10 s polls.
 */
export interface DetectorConfig {
  /** Pause a healthy port may show. A host-facing port of a healthy fabric shows none. @source detection.md 2: below 0.01 no job loses 1 % */
  pauseAllowedFraction: number;
  /** Pause beyond the allowance that opens a finding: switches' own watchdogs act at 200 ms. @source SONiC pfcwd, Juniper PFC watchdog */
  pauseOpenSeconds: number;
  /** From here a paused port is a storm, not a slow receiver. @source detection.md 4, root table */
  stormFraction: number;
  /** Share of its backlog time a port pauses when it is called stalled. @source SONiC NVIDIA predicate */
  stalledFraction: number;
  /** Pause between switches that fabrics show in passing: victims and natural congestion. */
  fabricPauseAllowedFraction: number;
  fabricPauseOpenSeconds: number;
  /** Share of capacity spent draining a marked queue that costs less than the 5 % by which a step counts as slow. */
  congestedAllowedFraction: number;
  /** Congested share that a port-second of pause asserted from here stands for: one full queue holds two to three ports. */
  pressureWeight: number;
  /** A port's own usual congestion times this is still usual: chance that has this mean goes beyond three times it once in twenty. */
  congestedQuietFactor: number;
  /** A port whose usual congestion raised its allowance needs as many times the evidence, up to this. */
  usualOpenFactor: number;
  /** What one interval counts at most: one collective fills a queue for a second and is over. */
  congestedClipFraction: number;
  /** Congested time beyond the allowance that opens an incast... */
  congestedOpenSeconds: number;
  /** ...after at least this long, ms: longer than one collective of a healthy job fills a queue. @source detection.md 13 item 3: 3 intervals at 1 s */
  congestedSpanMs: number;
  /** ...and in three intervals up to `congestedShortMs`, two longer ones, or one of at least `congestedLongMs`. @source detection.md 13 item 3 */
  congestedShortMs: number;
  congestedLongMs: number;
  /** Pause a switch must assert on its other ports, summed, while one of its ports is congested: somebody was hurt. */
  pressureFraction: number;
  /**
   * Mean congested share over a suspicion that hurts by itself: senders to a queue that is marked this much are held by
   * congestion control, whether or not the buffer is deep enough to do without pause. Five times the 5 % of a slow step.
   */
  standingFraction: number;
  /** Two effective senders are the least that can oversubscribe one port. @source detection.md 3 */
  minFanIn: number;
  /** How fast a port's own usual level is learned, ms, and how long it is watched before it is judged against it. */
  quietLearnMs: number;
  quietNeedMs: number;
  /** Siblings of a collided uplink carry less than this share of its load. @source detection.md 4: spare capacity existed */
  siblingLoadFraction: number;
  /** Siblings below this share of its load do next to nothing... */
  siblingIdleFraction: number;
  /** ...which is a finding by itself where chance does it less often: k senders meet on one of U uplinks in U^(1 - k) of draws. */
  siblingChanceFraction: number;
  /** Congested share of an uplink's capacity that random hashing shows in passing. */
  uplinkCongestedAllowedFraction: number;
  uplinkClipFraction: number;
  uplinkOpenSeconds: number;
  /** Standing imbalance: max over mean, and the least utilisation of the fullest link. @source detection.md 5 */
  imbalanceRatio: number;
  imbalanceUtilFraction: number;
  imbalanceAllowedFraction: number;
  imbalanceOpenSeconds: number;
  /** Below this share of the expected rate a link has lost lanes or speed. */
  degradedRateFraction: number;
  /** Bit error limits. @source detection.md 6 */
  berWarningPam4: number;
  berCriticalPam4: number;
  berWarningNrz: number;
  berCriticalNrz: number;
  /** Bit errors needed for a rate. */
  berMinErrors: number;
  /** Errors are added up for at most this long until there are enough, ms. */
  berBlockMs: number;
  /** A link that stands this many decades above its own median for this long is told at any level. @source detection.md 6 */
  berTrendDecades: number;
  berTrendMs: number;
  /** Memory of that median, and how long it is learned before anything is held against it, ms. */
  berMedianMs: number;
  berLearnMs: number;
  /** Uncorrectable codewords while the bit error ratio is below this are bursts, not noise. @source detection.md 6 */
  burstBerBelow: number;
  /** Minutes in a row with uncorrectable codewords, and frame loss ratio, that are critical. @source detection.md 6 */
  codewordMinutesCritical: number;
  frameLossCritical: number;
  /** Symbol errors in an interval that count where the link is not InfiniBand, which has none in steady state. */
  symbolMinErrors: number;
  /** After link-up errors mean nothing for this long, ms. @source detection.md 6 */
  linkUpExemptMs: number;
  /** Errors come in lumps: a noisy link has recovered after this long without, ms: twice the minute in which one lost codeword is too many. */
  errorHoldMs: number;
  /** Share of packets lost, and lost packets, that make a loss finding: RoCE goes back to the lost packet each time. */
  lossFraction: number;
  lossMinPackets: number;
  /** Link downs within `flapWindowMs`. @source detection.md 6 */
  flapWarningDowns: number;
  flapCriticalDowns: number;
  flapWindowMs: number;
  /** A flap ends only after this long without a down, ms: coming back for a moment is what it does. */
  flapHoldMs: number;
  /** Bursts: load below, marked share from, and intervals watched before a watermark is unusual. @source detection.md 3 and 13 item 7 */
  burstUtilBelow: number;
  burstMarkFraction: number;
  burstLearnIntervals: number;
  /** ...and this many times what the port exceeds once in a hundred intervals: else one interval in a hundred would be told. */
  burstRatio: number;
  /** Standing imbalance: window (ms, polls), windows in a row, and the least mean load judged. @source detection.md 5 */
  standingWindowMs: number;
  standingPolls: number;
  standingWindows: number;
  standingMinMeanUtil: number;
  /** Flows that cross a group of uplinks at once; 0 = nobody knows, then no group is called polarised. @source detection.md 5 */
  uplinkFlows: number;
  /** Findings of one kind at one port within `flapControlMs` from which they are told as one. @source docs/adr/0013 */
  flapControlOpens: number;
  flapControlMs: number;
  /** A link that carried this much was in use. @source detection.md 1 item 10 */
  usedUtilFraction: number;
  /** A finding ends after this long, and this many intervals, without a bad one. @source detection.md 2 */
  closeHoldMs: number;
  closeIntervals: number;
  /** Intervals without a down that end a flap: a link that is down a third of the time shows so in one poll of three. */
  snapshotHoldIntervals: number;
  /** Missed polls after which an open finding ends as lost. @source detection.md 1 item 7 */
  lostAfterIntervals: number;
}

/** Bad intervals needed before a standing queue is told, for an interval of this length, ms. */
export function intervalsNeeded(lengthMs: number, config: DetectorConfig): number {
  if (lengthMs >= config.congestedLongMs) return 1;
  return lengthMs <= config.congestedShortMs ? 3 : 2;
}

/** Factor on the evidence that opens a finding, where a port's usual level stands above the least allowance. */
export function moreWhereUsual(allowed: number, least: number, config: DetectorConfig): number {
  return Math.min(config.usualOpenFactor, allowed / least);
}

/** Defaults; each derived in docs/adr/0011-evidence-seconds.md where it is not taken from a source. */
export const DETECTOR_DEFAULTS: DetectorConfig = {
  pauseAllowedFraction: 0.02,
  pauseOpenSeconds: 0.2,
  stormFraction: 0.5,
  stalledFraction: 0.99,
  fabricPauseAllowedFraction: 0.05,
  fabricPauseOpenSeconds: 0.4,
  congestedAllowedFraction: 0.06,
  pressureWeight: 0.4,
  congestedQuietFactor: 3,
  usualOpenFactor: 2,
  congestedClipFraction: 0.2,
  congestedOpenSeconds: 0.35,
  congestedSpanMs: 2_500,
  congestedShortMs: 2_500,
  congestedLongMs: 8_000,
  pressureFraction: 0.05,
  standingFraction: 0.25,
  minFanIn: 2,
  quietLearnMs: 60_000,
  quietNeedMs: 20_000,
  siblingLoadFraction: 0.6,
  siblingIdleFraction: 0.1,
  siblingChanceFraction: 0.05,
  uplinkCongestedAllowedFraction: 0.03,
  uplinkClipFraction: 0.2,
  uplinkOpenSeconds: 0.35,
  imbalanceRatio: 1.5,
  imbalanceUtilFraction: 0.7,
  imbalanceAllowedFraction: 0.25,
  imbalanceOpenSeconds: 2,
  degradedRateFraction: 0.99,
  berWarningPam4: 1e-5,
  berCriticalPam4: 1e-4,
  berWarningNrz: 1e-7,
  berCriticalNrz: 5e-6,
  berMinErrors: 10,
  berBlockMs: 3_600_000,
  berTrendDecades: 1,
  berTrendMs: 600_000,
  berMedianMs: 86_400_000,
  berLearnMs: 3_600_000,
  burstBerBelow: 1e-5,
  codewordMinutesCritical: 5,
  frameLossCritical: 6e-10,
  symbolMinErrors: 10,
  linkUpExemptMs: 60_000,
  errorHoldMs: 120_000,
  lossFraction: 1e-4,
  lossMinPackets: 10,
  flapWarningDowns: 2,
  flapCriticalDowns: 5,
  flapWindowMs: 600_000,
  flapHoldMs: 15_000,
  burstUtilBelow: 0.5,
  burstMarkFraction: 0.01,
  burstLearnIntervals: 100,
  burstRatio: 1.5,
  standingWindowMs: 10_000,
  standingPolls: 5,
  standingWindows: 3,
  standingMinMeanUtil: 0.1,
  uplinkFlows: 0,
  flapControlOpens: 4,
  flapControlMs: 60_000,
  usedUtilFraction: 0.01,
  closeHoldMs: 10_000,
  closeIntervals: 2,
  snapshotHoldIntervals: 5,
  lostAfterIntervals: 10,
};
