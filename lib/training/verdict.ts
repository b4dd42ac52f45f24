import type { JobCoverage } from '../diagnosis/incident.ts';
import { isNetworkKind } from '../kinds.ts';
import type { Baseline } from './baseline.ts';
import type { TrainingConfig } from './config.ts';
import type { RankFinding } from './rank-evidence.ts';
import type { ConfidenceLabel, StepCause, Verdict } from './step.ts';

/** An incident's share of one step, with what the verdict needs to know of the incident. */
export interface NetworkShare {
  incident: string;
  /** The incident's root port, or its id where that is not known. */
  where: string;
  kind: StepCause['kind'];
  seconds: number;
  /** What no other step could have used. */
  secondsLow: number;
  secondsHigh: number;
  /** Confidence in the incident's root, 0..1. */
  confidence: number;
  direct: boolean;
  /** Chance that incidents and slow steps coincide by accident; null when too few steps to tell. */
  pValue: number | null;
  /** That chance is small enough, also among all suspects looked at. */
  significant: boolean;
}

/** All that is known of one slow step. */
export interface StepFacts {
  excessSeconds: number;
  baseline: Baseline;
  ranks: number;
  /** Compute times of ranks are known. */
  computeKnown: boolean;
  findings: readonly RankFinding[];
  network: readonly NetworkShare[];
  /** What the incidents around it cost other steps of the job, in which no rank was late, seconds; null where too few tell. */
  usualNetworkSeconds: number | null;
  /** Share of the excess of all steps around its incidents that evidence explains, 0..1. */
  incidentCover: number;
  /** Share of the job's undisturbed steps that were as slow. */
  naturalFraction: number;
  coverage: JobCoverage | undefined;
  averagedOver: number;
  /** Another incident began within a few polls: which one it was is less sure. */
  crowded: boolean;
}

/** What is said of a slow step. */
export interface Judgement {
  verdict: Verdict;
  confidence: number;
  label: ConfidenceLabel;
  causes: StepCause[];
  reasons: string[];
  notVisible: string[];
}

/** Weighs the evidence of one slow step: network, not the network, or cannot tell. */
export function judgeStep(facts: StepFacts, config: TrainingConfig): Judgement {
  const weights: Weights = {
    excess: facts.excessSeconds,
    local: facts.findings.reduce((sum, finding) => sum + finding.seconds, 0),
    network: facts.network.reduce((sum, share) => sum + share.seconds, 0),
    networkLow: facts.network.reduce((sum, share) => sum + share.secondsLow, 0),
  };
  const { verdict, why } = decide(facts, weights, config);
  const confidence = confidenceOf(facts, verdict, weights, config);
  const label = labelOf(confidence, facts, verdict, config);
  // What a late rank may explain by its later phases is not the network's, however well the incident fits.
  const network = weights.local > 0 && verdict !== 'network' ? [] : facts.network;
  return {
    verdict,
    confidence,
    label,
    causes: withRest(causesOf(facts.findings, network, label), facts.excessSeconds),
    reasons: [...evidenceReasons(facts), why],
    notVisible: notVisible(facts, config),
  };
}

/** Seconds of a step: all of its excess, and what each side explains of it. */
interface Weights {
  excess: number;
  local: number;
  network: number;
  networkLow: number;
}

/** An incident that usually costs this part of an excess costs all of it, as far as single steps tell. */
const NEARLY_ALL = 0.8;

function decide(facts: StepFacts, weights: Weights, config: TrainingConfig): { verdict: Verdict; why: string } {
  const { excess, local, network, networkLow } = weights;
  const enough = config.coverFraction * excess;
  const hidden = network >= local && (facts.usualNetworkSeconds ?? 0) >= NEARLY_ALL * excess;
  if (local > 0 && hidden) {
    return {
      verdict: 'network',
      why: 'a rank was late too, but the incident costs steps without a late rank as much: it hid the lateness',
    };
  }
  if (local > 0 && network < config.lateRankOutweighs * local) {
    if (local >= network || local >= 0.5 * enough) {
      return {
        verdict: 'not-network',
        why: "the ranks' own clocks show that the time was lost before the network was needed",
      };
    }
    return { verdict: 'unknown', why: 'both a late rank and the network may have done it, and neither clearly' };
  }
  if (network >= enough && !facts.computeKnown && facts.incidentCover < config.coverFraction) {
    return {
      verdict: 'unknown',
      why: `network evidence covers ${percent(network, excess)} of this excess but only ${percent(facts.incidentCover, 1)} of that of the steps around: something else is at work, and no rank tells`,
    };
  }
  if (network >= enough) {
    if (facts.naturalFraction <= config.naturalFraction || networkLow >= enough) {
      return { verdict: 'network', why: `the evidence covers ${percent(network, excess)} of the excess` };
    }
    const often = percent(facts.naturalFraction, 1);
    return {
      verdict: 'unknown',
      why: `${often} of the undisturbed steps of this job are as slow, and the steps beside this one could have used the same evidence`,
    };
  }
  if (network > 0) {
    return {
      verdict: 'unknown',
      why: `network evidence covers ${percent(network, excess)} of the excess, which is not enough to blame it`,
    };
  }
  const coverage = facts.coverage;
  const clear = coverage && coverage.watchedFraction >= config.clearWatchedFraction && coverage.congestedFraction === 0;
  // Quiet paths clear the network only where nothing speaks against them: ranks that all computed as usual lost the time communicating.
  if (clear && facts.computeKnown) {
    return {
      verdict: 'unknown',
      why: 'no network evidence: the paths of this job were watched and quiet, but every rank computed as usual, so the time went by after that',
    };
  }
  if (clear) {
    return {
      verdict: 'not-network',
      why: 'no network evidence: every port on the paths of this job was watched and none was congested',
    };
  }
  return { verdict: 'unknown', why: 'no network evidence, and nothing else was measured that explains the step' };
}

function evidenceReasons(facts: StepFacts): string[] {
  const reasons = facts.findings.map(
    (finding) => `${finding.text}, which explains ${percent(finding.seconds, facts.excessSeconds)} of the excess`,
  );
  for (const share of [...facts.network].sort((a, b) => b.seconds - a.seconds)) {
    const p = share.pValue === null ? '' : `; chance of such a coincidence ${share.pValue.toFixed(3)}`;
    reasons.push(
      `${share.kind} at ${share.where} overlaps the step and can pay for ${percent(share.seconds, facts.excessSeconds)}${p}`,
    );
  }
  return reasons;
}

function causesOf(
  findings: readonly RankFinding[],
  network: readonly NetworkShare[],
  label: ConfidenceLabel,
): StepCause[] {
  const causes: StepCause[] = findings.map((finding) => {
    const cause: StepCause = {
      kind: finding.kind,
      incident: null,
      seconds: finding.seconds,
      label,
      text: finding.text,
    };
    if (finding.rank !== undefined) cause.rank = finding.rank;
    if (finding.host !== undefined) cause.host = finding.host;
    return cause;
  });
  for (const share of network) {
    const { kind, incident, where, seconds, secondsHigh } = share;
    if (seconds > 0) causes.push({ kind, incident, seconds, secondsHigh, label, text: `${kind} at ${where}` });
  }
  return causes.sort((a, b) => b.seconds - a.seconds);
}

/** Rounds causes down to the millisecond and adds the unexplained rest: what is printed never sums to more than the excess. */
function withRest(causes: StepCause[], excess: number): StepCause[] {
  let left = Math.floor(excess * 1000);
  const rounded: StepCause[] = [];
  for (const cause of causes) {
    const ms = Math.min(left, Math.floor(cause.seconds * 1000 + 1e-6));
    if (ms <= 0) continue;
    left -= ms;
    const kept: StepCause = { ...cause, seconds: ms / 1000 };
    if (kept.secondsHigh !== undefined) kept.secondsHigh = Math.max(ms, Math.round(kept.secondsHigh * 1000)) / 1000;
    rounded.push(kept);
  }
  if (left > 0) rounded.push({ kind: 'unexplained', incident: null, seconds: left / 1000 });
  return rounded;
}

function confidenceOf(facts: StepFacts, verdict: Verdict, weights: Weights, config: TrainingConfig): number {
  const { excess, local, network } = weights;
  // A baseline of few steps is a guess at what is usual.
  const settled = 0.7 + 0.3 * Math.min(1, facts.baseline.steps / config.settledSteps);
  if (verdict === 'unknown') return 0;
  if (verdict === 'not-network') {
    const cover = local > 0 ? Math.min(1, local / excess) : 0;
    return clamp((0.5 + 0.5 * cover) * settled);
  }
  const root = facts.network.reduce((sum, share) => sum + share.confidence * share.seconds, 0) / network;
  const p = facts.network.reduce((most, share) => Math.max(most, share.pValue ?? 0), 0);
  const unknown = facts.computeKnown ? config.rankAgrees : config.rankUnknown;
  return clamp(
    root * Math.min(1, network / excess) * (1 - p) * settled * (local > 0 ? config.rankContradicts : unknown),
  );
}

function labelOf(confidence: number, facts: StepFacts, verdict: Verdict, config: TrainingConfig): ConfidenceLabel {
  let rank = 0;
  if (confidence >= config.confirmedConfidence) rank = 2;
  else if (confidence >= config.likelyConfidence) rank = 1;
  const provisional = facts.baseline.steps < config.settledSteps || facts.averagedOver > 1;
  // "Confirmed" needs a second witness: the ranks' clocks, or a coincidence that chance cannot explain.
  const witnessed = facts.computeKnown || facts.network.some((share) => share.significant);
  if (rank === 2 && (provisional || (verdict === 'network' && !witnessed))) rank = 1;
  if (verdict === 'network' && facts.crowded && rank > 0) rank--;
  return LABELS[rank] ?? 'possible';
}

const LABELS: ConfidenceLabel[] = ['possible', 'likely', 'confirmed'];

function notVisible(facts: StepFacts, config: TrainingConfig): string[] {
  const missing: string[] = [];
  if (facts.ranks === 0) missing.push('no rank reported this step: a late rank could not be told from the network');
  else if (!facts.computeKnown) missing.push('no rank reported when its computing ended');
  if (!facts.coverage) missing.push('the ports of this job are not known');
  else if (facts.coverage.watchedFraction < config.clearWatchedFraction) {
    missing.push(
      `${percent(1 - facts.coverage.watchedFraction, 1)} of the ports on the paths of this job had no valid samples`,
    );
  }
  if (facts.averagedOver > 1)
    missing.push(`the line is a mean over ${facts.averagedOver} steps: which of them was slow is not known`);
  return missing;
}

/** Network seconds of a list of causes. */
export function networkSeconds(causes: readonly StepCause[]): number {
  return causes.reduce((sum, cause) => (isNetworkKind(cause.kind) ? sum + cause.seconds : sum), 0);
}

const percent = (part: number, whole: number) => `${Math.round((100 * part) / whole)} %`;
const clamp = (value: number) => Math.round(1000 * Math.min(1, Math.max(0, value))) / 1000;
