import { median, robustSpread } from './statistics.ts';
import { type RankFeatures, type RankPeak, type RankRow, rowsThatCount, type StepEntry } from './step-entry.ts';

/** Reduces a step's rows to what judgement needs. */
export function rankFeatures(entry: StepEntry): RankFeatures {
  if (entry.settled) return entry.settled.features;
  const rows = rowsThatCount(entry);
  const features: RankFeatures = { ranks: rows.filter((row) => row.rank !== null).length };
  const compute = peak(rows, computeMs);
  const dataLoad = peak(rows, (row) => row.phasesMs?.dataLoad);
  const checkpoint = peak(rows, (row) => sum(row.phasesMs?.checkpoint, row.phasesMs?.eval));
  const told = rows.some((row) => row.phasesMs?.compute !== undefined || row.computeEndMs !== undefined);
  if (compute) features.compute = told ? compute : { ...compute, rest: true };
  if (dataLoad) features.dataLoad = dataLoad;
  if (checkpoint) features.checkpoint = checkpoint;
  const middle = features.ranks > 1 ? median(rows.map((row) => row.startMs)) : undefined;
  const start = middle === undefined ? undefined : peak(rows, (row) => row.startMs - middle);
  if (start) features.start = start;
  return features;
}

/**
 * A rank's computing time. forward and backward are not used: frameworks count collectives inside them, so a slow network would
 * look like slow computing. Where only the communication is told, computing is the rest: the rank that waits least is the late one.
 */
export function computeMs(row: Pick<RankRow, 'startMs' | 'endMs' | 'computeEndMs' | 'phasesMs'>): number | undefined {
  const phases = row.phasesMs ?? {};
  if (phases.compute !== undefined) return phases.compute;
  const aside = sum(phases.dataLoad, phases.checkpoint, phases.eval) ?? 0;
  if (row.computeEndMs !== undefined) return Math.max(0, row.computeEndMs - row.startMs - (phases.dataLoad ?? 0));
  if (phases.communication !== undefined) return Math.max(0, row.endMs - row.startMs - phases.communication - aside);
  return undefined;
}

function peak(rows: readonly RankRow[], of: (row: RankRow) => number | undefined): RankPeak | undefined {
  const values: number[] = [];
  let maxMs = Number.NEGATIVE_INFINITY;
  let who: RankRow | undefined;
  for (const row of rows) {
    const value = of(row);
    if (value === undefined) continue;
    values.push(value);
    if (value > maxMs) {
      maxMs = value;
      who = row;
    }
  }
  const medianMs = median(values);
  if (!who || medianMs === undefined) return undefined;
  const result: RankPeak = {
    maxMs,
    medianMs,
    spreadMs: robustSpread(values, medianMs, 0),
    rank: who.rank,
    ranks: values.length,
  };
  if (who.host !== undefined) result.host = who.host;
  return result;
}

function sum(...values: (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
}
