import type { ImpactSegment, IncidentImpact } from '../diagnosis/incident.ts';
import { attributeIncident, type OpenExcess, type Share, shareExcess } from './attribution.ts';
import { isExplained } from './compare.ts';
import type { TrainingConfig } from './config.ts';
import { draftVerdict } from './draft-verdict.ts';
import type { RankFinding } from './rank-evidence.ts';
import { coincidenceP, falseDiscoveries } from './significance.ts';
import type { StepVerdict } from './step.ts';
import { type EvaluationInput, openExcess, type StepWork } from './step-work.ts';
import { judgeStep, type NetworkShare } from './verdict.ts';

/** One incident over all steps. */
interface IncidentTrack {
  impact: IncidentImpact;
  shares: Share[];
  pValue: number | null;
  significant: boolean;
}

/** Divides the excess of the slow steps among what may have caused it, and says of each what did. */
export function attributeSteps(
  work: readonly StepWork[],
  input: EvaluationInput,
  config: TrainingConfig,
): StepVerdict[] {
  const verdicts = work.map((item) => draftVerdict(item, input.job));
  const findings = work.map((item, n) => capFindings(item.slow ? item.findings : [], verdicts[n]?.excessSeconds ?? 0));
  const open = work.map((item, n) => {
    const local = (findings[n] ?? []).reduce((sum, finding) => sum + finding.seconds, 0);
    return openExcess(item.step, Math.max(0, (verdicts[n]?.excessSeconds ?? 0) - local), config);
  });
  const tracks = incidentTracks(open, input.impacts, config);
  const natural = naturalExcesses(work, config);
  const paid = open.map((left, n) =>
    Math.min(
      left.seconds,
      tracks.reduce((sum, track) => sum + (track.shares[n]?.seconds ?? 0), 0),
    ),
  );
  work.forEach((item, n) => {
    const verdict = verdicts[n];
    const left = open[n];
    if (!verdict?.slow || !item.baseline || !left) return;
    const judged = judgeStep(
      {
        excessSeconds: verdict.excessSeconds,
        baseline: item.baseline,
        ranks: item.features.ranks,
        computeKnown: item.features.compute !== undefined,
        findings: findings[n] ?? [],
        network: networkShares(tracks, n, left, item.step.entry.averagedOver),
        usualNetworkSeconds: item.network.usualSeconds,
        incidentCover: coverAround(n, tracks, paid, open),
        naturalFraction: item.network.chanceOfNature(
          naturalFraction(natural.get(item.step.segment) ?? [], verdict.excessSeconds),
        ),
        coverage: input.coverage(item.step),
        averagedOver: item.step.entry.averagedOver,
        crowded: isCrowded(left, input.impacts, config),
      },
      config,
    );
    const { reasons } = verdict;
    Object.assign(verdict, judged, { reasons: [...reasons, ...judged.reasons] });
  });
  return verdicts;
}

function incidentTracks(
  open: readonly OpenExcess[],
  impacts: readonly IncidentImpact[],
  config: TrainingConfig,
): IncidentTrack[] {
  // The same trouble at the same port is one suspicion, however often it came back; all suspicions of a job are tested together.
  const bySuspect = new Map<string, ImpactSegment[]>();
  for (const impact of impacts) {
    const suspect = suspectOf(impact);
    bySuspect.set(suspect, [...(bySuspect.get(suspect) ?? []), ...impact.segments]);
  }
  const suspects = [...bySuspect.keys()];
  const pValues = suspects.map((suspect) => coincidenceP(open, bySuspect.get(suspect) ?? [], config));
  const stand = falseDiscoveries(pValues, config.falseDiscoveryRate);
  return impacts.map((impact) => {
    const at = suspects.indexOf(suspectOf(impact));
    const pValue = pValues[at] ?? null;
    return {
      impact,
      shares: attributeIncident(open, impact.segments, impact.direct && COUNTED_KINDS.has(impact.kind)),
      pValue,
      significant: pValue !== null && pValue <= config.significanceP && (stand[at] ?? false),
    };
  });
}

/** Kind and root port; an incident whose root is not known stands for itself. */
function suspectOf({ kind, root, incidentId }: IncidentImpact): string {
  return root === undefined ? `${kind} ${incidentId}` : `${kind} ${root.device}/${root.port}`;
}

/** Kinds whose evidence seconds are counted by devices (pause time, timeouts); that of the others is how long a state lasted. */
const COUNTED_KINDS = new Set<string>(['pause-storm', 'slow-receiver', 'pfc-deadlock', 'packet-loss']);

function networkShares(
  tracks: readonly IncidentTrack[],
  n: number,
  left: OpenExcess,
  averagedOver: number,
): NetworkShare[] {
  const scaled = shareExcess(
    left.seconds,
    tracks.map((track) => track.shares[n]?.seconds ?? 0),
    tracks.map(({ impact, shares }) => impact.confidence * weightOf(shares[n])),
  );
  const shares: NetworkShare[] = [];
  tracks.forEach(({ impact, shares: all, pValue, significant }, i) => {
    const share = all[n];
    if (!share || share.secondsHigh <= 0) return;
    const seconds = (scaled[i] ?? 0) / averagedOver;
    shares.push({
      incident: impact.incidentId,
      where: impact.root === undefined ? impact.incidentId : `${impact.root.device}/${impact.root.port}`,
      kind: impact.kind,
      seconds,
      secondsLow: Math.min(seconds, share.secondsLow / averagedOver),
      secondsHigh: share.secondsHigh / averagedOver,
      confidence: impact.confidence,
      direct: impact.direct,
      pValue,
      significant,
    });
  });
  return shares;
}

/** How much of the excess of all steps around the incidents of one step is paid for. */
function coverAround(
  n: number,
  tracks: readonly IncidentTrack[],
  paid: readonly number[],
  open: readonly OpenExcess[],
): number {
  const own = tracks.filter(({ shares }) => (shares[n]?.seconds ?? 0) > 0);
  let all = 0;
  let explained = 0;
  open.forEach(({ seconds }, other) => {
    if (!own.some(({ shares }) => (shares[other]?.secondsHigh ?? 0) > 0)) return;
    all += seconds;
    explained += paid[other] ?? 0;
  });
  return all <= 0 ? 1 : explained / all;
}

/** Where an incident may have begun or ended, it was as likely there as not. */
function weightOf(share: Share | undefined): number {
  return share === undefined ? 0 : (share.seconds + share.secondsSure) / 2;
}

/** Scales findings of one step down to its excess. */
function capFindings(findings: readonly RankFinding[], excess: number): RankFinding[] {
  const seconds = shareExcess(
    excess,
    findings.map((finding) => finding.seconds),
  );
  return findings.map((finding, i) => ({ ...finding, seconds: seconds[i] ?? 0 }));
}

/** How much longer than usual the undisturbed steps of each segment took, ascending: the job's own irregularity. */
function naturalExcesses(work: readonly StepWork[], config: TrainingConfig): Map<number, number[]> {
  const bySegment = new Map<number, number[]>();
  for (const item of work) {
    if (item.excluded !== null || !item.baseline || item.shifted || isExplained(item, config)) continue;
    const list = bySegment.get(item.step.segment) ?? [];
    list.push(item.seconds - item.baseline.seconds);
    bySegment.set(item.step.segment, list);
  }
  for (const list of bySegment.values()) list.sort((a, b) => a - b);
  return bySegment;
}

/** Share of undisturbed steps that were about as much too long, by nature. */
function naturalFraction(natural: readonly number[], excessSeconds: number): number {
  if (natural.length === 0) return 0;
  const from = natural.findIndex((seconds) => seconds >= NEARLY * excessSeconds);
  return from < 0 ? 0 : (natural.length - from) / natural.length;
}

/** An excess this part of another counts as about the same: excesses of single steps are known to some ten per cent. */
const NEARLY = 0.8;

function isCrowded(step: OpenExcess, impacts: readonly IncidentImpact[], config: TrainingConfig): boolean {
  let near = 0;
  for (const impact of impacts) {
    const close = impact.segments.some((segment) => {
      const reach = config.crowdedPolls * (segment.endMs - segment.startMs);
      return (
        segment.evidenceSeconds > 0 && segment.startMs < step.endMs + reach && segment.endMs > step.startMs - reach
      );
    });
    if (close) near++;
  }
  return near > 1;
}
