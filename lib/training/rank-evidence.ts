import type { NonNetworkKind } from '../kinds.ts';
import type { Baseline, Usual } from './baseline.ts';
import type { TrainingConfig } from './config.ts';
import type { RankFeatures, RankPeak } from './step-entry.ts';

/** Time that the ranks' own clocks show was lost outside the network. */
export interface RankFinding {
  kind: NonNetworkKind;
  seconds: number;
  /** The rank that was late, where it is one; absent when all ranks were. */
  rank?: number;
  host?: string;
  text: string;
}

/**
 * What the ranks' compute, data loading and checkpoint times explain of a step, longest first. Each is the rise of the slowest rank
 * over its usual: in lock-step the others wait for exactly that. Empty where nothing is reported or nothing stands out.
 */
export function rankFindings(features: RankFeatures, baseline: Baseline, config: TrainingConfig): RankFinding[] {
  const found: RankFinding[] = [];
  const add = (kind: NonNetworkKind, what: string, peak?: RankPeak, usual?: Usual) => {
    const finding = peak && rise(kind, what, peak, usual, baseline, config);
    if (finding) found.push(finding);
  };
  add('checkpoint', 'spent on checkpoint or evaluation', features.checkpoint, baseline.checkpoint ?? NONE);
  add('data-stall', 'waited for data', features.dataLoad, baseline.dataLoad);
  add('compute-straggler', 'computed', features.compute, baseline.compute);
  const { start } = features;
  // A late start is told by clocks of several hosts: believed only where they usually agree to a quarter of what is claimed.
  if (start && baseline.start && baseline.start.ms <= config.clockErrorFraction * (start.maxMs - baseline.start.ms)) {
    add('compute-straggler', 'began the step late by', start, baseline.start);
  }
  return found.sort((a, b) => b.seconds - a.seconds);
}

/** A checkpoint that never happened before usually takes no time. */
const NONE: Usual = { ms: 0, spreadMs: 0 };

function rise(
  kind: NonNetworkKind,
  what: string,
  peak: RankPeak,
  usual: Usual | undefined,
  baseline: Baseline,
  config: TrainingConfig,
): RankFinding | undefined {
  if (!usual) return undefined;
  const riseMs = peak.maxMs - usual.ms;
  if (riseMs <= 0 || riseMs < config.lateRankSpreads * usual.spreadMs) return undefined;
  if (riseMs < config.findingFraction * 1000 * baseline.seconds) return undefined;
  const aheadMs = peak.maxMs - peak.medianMs;
  const alone =
    peak.rank !== null &&
    peak.ranks > config.lateRankPeers &&
    aheadMs >= 0.5 * riseMs &&
    aheadMs >= config.lateRankSpreads * peak.spreadMs;
  // What a job tells of its communication need not be all (experts, tensors and pipelines have their own): where all ranks
  // take longer by the rest of the step, they may have waited in it.
  if (peak.rest && peak.ranks > config.lateRankPeers && !alone) return undefined;
  // All ranks late together wait for something they share; computing does not slow down on all of them at once.
  const together = kind === 'compute-straggler' && peak.ranks > config.lateRankPeers && aheadMs < 0.5 * riseMs;
  const times = `${seconds(peak.maxMs)} s against the usual ${seconds(usual.ms)} s`;
  const finding: RankFinding = { kind: together ? 'data-stall' : kind, seconds: riseMs / 1000, text: '' };
  if (alone) {
    const where = peak.host === undefined ? '' : ` on ${peak.host}`;
    finding.text = `rank ${peak.rank}${where} ${what} ${times}; the other ranks' median was ${seconds(peak.medianMs)} s`;
  } else if (together) {
    finding.text = `all ${peak.ranks} ranks ${what} ${times}, before any communication: data, storage or a checkpoint held them all`;
  } else {
    finding.text = `the slowest of ${peak.ranks} reporting ${peak.ranks > 1 ? 'ranks' : 'rank'} ${what} ${times}`;
  }
  if (alone && peak.rank !== null) finding.rank = peak.rank;
  if (alone && peak.host !== undefined) finding.host = peak.host;
  return finding;
}

const seconds = (ms: number) => (ms / 1000).toFixed(2);
