import type { NetworkKind, Severity } from '../kinds.ts';
import type { DetectorConfig } from './config.ts';
import type { Episode, Evidence } from './episode.ts';
import { addBad, type BadInterval, type BadSpan, newSpan, spanOf } from './span.ts';

/** What one interval says about one suspicion. */
export interface Signal {
  startMs: number;
  endMs: number;
  /** Evidence of this interval less the allowance, seconds: negative drains. */
  scoreSeconds: number;
  /** The interval by itself is bad: an open finding goes on. */
  bad: boolean;
  /** Everything else the finding needs is there: false keeps it pending. */
  confirmed: boolean;
  /** Evidence seconds at which the finding opens. */
  openSeconds: number;
  /** The suspicion must have stood this long, ms, with this many bad intervals, before it opens. */
  minSpanMs?: number;
  minIntervals?: number;
  /** Quiet time that ends it where it differs from the usual hold, ms. */
  holdMs?: number;
  /** How much of the trouble this interval shows, in any unit that grows with the time covered. */
  level?: number;
  /** The trouble is a state that was read at the end of the interval. */
  readAtEnd?: boolean;
  kind: NetworkKind;
  severity: Severity;
  priority: number;
  /** Made only when the finding opens or gets worse. */
  evidence: () => Evidence[];
}

/** A suspicion or finding of one port: `clear` is having none. Plain data, survives JSON. */
export interface Finding {
  state: 'pending' | 'firing' | 'recovering';
  sinceMs: number;
  scoreSeconds: number;
  lastBadEndMs: number;
  lastEndMs: number;
  /** What start and end are estimated from. */
  span: BadSpan;
  goodIntervals: number;
  badIntervals: number;
  /** The episode as last told; null while pending. */
  episode: Episode | null;
}

/** What became of a finding: an episode to tell, and whether to forget it. */
export interface FindingStep {
  finding: Finding | null;
  told: Episode | null;
}

const RANK: Record<Severity, number> = { info: 0, warning: 1, critical: 2 };

/** True where a is worse than b. */
export function isWorse(a: Severity, b: Severity): boolean {
  return RANK[a] > RANK[b];
}

/**
 * Moves one finding on by one interval: clear -> pending while evidence adds up, -> firing at `openSeconds`,
 * -> recovering with the first good interval, -> clear after the hold. Start and end are those of the bad intervals, as
 * far inside them as their levels tell.
 */
export function advanceFinding(
  finding: Finding | null,
  signal: Signal,
  device: string,
  port: string,
  family: string,
  config: DetectorConfig,
): FindingStep {
  if (finding === null) {
    if (signal.scoreSeconds <= 0) return { finding: null, told: null };
    return pend(newFinding(signal), signal, device, port, family);
  }
  if (signal.endMs <= finding.lastEndMs) return { finding, told: null };
  if (finding.episode === null) {
    finding.scoreSeconds = Math.max(0, finding.scoreSeconds + signal.scoreSeconds);
    if (finding.scoreSeconds === 0) return { finding: null, told: null };
    return pend(finding, signal, device, port, family);
  }
  return goOn(finding, finding.episode, signal, config);
}

function newFinding(signal: Signal): Finding {
  return {
    state: 'pending',
    sinceMs: signal.startMs,
    scoreSeconds: signal.scoreSeconds,
    lastBadEndMs: signal.endMs,
    lastEndMs: signal.endMs,
    span: newSpan(badInterval(signal)),
    goodIntervals: 0,
    badIntervals: 0,
    episode: null,
  };
}

function badInterval({ startMs, endMs, level, readAtEnd }: Signal): BadInterval {
  return {
    startMs,
    endMs,
    level: level !== undefined && Number.isFinite(level) ? level : null,
    readAtEnd: readAtEnd ?? false,
  };
}

/** A bad interval prolongs the finding. */
function prolong(finding: Finding, signal: Signal): void {
  finding.lastBadEndMs = signal.endMs;
  if (signal.startMs > finding.span.first.startMs) addBad(finding.span, badInterval(signal));
}

function pend(finding: Finding, signal: Signal, device: string, port: string, family: string): FindingStep {
  finding.lastEndMs = signal.endMs;
  if (signal.bad) {
    prolong(finding, signal);
    finding.badIntervals++;
  }
  if (!signal.bad || finding.scoreSeconds < signal.openSeconds || !signal.confirmed) return { finding, told: null };
  if (finding.badIntervals < (signal.minIntervals ?? 1)) return { finding, told: null };
  if (signal.endMs - finding.sinceMs < (signal.minSpanMs ?? 0)) return { finding, told: null };
  finding.state = 'firing';
  finding.episode = {
    id: `${device}/${port}:${family}:${Math.round(finding.sinceMs)}`,
    kind: signal.kind,
    device,
    port,
    ...(signal.priority >= 0 ? { priority: signal.priority } : {}),
    startMs: spanOf(finding.span).startMs,
    endMs: null,
    severity: signal.severity,
    evidence: signal.evidence(),
  };
  return { finding, told: finding.episode };
}

/** An open finding keeps at most this many times the evidence it takes to open one: old evidence does not hold it open. */
const SCORE_CAP = 2;

function goOn(finding: Finding, episode: Episode, signal: Signal, config: DetectorConfig): FindingStep {
  finding.lastEndMs = signal.endMs;
  // Evidence goes on adding up and draining: a bad interval by itself does not keep a finding open, enough of them do.
  const most = SCORE_CAP * signal.openSeconds;
  finding.scoreSeconds = Math.min(most, Math.max(0, finding.scoreSeconds + signal.scoreSeconds));
  if (signal.bad && finding.scoreSeconds >= signal.openSeconds) {
    finding.state = 'firing';
    prolong(finding, signal);
    finding.goodIntervals = 0;
    if (!isWorse(signal.severity, episode.severity)) return { finding, told: null };
    finding.episode = { ...episode, kind: signal.kind, severity: signal.severity, evidence: signal.evidence() };
    return { finding, told: finding.episode };
  }
  finding.state = 'recovering';
  finding.goodIntervals++;
  const held = signal.endMs - finding.lastBadEndMs >= (signal.holdMs ?? config.closeHoldMs);
  if (!held || finding.goodIntervals < config.closeIntervals) return { finding, told: null };
  return { finding: null, told: { ...episode, ...spanOf(finding.span), endReason: 'recovered' } };
}

/** Ends a finding whose port fell silent. */
export function loseFinding(finding: Finding): Episode | null {
  if (finding.episode === null) return null;
  return { ...finding.episode, ...spanOf(finding.span), endReason: 'data_lost' };
}
