import type { JobCoverage } from '../diagnosis/incident.ts';
import { isNetworkKind } from '../kinds.ts';
import type { Baseline } from './baseline.ts';
import type { TrainingConfig } from './config.ts';
import type { RankFinding } from './rank-evidence.ts';
import type { ConfidenceLabel, StepCause, Verdict } from './step.ts';

/** An incident's share of one step, with what the verdict needs to know of the incident. */
export interface NetworkShare {
  incident: string;
  kind: StepCause['kind'];
  seconds: number;
  secondsHigh: number;
  /** Confidence in the incident's root, 0..1. */
  confidence: number;
  direct: boolean;
  /** Chance that incidents and slow steps coincide by accident; null when too few steps to tell. */
  pValue: number | null;
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
  const excess = facts.excessSeconds;
  const local = facts.findings.reduce((sum, finding) => sum + finding.seconds, 0);
  const network = facts.network.reduce((sum, share) => sum + share.seconds, 0);
  const causes = causesOf(facts);
  const reasons: string[] = [];
  const decided = decide(facts, local, network, config, reasons);
  const confidence = confidenceOf(facts, decided, local, network, config);
  return {
    verdict: decided,
    confidence,
    label: labelOf(confidence, facts, config),
    causes: withRest(causes, excess),
    reasons,
    notVisible: notVisible(facts, config),
  };
}

function decide(facts: StepFacts, local: number, network: number, config: TrainingConfig, reasons: string[]): Verdict {
  const excess = facts.excessSeconds;
  for (const finding of facts.findings)
    reasons.push(`${finding.text}, which explains ${percent(finding.seconds, excess)}`);
  const strongest = facts.network.reduce<NetworkShare | undefined>(
    (a, b) => (a && a.seconds >= b.seconds ? a : b),
    undefined,
  );
  if (strongest && strongest.seconds > 0) {
    reasons.push(
      `${strongest.kind} ${strongest.incident} overlaps the step and its evidence pays for ${percent(strongest.seconds, excess)}`,
    );
  }
  if (local > 0 && local >= network) return 'not-network';
  if (network >= config.coverFraction * excess) return 'network';
  if (network > 0) {
    reasons.push(
      `network evidence covers less than ${percent(config.coverFraction, 1)}, which is not enough to blame it`,
    );
    return 'unknown';
  }
  const coverage = facts.coverage;
  if (coverage && coverage.watchedFraction >= config.clearWatchedFraction && coverage.congestedFraction === 0) {
    reasons.push('every port on the paths of this job was watched during the step and none was congested');
    return 'not-network';
  }
  reasons.push('no network evidence, and nothing else was measured that explains the step');
  return 'unknown';
}

function causesOf(facts: StepFacts): StepCause[] {
  const causes: StepCause[] = facts.findings.map((finding) => {
    const cause: StepCause = { kind: finding.kind, incident: null, seconds: finding.seconds, text: finding.text };
    if (finding.rank !== undefined) cause.rank = finding.rank;
    if (finding.host !== undefined) cause.host = finding.host;
    return cause;
  });
  for (const share of facts.network) {
    if (share.seconds <= 0) continue;
    causes.push({ kind: share.kind, incident: share.incident, seconds: share.seconds, secondsHigh: share.secondsHigh });
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

function confidenceOf(
  facts: StepFacts,
  verdict: Verdict,
  local: number,
  network: number,
  config: TrainingConfig,
): number {
  const excess = facts.excessSeconds;
  const settled = Math.min(1, facts.baseline.steps / config.settledSteps);
  if (verdict === 'unknown') return 0;
  if (verdict === 'not-network') {
    const cover = local > 0 ? Math.min(1, local / excess) : 0.5;
    return clamp((0.5 + 0.5 * cover) * (0.7 + 0.3 * settled));
  }
  const root =
    facts.network.reduce((sum, share) => sum + share.confidence * share.seconds, 0) / Math.max(network, 1e-9);
  const p = facts.network.reduce((most, share) => Math.max(most, share.pValue ?? 0), 0);
  const ranks = facts.computeKnown ? config.rankAgrees : config.rankUnknown;
  return clamp(
    root *
      Math.min(1, network / excess) *
      (1 - p) *
      (local > network ? config.rankContradicts : ranks) *
      (0.7 + 0.3 * settled),
  );
}

function labelOf(confidence: number, facts: StepFacts, config: TrainingConfig): ConfidenceLabel {
  const labels: ConfidenceLabel[] = ['possible', 'likely', 'confirmed'];
  let rank = confidence >= config.confirmedConfidence ? 2 : confidence >= config.likelyConfidence ? 1 : 0;
  const provisional = facts.baseline.steps < config.settledSteps;
  if (facts.crowded && rank > 0) rank--;
  if ((provisional || facts.averagedOver > 1) && rank > 1) rank = 1;
  return labels[rank] ?? 'possible';
}

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
