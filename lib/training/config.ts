/** Every number the step judgement stands on. Durations in ms, fractions 0..1, `Spreads` in robust standard deviations of ln(duration). */
export interface TrainingConfig {
  /** Steps dropped at the start of a segment when the job does not declare its own. Two hold compile and cache effects of a short run. */
  warmupSteps: number;
  /** Accepted steps before a step is judged at all; below `settledSteps` the judgement is provisional. */
  provisionalSteps: number;
  /** Accepted steps from which a label may be better than provisional. */
  settledSteps: number;
  /** Until then a step is compared with the first so many accepted steps, later ones too: the spread of 20 is known to a quarter, of 40 to a sixth. */
  hindsightSteps: number;
  /** Accepted steps in the baseline window: 64 keep the median's error at 0.16 spreads and forget a schedule change in minutes. */
  baselineSteps: number;
  /** Least spread of ln(duration): timers and logs round to about half a per cent. */
  spreadFloor: number;
  /** Where a slow step enters the window: far enough to move the median, too near to stretch the spread. */
  winsorSpreads: number;
  /** Statistical rule: a step beyond this many spreads... */
  slowSpreads: number;
  /** ...and this many times the baseline. Below 5 % irregularity cannot be told from noise (Holmes, NSDI'25: 4 %). */
  slowRatio: number;
  /** Direct evidence (late rank, incident) worth this share of the baseline makes a step slow... */
  evidenceFraction: number;
  /** ...and, for an incident or a rank less late, its excess is beyond this many spreads: nature does that to fewer than 1 step of 100 that happen to overlap. */
  evidenceSpreads: number;
  /** ...and at least this share of the baseline: the same 5 % below which irregularity is noise. */
  evidenceExcessFraction: number;
  /** Steps inside one incident from which on they say together how it was felt; fewer speak each for itself. */
  feltSteps: number;
  /** A step that surely ran inside an incident is slow where the chance that nature made it so long is below this... */
  insideChance: number;
  /** ...and one at its edge, of which half ran just before or after it, below this. */
  edgeChance: number;
  /** A late rank must stand this many spreads of its peers and of its history away. */
  lateRankSpreads: number;
  /** ...and by this share of the step. A rank reports its first computing phase only: what is lost may be several times more. */
  findingFraction: number;
  /** Peers needed to call a rank late by comparison. */
  lateRankPeers: number;
  /** Lateness told by comparing clocks is believed when their usual difference is below this share of it. */
  clockErrorFraction: number;
  /** CUSUM: z is clipped here so that one step cannot open a shift. */
  shiftClip: number;
  /** CUSUM slack and decision height: in-control run above 20,000 steps even for heavy tails. */
  shiftSlack: number;
  shiftHeight: number;
  /** A shift is confirmed over this many steps... */
  shiftConfirmSteps: number;
  /** ...when the medians differ by this share. */
  shiftRatio: number;
  /** ...and this share of them keeps at least half of the change. */
  shiftAgreement: number;
  /** Periodic non-network steps: same distance in `periodicHits` of `periodicWindow` periods, at most this share of steps. */
  periodicHits: number;
  periodicWindow: number;
  periodicMaxFraction: number;
  /** Chance of a false period among all pairs of slow steps that is accepted. */
  periodicChance: number;
  /** Hang: no step for max(factor x baseline, floor). */
  hangFactor: number;
  hangFloorMs: number;
  /** Share of the excess that evidence must cover before a verdict is given. */
  coverFraction: number;
  /** Against a late rank the network is blamed only when it explains this many times more: computing repeats within a step, a rank reports its first phase. */
  lateRankOutweighs: number;
  /** Where more than this share of the job's quiet steps are as slow, an incident is blamed only for what no other step could have used. */
  naturalFraction: number;
  /** Incidents that overlap the step widened by this many polls make it less sure which of them it was. */
  crowdedPolls: number;
  /** Share of the job's paths that must have been watched, all quiet, before silence speaks for the network. */
  clearWatchedFraction: number;
  /** Significance: acting level, false discovery rate, shifts, steps needed. */
  significanceP: number;
  falseDiscoveryRate: number;
  significanceShifts: number;
  significanceSteps: number;
  /** Confidence labels. */
  confirmedConfidence: number;
  likelyConfidence: number;
  /** Rank factor of the confidence: rank data agree, none, contradict. */
  rankAgrees: number;
  rankUnknown: number;
  rankContradicts: number;
  /** Error of a time that is only when the line was read. */
  arrivalErrorMs: number;
  /** Two records of one step id this far apart are still one step; a restart takes longer. */
  sameStepGapMs: number;
  /** An incomplete step is judged when it ended this long ago. */
  lateRankGraceMs: number;
  /** The network view is asked again for this long back; older evidence stands as last told. */
  reviseMs: number;
  /** Steps kept open for revision per job; the oldest beyond it become final. */
  openSteps: number;
  /** After so long no rank adds to a step, and of its rows only this many stay. */
  settleRanksMs: number;
  keepRows: number;
  /** Jobs kept; the one that has been silent longest makes room. Job names come from outside. */
  maxJobs: number;
  /** Longest step believed; a longer one is a broken clock. */
  maxStepMs: number;
}

/**
 * Defaults.
 * @source reference sections 7 to 9 and the measured corrections; docs/adr/0020 to 0023 for those that differ
 */
export const TRAINING_DEFAULTS: TrainingConfig = {
  warmupSteps: 2,
  provisionalSteps: 5,
  settledSteps: 20,
  hindsightSteps: 20,
  baselineSteps: 64,
  spreadFloor: 0.005,
  winsorSpreads: 3,
  slowSpreads: 5,
  slowRatio: 1.05,
  evidenceFraction: 0.05,
  evidenceSpreads: 2.5,
  evidenceExcessFraction: 0.05,
  feltSteps: 4,
  insideChance: 0.02,
  edgeChance: 0.01,
  lateRankSpreads: 5,
  findingFraction: 0.02,
  lateRankPeers: 3,
  clockErrorFraction: 0.25,
  shiftClip: 6,
  shiftSlack: 1,
  shiftHeight: 8,
  shiftConfirmSteps: 20,
  shiftRatio: 1.05,
  shiftAgreement: 0.8,
  periodicHits: 4,
  periodicWindow: 5,
  periodicMaxFraction: 0.1,
  periodicChance: 0.01,
  hangFactor: 10,
  hangFloorMs: 60_000,
  coverFraction: 0.5,
  lateRankOutweighs: 2,
  naturalFraction: 0.02,
  crowdedPolls: 3,
  clearWatchedFraction: 0.99,
  significanceP: 0.01,
  falseDiscoveryRate: 0.05,
  significanceShifts: 999,
  significanceSteps: 500,
  confirmedConfidence: 0.8,
  likelyConfidence: 0.5,
  rankAgrees: 1,
  rankUnknown: 0.7,
  rankContradicts: 0.2,
  arrivalErrorMs: 1000,
  sameStepGapMs: 5000,
  lateRankGraceMs: 5000,
  reviseMs: 600_000,
  openSteps: 640,
  settleRanksMs: 60_000,
  keepRows: 32,
  maxJobs: 2000,
  maxStepMs: 86_400_000,
};
