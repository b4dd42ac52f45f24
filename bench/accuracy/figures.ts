import type { Tally } from './tally.ts';

/** The figures of the accuracy table. A ratio without a base is null. */
export interface Figures {
  replays: number;
  precision: number | null;
  recall: number | null;
  f1: number;
  incidentsPerFault: number | null;
  rootTop1: number | null;
  blameAccuracy: number | null;
  blameCoverage: number | null;
  computeBlamedOnNetwork: string;
  falseNetworkBlame: number;
  falseSlowSteps: string;
  falseIncidents: number;
  detectMsMedian: number | null;
  detectMsP95: number | null;
  lostBiasMeanAbs: number | null;
  lostBias: number | null;
  lostSecondsOnClean: number;
  broken: number;
}

/** The figures of several replays together. */
export function figures(tallies: readonly Tally[]): Figures {
  const sum = (pick: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + pick(tally), 0);
  const hit = sum((tally) => tally.hit);
  const falseIncidents = sum((tally) => tally.falseIncidents);
  const faults = sum((tally) => tally.faults);
  const precision = ratio(hit, hit + falseIncidents);
  const recall = ratio(hit, faults);
  const delays = tallies.flatMap((tally) => tally.delaysMs).sort((a, b) => a - b);
  const delayAt = (share: number): number | null =>
    delays[Math.min(delays.length - 1, Math.ceil(share * delays.length) - 1)] ?? null;
  const biases = tallies.flatMap((tally) => tally.biases);
  const wanted = sum((tally) => tally.wantedSeconds);
  const meanAbs = biases.reduce((total, bias) => total + Math.abs(bias), 0) / biases.length;
  return {
    replays: tallies.length,
    precision,
    recall,
    f1: precision && recall ? round((2 * precision * recall) / (precision + recall), 4) : 0,
    incidentsPerFault: ratio(
      sum((tally) => tally.incidentsOnHit),
      hit,
    ),
    rootTop1: ratio(
      sum((tally) => tally.rootRight),
      faults,
    ),
    blameAccuracy: ratio(
      sum((tally) => tally.right),
      sum((tally) => tally.answered),
    ),
    blameCoverage: ratio(
      sum((tally) => tally.answered),
      sum((tally) => tally.steps),
    ),
    computeBlamedOnNetwork: `${sum((tally) => tally.computeBlamedOnNetwork)}/${sum((tally) => tally.computeSteps)}`,
    falseNetworkBlame: sum((tally) => tally.falseNetworkBlame),
    falseSlowSteps: `${sum((tally) => tally.falseSlow)}/${sum((tally) => tally.cleanSteps)}`,
    falseIncidents,
    detectMsMedian: delayAt(0.5),
    detectMsP95: delayAt(0.95),
    lostBiasMeanAbs: biases.length === 0 ? null : round(meanAbs, 3),
    lostBias: wanted === 0 ? null : round(sum((tally) => tally.saidSeconds) / wanted - 1, 3),
    lostSecondsOnClean: round(
      sum((tally) => tally.lostSecondsOnClean),
      1,
    ),
    broken: sum((tally) => tally.broken.length),
  };
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : round(part / whole, 4);
}

function round(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
