import type { DiagnosisConfig } from './config.ts';
import type { Incident } from './incident.ts';
import { type IncidentState, raise } from './incident-state.ts';
import type { JobIndex } from './job-index.ts';
import type { PortTable } from './port-table.ts';
import type { RootFamily } from './roots.ts';

/** Troubles that a device states by itself: pause, rate, link state. */
const MEASURED: ReadonlySet<RootFamily> = new Set(['pause', 'degraded', 'flap', 'deadlock']);
/** Troubles that are read from how traffic looks: another fault changes how it looks. */
export const INFERRED: ReadonlySet<RootFamily> = new Set(['incast', 'uplinks', 'imbalance']);

/**
 * A job that is held somewhere sends in lumps elsewhere, and a link that goes down moves its load to others: queues
 * that begin together with a measured fault of the same job are its consequence. They stay visible as information.
 */
export function settleConsequences(
  states: ReadonlyMap<string, IncidentState>,
  nowMs: number,
  table: PortTable,
  jobs: JobIndex,
  config: DiagnosisConfig,
): void {
  const open = [...states.values()].filter((state) => state.openEpisodes.length > 0);
  revive(open, states, nowMs, config);
  const measured = open.filter((state) => MEASURED.has(state.family) && state.incident.severity !== 'info');
  settleNeighbours(open, table, config);
  if (measured.length === 0) return;
  for (const state of open) {
    const { incident } = state;
    if (!INFERRED.has(state.family) || incident.severity === 'info' || state.settled === true) continue;
    const users = usersOf(state, table, jobs);
    const cause = measured.find((root) => {
      return isNear(incident, root, config) && usersOf(root, table, jobs).some((job) => users.includes(job));
    });
    if (cause === undefined) continue;
    settle(state);
    state.settledBy = cause.incident.id;
  }
}

/**
 * Began together with the cause. A deadlock holds up a whole part of the fabric: what waited comes all at once while
 * it lasts and when it is over.
 */
function isNear(incident: Incident, root: IncidentState, config: DiagnosisConfig): boolean {
  const { startMs, endMs } = root.incident;
  const until = root.family === 'deadlock' ? (endMs ?? Number.POSITIVE_INFINITY) : startMs;
  return incident.startMs >= startMs - config.consequenceMs && incident.startMs <= until + config.consequenceMs;
}

/**
 * A consequence ends with its cause. One that goes on for longer than it takes to be sure of that stood by itself all
 * the time.
 */
function revive(
  open: readonly IncidentState[],
  states: ReadonlyMap<string, IncidentState>,
  nowMs: number,
  config: DiagnosisConfig,
): void {
  for (const state of open) {
    if (state.settledBy === undefined) continue;
    const ended = states.get(state.settledBy)?.incident.endMs ?? null;
    if (ended === null || nowMs - ended < 2 * config.consequenceMs) continue;
    delete state.settledBy;
    state.settled = false;
    raise(state.incident, 'warning', nowMs);
  }
}

/** Congestion that was told before its root was found belongs to that root: it is no incident beside it. */
export function settleCongestion(
  states: Iterable<IncidentState>,
  explained: ReadonlySet<number>,
  nowMs: number,
  config: DiagnosisConfig,
): void {
  for (const state of states) {
    if (state.family !== 'congestion' || state.incident.severity === 'info') continue;
    if (nowMs - state.incident.startMs <= config.sameOnsetMs && explained.has(state.rootRow)) settle(state);
  }
}

/** Makes an incident information. */
export function settle(state: IncidentState): void {
  state.settled = true;
  state.incident.severity = 'info';
  state.incident.detectedMs = null;
  state.incident.confidence = 0;
}

/**
 * Ports of one switch share its buffer: while one of them holds a standing queue, the others fill up too. The first
 * is the root; of those that began together, uneven uplinks before an incast (spare capacity existed), else the one
 * with most evidence over its threshold.
 * @source detection.md 4, order of the root table
 */
function settleNeighbours(open: readonly IncidentState[], table: PortTable, config: DiagnosisConfig): void {
  const candidates = open.filter((state) => INFERRED.has(state.family) && state.incident.severity !== 'info');
  for (const state of candidates) {
    const device = table.refs[state.rootRow]?.device;
    const first = candidates.find(
      (other) =>
        other !== state &&
        other.settled !== true &&
        table.refs[other.rootRow]?.device === device &&
        outranks(other, state, config),
    );
    if (first !== undefined) settle(state);
  }
}

function outranks(a: IncidentState, b: IncidentState, config: DiagnosisConfig): boolean {
  // A standing difference is what hashing left; a queue that came since is the trouble.
  if ((a.family === 'imbalance') !== (b.family === 'imbalance')) return b.family === 'imbalance';
  const earlierMs = b.incident.startMs - a.incident.startMs;
  if (a.family !== b.family && Math.abs(earlierMs) <= config.consequenceMs) return a.family === 'uplinks';
  return earlierMs > 0 || (earlierMs === 0 && excessOf(a) > excessOf(b));
}

/** How far the leading evidence stands over its threshold. */
function excessOf(state: IncidentState): number {
  const leading = state.incident.evidence.find((entry) => entry.metric === 'congestedFraction');
  return leading === undefined ? 0 : leading.value / (leading.threshold ?? 1);
}

function usersOf(state: IncidentState, table: PortTable, jobs: JobIndex): readonly string[] {
  const ref = table.refs[state.rootRow];
  const direct = ref === undefined ? [] : jobs.usersOf(ref);
  return [...new Set([...direct, ...state.impacts.map((impact) => impact.job)])];
}
