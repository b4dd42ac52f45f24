import { type CauseKind, isNetworkKind, type Severity } from '../../lib/kinds.ts';
import type { ConfidenceLabel, StepCause, StepVerdict, Verdict } from '../../lib/training/step.ts';

/** The shapes a mark may have; a colour never stands alone. */
export type MarkShape = 'diamond' | 'triangle' | 'circle' | 'square' | 'check' | 'hatch' | 'ring' | 'wedge';

/** Groups of causes that share colour and shape in charts. */
export type CauseFamily = 'network' | 'compute' | 'data' | 'checkpoint' | 'unexplained';

export interface FamilyInfo {
  label: string;
  shape: MarkShape;
  /** CSS colour, defined for both themes. */
  colour: string;
}

export const CAUSE_FAMILIES: Readonly<Record<CauseFamily, FamilyInfo>> = {
  network: { label: 'network', shape: 'diamond', colour: 'var(--series-2)' },
  compute: { label: 'compute straggler', shape: 'square', colour: 'var(--series-1)' },
  data: { label: 'data stall', shape: 'wedge', colour: 'var(--series-4)' },
  checkpoint: { label: 'checkpoint', shape: 'circle', colour: 'var(--series-3)' },
  unexplained: { label: 'unexplained', shape: 'ring', colour: 'var(--series-8)' },
};

export function causeFamily(kind: CauseKind): CauseFamily {
  if (isNetworkKind(kind)) return 'network';
  if (kind === 'compute-straggler') return 'compute';
  if (kind === 'data-stall') return 'data';
  return kind === 'checkpoint' ? 'checkpoint' : 'unexplained';
}

/** Kinds as people say them: "pfc-deadlock" -> "PFC deadlock". */
export function kindLabel(kind: string): string {
  const words = kind.replaceAll('-', ' ');
  return words.replace(/^pfc\b/, 'PFC').replace(/^ecmp\b/, 'ECMP');
}

/** Causes, largest first. */
export function rankedCauses(causes: readonly StepCause[]): StepCause[] {
  return causes.toSorted((a, b) => b.seconds - a.seconds);
}

/** The cause that took most of a step's excess; undefined when none is named. */
export function mainCause(verdict: Pick<StepVerdict, 'causes'>): StepCause | undefined {
  return rankedCauses(verdict.causes)[0];
}

/** What a slow step is marked as: its main cause, or unexplained. Where the verdict is "cannot tell" the mark accuses nobody. */
export function stepFamily(verdict: Pick<StepVerdict, 'causes' | 'verdict'>): CauseFamily {
  if (verdict.verdict === 'unknown') return 'unexplained';
  const cause = mainCause(verdict);
  return cause === undefined ? 'unexplained' : causeFamily(cause.kind);
}

/** Seconds of the excess that no cause claims; never negative. */
export function unclaimedSeconds(verdict: Pick<StepVerdict, 'causes' | 'excessSeconds'>): number {
  const claimed = verdict.causes.reduce((sum, cause) => sum + cause.seconds, 0);
  return Math.max(0, verdict.excessSeconds - claimed);
}

const VERDICT_TEXT: Readonly<Record<Verdict, string>> = {
  network: 'the network',
  'not-network': 'not the network',
  unknown: 'cannot tell',
};

export function verdictText(verdict: Verdict | null): string {
  return verdict === null ? 'not slow' : VERDICT_TEXT[verdict];
}

export const CONFIDENCE_TEXT: Readonly<Record<ConfidenceLabel, string>> = {
  confirmed: 'confirmed',
  likely: 'likely',
  possible: 'possible',
};

export interface SeverityInfo {
  word: string;
  shape: MarkShape;
  colour: string;
}

/** critical ◆, warning ▲, info ●, ok ✓, unknown ▨: colour, shape and word together. */
export const SEVERITY_INFO: Readonly<Record<Severity | 'ok' | 'unknown', SeverityInfo>> = {
  critical: { word: 'critical', shape: 'diamond', colour: 'var(--critical)' },
  warning: { word: 'warning', shape: 'triangle', colour: 'var(--warning)' },
  info: { word: 'info', shape: 'circle', colour: 'var(--info)' },
  ok: { word: 'ok', shape: 'check', colour: 'var(--ok)' },
  unknown: { word: 'unknown', shape: 'hatch', colour: 'var(--unknown)' },
};
