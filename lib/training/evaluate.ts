import type { IncidentImpact, JobCoverage } from '../diagnosis/incident.ts';
import { attributeIncident, type OpenExcess, overlapSeconds, shareExcess } from './attribution.ts';
import { type AcceptedStep, acceptedStep, type Baseline, BaselineWindow } from './baseline.ts';
import type { TrainingConfig } from './config.ts';
import { excludedByTag } from './exclusion.ts';
import { type RankFinding, rankFindings } from './rank-evidence.ts';
import type { RankFeatures } from './rank-features.ts';
import type { PlacedStep } from './segments.ts';
import { type SlowReason, slowReason } from './slow.ts';
import type { StepVerdict } from './step.ts';
import { judgeStep, type NetworkShare } from './verdict.ts';

/** What a job brings into the judgement of its open steps. */
export interface EvaluationInput {
  job: string;
  steps: readonly PlacedStep[];
  features(step: PlacedStep): RankFeatures;
  impacts: readonly IncidentImpact[];
  coverage(step: PlacedStep): JobCoverage | undefined;
  /** Accepted steps of the running segment that are already final, oldest first. */
  accepted: readonly AcceptedStep[];
  acceptedSegment: number;
  warmupSteps: number;
}

/** One step on its way to a verdict. */
export interface StepWork {
  step: PlacedStep;
  features: RankFeatures;
  /** Why it is not judged; null = it is. */
  excluded: string | null;
  /** Overlap with incidents that the evidence can pay for, seconds. */
  networkEvidence: number;
  baseline: Baseline | undefined;
  findings: RankFinding[];
  slow: SlowReason | undefined;
  /** What the baseline learned from it; null = nothing. */
  learned: AcceptedStep | null;
}

/** Judges all open steps of a job: a pure function of what is known, so order and batching of arrival cannot matter. */
export function evaluateSteps(
  input: EvaluationInput,
  config: TrainingConfig,
): { verdicts: StepVerdict[]; work: StepWork[] } {
  const work = input.steps.map((step) => startWork(step, input, config));
  compareWithBaseline(work, input, config);
  const verdicts = attributeAndJudge(work, input, config);
  return { verdicts, work };
}

function startWork(step: PlacedStep, input: EvaluationInput, config: TrainingConfig): StepWork {
  const tag = excludedByTag(step.entry);
  const excluded = tag ?? (step.index < input.warmupSteps ? 'warmup' : null);
  return {
    step,
    features: input.features(step),
    excluded,
    networkEvidence: networkEvidence(step, input.impacts, config),
    baseline: undefined,
    findings: [],
    slow: undefined,
    learned: null,
  };
}

/** The most any one incident could explain of a step, seconds. */
function networkEvidence(step: PlacedStep, impacts: readonly IncidentImpact[], config: TrainingConfig): number {
  const open = openExcess(step, Number.POSITIVE_INFINITY, config);
  let most = 0;
  for (const impact of impacts) {
    let seconds = 0;
    for (const segment of impact.segments) seconds += Math.min(segment.evidenceSeconds, overlapSeconds(open, segment));
    most = Math.max(most, seconds);
  }
  return most;
}

function openExcess(step: PlacedStep, seconds: number, config: TrainingConfig): OpenExcess {
  const { times, entry } = step;
  const arrival = entry.arrivalTimed ? config.arrivalErrorMs : 0;
  return { startMs: times.startMs, endMs: times.endMs, seconds, errorMs: times.clockErrorMs / 2 + arrival };
}

/** Walks the steps in time: each is compared with the accepted steps before it (early ones also with those after), then learned from. */
function compareWithBaseline(work: readonly StepWork[], input: EvaluationInput, config: TrainingConfig): void {
  walk(work, input, config, new Map());
  const early = new Map<number, Baseline>();
  for (const [segment, learned] of earlySteps(work, input, config)) {
    const window = new BaselineWindow(config);
    for (const step of learned) window.push(step);
    const baseline = window.baseline();
    if (baseline) early.set(segment, baseline);
  }
  walk(work, input, config, early);
}

function walk(
  work: readonly StepWork[],
  input: EvaluationInput,
  config: TrainingConfig,
  early: ReadonlyMap<number, Baseline>,
): void {
  let window = new BaselineWindow(config);
  for (const step of input.accepted) window.push(step);
  let segment = input.acceptedSegment;
  for (const item of work) {
    if (item.step.segment !== segment) {
      window = new BaselineWindow(config);
      segment = item.step.segment;
    }
    const settled = window.size >= config.settledSteps;
    item.baseline = settled ? window.baseline() : (early.get(segment) ?? window.baseline());
    item.learned = null;
    if (item.excluded !== null) continue;
    compare(item, config);
    if (item.learned) window.push(item.learned);
  }
}

function compare(item: StepWork, config: TrainingConfig): void {
  const seconds = item.step.times.durationMs / 1000;
  const { baseline } = item;
  item.findings = baseline ? rankFindings(item.features, baseline, config) : [];
  const local = item.findings.reduce((sum, finding) => sum + finding.seconds, 0);
  item.slow = baseline && slowReason(seconds, baseline, local, item.networkEvidence, config);
  // A step with a known cause teaches nothing of the usual step; one without may be the new usual.
  const explained = local > 0 || item.networkEvidence >= config.evidenceFraction * (baseline?.seconds ?? seconds);
  item.learned = explained ? null : acceptedStep(seconds, item.features, baseline, config);
}

/** The first accepted steps of every segment, for judging the ones that came before there were enough. */
function earlySteps(
  work: readonly StepWork[],
  input: EvaluationInput,
  config: TrainingConfig,
): Map<number, AcceptedStep[]> {
  const early = new Map<number, AcceptedStep[]>([
    [input.acceptedSegment, input.accepted.slice(0, config.settledSteps)],
  ]);
  for (const item of work) {
    if (!item.learned) continue;
    const learned = early.get(item.step.segment) ?? [];
    if (learned.length < config.settledSteps) learned.push(item.learned);
    early.set(item.step.segment, learned);
  }
  return early;
}

function attributeAndJudge(work: readonly StepWork[], input: EvaluationInput, config: TrainingConfig): StepVerdict[] {
  const drafts = work.map((item) => draft(item, input));
  const findings = work.map((item, n) => capFindings(item.slow ? item.findings : [], drafts[n]?.excessSeconds ?? 0));
  const open = work.map((item, n) => {
    const local = (findings[n] ?? []).reduce((sum, finding) => sum + finding.seconds, 0);
    return openExcess(item.step, Math.max(0, (drafts[n]?.excessSeconds ?? 0) - local), config);
  });
  const shares = input.impacts.map((impact) => attributeIncident(open, impact.segments));
  work.forEach((item, n) => {
    const verdict = drafts[n];
    const left = open[n];
    if (!verdict?.slow || !item.baseline || !left) return;
    const scaled = shareExcess(
      left.seconds,
      shares.map((list) => list[n]?.seconds ?? 0),
    );
    const network: NetworkShare[] = input.impacts.map((impact, i) => ({
      incident: impact.incidentId,
      kind: impact.kind,
      seconds: scaled[i] ?? 0,
      secondsHigh: shares[i]?.[n]?.secondsHigh ?? 0,
      confidence: impact.confidence,
      direct: impact.direct,
      pValue: null,
    }));
    const judged = judgeStep(
      {
        excessSeconds: verdict.excessSeconds,
        baseline: item.baseline,
        ranks: item.features.ranks,
        computeKnown: item.features.compute !== undefined,
        findings: findings[n] ?? [],
        network: network.filter((share) => share.secondsHigh > 0),
        coverage: input.coverage(item.step),
        averagedOver: item.step.entry.averagedOver,
        crowded: false,
      },
      config,
    );
    Object.assign(verdict, judged);
  });
  return drafts;
}

/** Scales findings of one step down to its excess. */
function capFindings(findings: readonly RankFinding[], excess: number): RankFinding[] {
  const seconds = shareExcess(
    excess,
    findings.map((finding) => finding.seconds),
  );
  return findings.map((finding, i) => ({ ...finding, seconds: seconds[i] ?? 0 }));
}

function draft(item: StepWork, input: EvaluationInput): StepVerdict {
  const { times, entry } = item.step;
  const durationSeconds = round(times.durationMs / 1000);
  const baselineSeconds = item.baseline ? round(item.baseline.seconds) : durationSeconds;
  const flags: string[] = [];
  if (item.excluded) flags.push(...(item.excluded === 'warmup' ? ['warmup'] : ['excluded', item.excluded]));
  if (!item.baseline) flags.push('no-baseline');
  if (entry.averagedOver > 1) flags.push('averaged', `averaged-over-${entry.averagedOver}`);
  if (entry.arrivalTimed) flags.push('arrival-time');
  if (item.slow) flags.push(`slow-by-${item.slow}`);
  const verdict: StepVerdict = {
    job: input.job,
    step: entry.step,
    startMs: times.startMs,
    endMs: times.endMs,
    durationSeconds,
    baselineSeconds,
    excessSeconds: item.slow ? round(Math.max(0, durationSeconds - baselineSeconds)) : 0,
    slow: item.slow !== undefined,
    verdict: null,
    label: null,
    confidence: null,
    causes: [],
    reasons: item.excluded ? [`left out of the judgement: ${item.excluded}`] : [],
    notVisible: [],
    ranks: item.features.ranks,
    flags,
  };
  const compute = item.features.compute;
  if (compute && compute.rank !== null && compute.ranks > 1) {
    verdict.lateRank = { rank: compute.rank, latenessSeconds: round((compute.maxMs - compute.medianMs) / 1000) };
    if (compute.host !== undefined) verdict.lateRank.host = compute.host;
  }
  return verdict;
}

/** To a tenth of a millisecond: finer than any log, coarse enough that sums come out. */
const round = (seconds: number) => Math.round(seconds * 10_000) / 10_000;
