import { isNetworkKind } from '../../lib/kinds.ts';
import type { ReplayDocument } from '../../lib/replay/index.ts';

/** What scoring reads of a truth.json. */
export interface Truth {
  scenario: string;
  durationMs: number;
  faults: TruthFault[];
  steps: Record<string, [step: number, seconds: number][]>;
  networkLostSeconds: Record<string, number>;
  biasUnscored?: string[];
  doNotScoreSteps: [job: string, step: number][];
}

export interface TruthFault {
  kind: string;
  network: boolean;
  acceptKinds: string[];
  acceptPorts: { device: string; port: string }[];
  startMs: number;
  endMs: number;
  optional: boolean;
  affectedSteps: Record<string, number[]>;
}

/** Counts of one replay against its truth; those of several replays add up. */
export interface Tally {
  scenario: string;
  faults: number;
  hit: number;
  falseIncidents: number;
  incidentsOnHit: number;
  rootRight: number;
  steps: number;
  answered: number;
  right: number;
  cleanSteps: number;
  falseSlow: number;
  falseNetworkBlame: number;
  computeSteps: number;
  computeBlamedOnNetwork: number;
  delaysMs: number[];
  /** Signed (said - true) / true of the network's cost, per job that lost 3 s or more. */
  biases: number[];
  wantedSeconds: number;
  saidSeconds: number;
  lostSecondsOnClean: number;
  broken: string[];
  /** For whoever works on it: faults not hit, incidents on no fault, steps answered wrongly. */
  missed: string[];
  falseList: string[];
  wrong: string[];
}

type Incident = Omit<ReplayDocument['incidents'][number], 'endMs'> & { endMs: number };
type SaidStep = ReplayDocument['steps'][number];

/** An incident and a fault are one when they share at least this part of their joint time. */
const MATCH_SHARE = 0.3;
/** A job that lost less is no measure of a ratio, seconds. */
const BIAS_MIN_SECONDS = 3;

/** Scores one replay. The rules are those of the head comment of the acceptance score; see docs/accuracy.md. */
export function score(said: ReplayDocument, truth: Truth): Tally {
  const tally = emptyTally(truth.scenario);
  const byId = uniqueIncidents(said, truth, tally);
  scoreIncidents(byId, truth, tally);
  scoreSteps(said, byId, truth, tally);
  scoreCost(said, truth, tally);
  return tally;
}

function emptyTally(scenario: string): Tally {
  return {
    scenario,
    faults: 0,
    hit: 0,
    falseIncidents: 0,
    incidentsOnHit: 0,
    rootRight: 0,
    steps: 0,
    answered: 0,
    right: 0,
    cleanSteps: 0,
    falseSlow: 0,
    falseNetworkBlame: 0,
    computeSteps: 0,
    computeBlamedOnNetwork: 0,
    delaysMs: [],
    biases: [],
    wantedSeconds: 0,
    saidSeconds: 0,
    lostSecondsOnClean: 0,
    broken: [],
    missed: [],
    falseList: [],
    wrong: [],
  };
}

function uniqueIncidents(said: ReplayDocument, truth: Truth, tally: Tally): Map<string, Incident> {
  const byId = new Map<string, Incident>();
  for (const incident of said.incidents) {
    if (incident.id === '' || byId.has(incident.id)) tally.broken.push(`incident id "${incident.id}" missing or twice`);
    else byId.set(incident.id, { ...incident, endMs: incident.endMs ?? truth.durationMs });
  }
  return byId;
}

interface Span {
  startMs: number;
  endMs: number;
}

function overlapMs(a: Span, b: Span): number {
  return Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs);
}

/** True where kind, root and time fit the fault. */
function isOn(incident: Incident, fault: TruthFault): boolean {
  return (
    fault.acceptKinds.includes(incident.kind) &&
    fault.acceptPorts.some((port) => port.device === incident.rootDevice && port.port === incident.rootPort) &&
    overlapMs(incident, fault) > 0
  );
}

/** Shared time of the incidents' union and the fault, over their joint time. */
function matchShare(incidents: readonly Incident[], fault: TruthFault): number {
  const merged: Span[] = [];
  for (const { startMs, endMs } of [...incidents].sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs)) {
    const last = merged.at(-1);
    if (last && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs);
    else merged.push({ startMs, endMs });
  }
  const shared = merged.reduce((sum, span) => sum + Math.max(0, overlapMs(span, fault)), 0);
  const reported = merged.reduce((sum, span) => sum + span.endMs - span.startMs, 0);
  return shared / (fault.endMs - fault.startMs + reported - shared);
}

function scoreIncidents(byId: ReadonlyMap<string, Incident>, truth: Truth, tally: Tally): void {
  const counted = [...byId.values()].filter(({ kind, severity }) => isNetworkKind(kind) && severity !== 'info');
  const network = truth.faults.filter((fault) => fault.network);
  const explained = new Set<Incident>();
  for (const fault of network) {
    const mine = counted.filter((incident) => isOn(incident, fault));
    const hit = mine.length > 0 && matchShare(mine, fault) >= MATCH_SHARE;
    if (hit || fault.optional) for (const incident of mine) explained.add(incident);
    if (fault.optional) continue;
    tally.faults++;
    if (!hit) {
      tally.missed.push(`${fault.kind} ${fault.startMs}-${fault.endMs}`);
      continue;
    }
    tally.hit++;
    tally.incidentsOnHit += mine.length;
    for (const { id, detectedMs, startMs } of mine) {
      if (detectedMs === null || !(detectedMs >= startMs)) tally.broken.push(`incident ${id} detected before it began`);
    }
    const detected = Math.min(...mine.map(({ detectedMs }) => detectedMs ?? Number.POSITIVE_INFINITY));
    tally.delaysMs.push(Math.max(0, detected - fault.startMs));
    if (isFirstSuspect(fault, counted, network)) tally.rootRight++;
  }
  for (const incident of counted) {
    if (explained.has(incident)) continue;
    const { kind, rootDevice, rootPort, startMs, endMs } = incident;
    tally.falseIncidents++;
    tally.falseList.push(`${kind} ${rootDevice}/${rootPort} ${startMs}-${endMs}`);
  }
}

/** True where the incident that an operator would look at first, of all at that time, is the fault's. */
function isFirstSuspect(fault: TruthFault, counted: readonly Incident[], network: readonly TruthFault[]): boolean {
  const others = network.filter((other) => other !== fault);
  const lost = (incident: Incident): number => incident.jobs.reduce((sum, job) => sum + job.lostSeconds, 0);
  const [first] = counted
    .filter((incident) => overlapMs(incident, fault) > 0)
    .filter((incident) => isOn(incident, fault) || !others.some((other) => isOn(incident, other)))
    .sort((a, b) => lost(b) - lost(a) || b.confidence - a.confidence || overlapMs(b, fault) - overlapMs(a, fault));
  return first !== undefined && isOn(first, fault);
}

function scoreSteps(said: ReplayDocument, byId: ReadonlyMap<string, Incident>, truth: Truth, tally: Tally): void {
  const key = (job: string, step: number): string => `${job}#${step}`;
  const skip = new Set(truth.doNotScoreSteps.map(([job, step]) => key(job, step)));
  const faultsOf = new Map<string, TruthFault[]>();
  for (const fault of truth.faults) {
    for (const [job, steps] of Object.entries(fault.affectedSteps)) {
      for (const step of steps) faultsOf.set(key(job, step), [...(faultsOf.get(key(job, step)) ?? []), fault]);
    }
  }
  const saidSteps = new Map<string, SaidStep>();
  for (const step of said.steps) {
    if (saidSteps.has(key(step.job, step.step))) tally.broken.push(`step ${key(step.job, step.step)} twice`);
    saidSteps.set(key(step.job, step.step), step);
  }
  for (const [job, list] of Object.entries(truth.steps)) {
    for (const [number, seconds] of list) {
      const name = key(job, number);
      const step = saidSteps.get(name);
      if (!step) {
        tally.broken.push(`step ${name} missing`);
        continue;
      }
      checkStep(step, name, seconds, tally);
      if (skip.has(name)) continue;
      const faults = faultsOf.get(name) ?? [];
      if (faults.length === 0) scoreCleanStep(step, tally);
      else scoreAffectedStep(step, faults, byId, tally);
    }
  }
}

function checkStep(step: SaidStep, name: string, seconds: number, tally: Tally): void {
  if (Math.abs(step.durationSeconds - seconds) > 0.002) {
    tally.broken.push(`step ${name} lasts ${seconds} s, not ${step.durationSeconds}`);
  }
  const sum = step.causes.reduce((total, cause) => total + cause.seconds, 0);
  const room = Math.max(0, step.durationSeconds - step.baselineSeconds) + 1e-3;
  if (step.causes.some((cause) => !(cause.seconds >= 0)) || sum > room) {
    tally.broken.push(`step ${name}: causes exceed the excess`);
  }
}

function scoreCleanStep(step: SaidStep, tally: Tally): void {
  tally.cleanSteps++;
  if (step.slow) tally.falseSlow++;
  if (step.verdict === 'network') tally.falseNetworkBlame++;
}

function scoreAffectedStep(
  step: SaidStep,
  faults: readonly TruthFault[],
  byId: ReadonlyMap<string, Incident>,
  tally: Tally,
): void {
  tally.steps++;
  const network = faults.filter((fault) => fault.network);
  let answered = step.verdict === 'network' || step.verdict === 'not-network';
  let right: boolean;
  if (network.length > 0) right = blamesNetworkRightly(step, network, byId);
  else {
    tally.computeSteps++;
    if (step.verdict === 'network') {
      tally.computeBlamedOnNetwork++;
      tally.falseNetworkBlame++;
    }
    const checkpointOnly = faults.every((fault) => fault.kind === 'checkpoint');
    // A checkpoint is no accident: leaving it out of the slow steps is as good as explaining it.
    answered ||= checkpointOnly;
    right = checkpointOnly ? step.verdict !== 'network' : step.verdict === 'not-network';
  }
  if (answered) tally.answered++;
  if (right) tally.right++;
  else tally.wrong.push(`${step.job}#${step.step} ${step.verdict}`);
}

function blamesNetworkRightly(
  step: SaidStep,
  faults: readonly TruthFault[],
  byId: ReadonlyMap<string, Incident>,
): boolean {
  const causes = step.causes.filter(({ kind }) => isNetworkKind(kind)).sort((a, b) => b.seconds - a.seconds);
  const seconds = causes.reduce((sum, cause) => sum + cause.seconds, 0);
  const otherSeconds = step.causes
    .filter(({ kind }) => !isNetworkKind(kind) && kind !== 'unexplained')
    .reduce((sum, cause) => sum + cause.seconds, 0);
  const incident = causes[0] ? byId.get(causes[0].incident ?? '') : undefined;
  return (
    step.verdict === 'network' &&
    incident !== undefined &&
    faults.some((fault) => isOn(incident, fault)) &&
    seconds >= otherSeconds
  );
}

function scoreCost(said: ReplayDocument, truth: Truth, tally: Tally): void {
  for (const { job, lostToNetworkSeconds: got } of said.jobs) {
    if (truth.biasUnscored?.includes(job)) continue;
    const want = truth.networkLostSeconds[job] ?? 0;
    if (want < BIAS_MIN_SECONDS) {
      tally.lostSecondsOnClean += Math.max(0, got - want);
      continue;
    }
    tally.biases.push((got - want) / want);
    tally.wantedSeconds += want;
    tally.saidSeconds += got;
  }
}

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
