import { isNetworkKind } from '../../lib/kinds.ts';
import type { ReplayResult } from '../../lib/replay/index.ts';
import type { ConfidenceLabel } from '../../lib/training/step.ts';
import type { Tally, Truth } from './tally.ts';

/** Something we said with a confidence, and whether it was right. */
export interface Answer {
  about: 'incident' | 'step';
  confidence: number;
  label: ConfidenceLabel | null;
  right: boolean;
}

/** Answers whose confidence lies in one tenth. */
export interface ReliabilityBin {
  /** 0, 0.1, ..., 0.9. */
  from: number;
  answers: number;
  meanConfidence: number;
  rightShare: number;
}

/** Everything a replay said with a confidence: incidents that count, and steps called network or not the network. */
export function answersOf(said: ReplayResult, truth: Truth, tally: Tally): Answer[] {
  const answers: Answer[] = [];
  const wrongIncidents = new Set(tally.falseList);
  for (const { kind, severity, confidence, rootDevice, rootPort, startMs, endMs } of said.incidents) {
    if (!isNetworkKind(kind) || severity === 'info') continue;
    const name = `${kind} ${rootDevice}/${rootPort} ${startMs}-${endMs ?? truth.durationMs}`;
    answers.push({ about: 'incident', confidence, label: null, right: !wrongIncidents.has(name) });
  }
  const key = (job: string, step: number): string => `${job}#${step}`;
  const skip = new Set(truth.doNotScoreSteps.map(([job, step]) => key(job, step)));
  const affected = new Set(
    truth.faults.flatMap(({ affectedSteps }) =>
      Object.entries(affectedSteps).flatMap(([job, steps]) => steps.map((step) => key(job, step))),
    ),
  );
  const wrongSteps = new Set(tally.wrong);
  for (const { job, step, verdict, confidence, label } of said.verdicts) {
    const name = key(job, step);
    if (verdict === null || verdict === 'unknown' || confidence === null || skip.has(name)) continue;
    const right = affected.has(name) ? !wrongSteps.has(`${name} ${verdict}`) : verdict !== 'network';
    answers.push({ about: 'step', confidence, label, right });
  }
  return answers;
}

/** Ten bins of confidence; empty ones are left out. */
export function reliability(answers: readonly Answer[]): ReliabilityBin[] {
  const bins: ReliabilityBin[] = [];
  for (let bin = 0; bin < 10; bin++) {
    const inside = answers.filter(({ confidence }) => Math.min(9, Math.floor(10 * confidence + 1e-9)) === bin);
    if (inside.length === 0) continue;
    bins.push({
      from: bin / 10,
      answers: inside.length,
      meanConfidence: inside.reduce((sum, { confidence }) => sum + confidence, 0) / inside.length,
      rightShare: rightShare(inside) ?? 0,
    });
  }
  return bins;
}

/** Expected calibration error: how far confidence and truth are apart, over the bins by their size; null without answers. */
export function calibrationError(answers: readonly Answer[]): number | null {
  if (answers.length === 0) return null;
  return reliability(answers).reduce(
    (sum, bin) => sum + (bin.answers / answers.length) * Math.abs(bin.meanConfidence - bin.rightShare),
    0,
  );
}

/** Share of answers that were right; null for none. */
export function rightShare(answers: readonly Answer[]): number | null {
  return answers.length === 0 ? null : answers.filter(({ right }) => right).length / answers.length;
}
