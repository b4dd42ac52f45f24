import { isNetworkKind } from '../../lib/kinds.ts';
import type { ReplayDocument } from '../../lib/replay/index.ts';
import { type Incident, isOn, matchShare, overlapMs } from './match.ts';
import { scoreSteps } from './score-steps.ts';
import { emptyTally, type Tally, type Truth, type TruthFault } from './tally.ts';

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

function uniqueIncidents(said: ReplayDocument, truth: Truth, tally: Tally): Map<string, Incident> {
  const byId = new Map<string, Incident>();
  for (const incident of said.incidents) {
    if (incident.id === '' || byId.has(incident.id)) tally.broken.push(`incident id "${incident.id}" missing or twice`);
    else byId.set(incident.id, { ...incident, endMs: incident.endMs ?? truth.durationMs });
  }
  return byId;
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
