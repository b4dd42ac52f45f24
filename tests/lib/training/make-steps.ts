import type { ImpactSegment, IncidentImpact, JobCoverage } from '../../../lib/diagnosis/incident.ts';
import type { NetworkView } from '../../../lib/training/index.ts';
import type { StepRecord, StepVerdict } from '../../../lib/training/step.ts';

/** A small deterministic generator (mulberry32): tests that draw numbers draw the same ones every time. */
export function drawFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const gauss = (draw: () => number) => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());

export interface SeriesOptions {
  steps: number;
  seconds?: number;
  /** Relative natural spread. */
  noise?: number;
  seed?: number;
  ranks?: number;
  firstStep?: number;
  startMs?: number;
  /** Extra seconds of the step by place, spent in communication. */
  extra?: (index: number) => number;
  /** Extra computing seconds of one rank. */
  late?: (index: number) => { rank: number; seconds: number } | undefined;
  compute?: boolean;
}

/** Back-to-back steps of one job; with `ranks` one record per rank with a common start. */
export function series(options: SeriesOptions): StepRecord[] {
  const { steps, seconds = 2, noise = 0.01, ranks = 0, firstStep = 0, compute = ranks > 0 } = options;
  const draw = drawFrom(options.seed ?? 1);
  const records: StepRecord[] = [];
  let atMs = options.startMs ?? 0;
  for (let i = 0; i < steps; i++) {
    const late = options.late?.(i);
    const length = 1000 * (seconds * Math.exp(noise * gauss(draw)) + (options.extra?.(i) ?? 0) + (late?.seconds ?? 0));
    const base = { job: 'job', step: firstStep + i, startMs: atMs, endMs: atMs + length };
    if (ranks === 0) records.push(base);
    for (let rank = 0; rank < ranks; rank++) {
      const computeMs = 1000 * (0.4 * seconds * (1 + 0.01 * gauss(draw)) + (late?.rank === rank ? late.seconds : 0));
      records.push({ ...base, rank, host: `host${rank}`, ...(compute ? { computeEndMs: atMs + computeMs } : {}) });
    }
    atMs += length;
  }
  return records;
}

export function impact(segments: Partial<ImpactSegment>[], rest: Partial<IncidentImpact> = {}): IncidentImpact {
  return {
    incidentId: 'incident-1',
    kind: 'pause-storm',
    severity: 'critical',
    confidence: 0.95,
    direct: true,
    ...rest,
    segments: segments.map((segment) => ({ startMs: 0, endMs: 0, evidenceSeconds: 0, errorMs: 0, ...segment })),
  };
}

/** Segments of one poll each that fill [startMs, endMs) with a share of evidence. */
export function storm(startMs: number, endMs: number, share = 1, pollMs = 1000): ImpactSegment[] {
  const segments: ImpactSegment[] = [];
  for (let at = startMs; at < endMs; at += pollMs) {
    segments.push({ startMs: at, endMs: at + pollMs, evidenceSeconds: (share * pollMs) / 1000, errorMs: 0 });
  }
  return segments;
}

/** A network that is known before: what lies in the asked range is told. */
export function network(impacts: readonly IncidentImpact[], coverage?: JobCoverage): NetworkView {
  return {
    impactsOf: (_job, range) =>
      impacts
        .map((known) => ({
          ...known,
          segments: known.segments.filter((s) => s.endMs > range.startMs && s.startMs < range.endMs),
        }))
        .filter((known) => known.segments.length > 0),
    coverageOf: () => coverage,
  };
}

export const QUIET: JobCoverage = { watchedFraction: 1, congestedFraction: 0 };

export const causesTotal = (verdict: StepVerdict) => verdict.causes.reduce((sum, cause) => sum + cause.seconds, 0);
export const endOf = (records: readonly StepRecord[]) =>
  records.reduce((last, record) => Math.max(last, record.endMs), 0);
