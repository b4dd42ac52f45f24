import type { Episode } from '../detectors/episode.ts';
import type { SampleFrame } from '../samples/frame.ts';
import { FabricMap } from '../topology/fabric-map.ts';
import type { DeviceInfo, JobPlacement, Link, PortRef } from '../topology/types.ts';
import { DIAGNOSIS_DEFAULTS, type DiagnosisConfig } from './config.ts';
import { settleConsequences } from './consequences.ts';
import { CoverageMemory } from './coverage.ts';
import { CycleWatch } from './cycle-watch.ts';
import { settleHarmless } from './harmless.ts';
import { recordImpacts } from './impacts.ts';
import type { Incident, IncidentImpact, IncidentJobCost, JobCoverage } from './incident.ts';
import { applyEpisode, type IncidentState, incidentId, raise, release } from './incident-state.ts';
import { JobIndex } from './job-index.ts';
import { type Victim, walkVictims } from './pause-graph.ts';
import { type PackedTable, PortTable } from './port-table.ts';
import { blockingPort, cableOf, familyOf, isExplainedBy, meaningOf, type RootFamily, turnsInto } from './roots.ts';
import { sendersTo } from './senders.ts';
import { summarise } from './summary.ts';
import { UnexplainedWatch } from './unexplained.ts';

/** Episodes and samples of the whole fabric in; incidents with one root each out. */
export interface Diagnosis {
  setTopology(devices: readonly DeviceInfo[], links: readonly Link[]): void;
  setJobs(jobs: readonly JobPlacement[]): void;
  addFrame(frame: SampleFrame): void;
  addEpisodes(episodes: readonly Episode[]): void;
  /** Judges what arrived. @returns incidents that changed, as they are now */
  advance(nowMs: number): Incident[];
  /** What each incident may have cost a job in a range of time, ms. */
  impactsOf(job: string, range: { startMs: number; endMs: number }): IncidentImpact[];
  /** How much of a job's paths was watched; undefined for a job whose ports are not known. */
  coverageOf(job: string, range: { startMs: number; endMs: number }): JobCoverage | undefined;
  /** Takes what attribution found an incident to have cost. @returns the incident, if it is known and changed */
  applyCost(id: string, cost: IncidentJobCost): Incident | null;
  /** Takes until when the steps of each job have been judged, ms. @returns incidents that are over and cost nobody anything */
  settleHarmless(judgedUntilMs: ReadonlyMap<string, number>): Incident[];
  incidents(): Incident[];
  snapshot(): unknown;
  restore(snapshot: unknown): void;
}

/** A diagnosis that has seen nothing yet. */
export function createDiagnosis(overrides: Partial<DiagnosisConfig> = {}): Diagnosis {
  return new FabricDiagnosis({ ...DIAGNOSIS_DEFAULTS, ...overrides });
}

interface DiagnosisSnapshot {
  version: 2;
  devices: DeviceInfo[];
  links: Link[];
  jobs: JobPlacement[];
  table: PackedTable;
  states: IncidentState[];
  owners: [string, string][];
  congested: [string, Episode][];
  coverage: ReturnType<CoverageMemory['snapshot']>;
  unexplained: ReturnType<UnexplainedWatch['snapshot']>;
  cycles: ReturnType<CycleWatch['snapshot']>;
  nowMs: number;
}

/** Share of a job's step that an incident must cost to be critical whatever its kind. @source detection.md 13 item 12 */
const CRITICAL_COST_FRACTION = 0.1;

/** Troubles of a cable as a whole: both of its directions suffer. */
const BOTH_WAYS: ReadonlySet<RootFamily> = new Set(['degraded', 'flap', 'loss']);

/**
 * What hashing left is information, however long it stands, unless links lie idle (critical): few flows on few
 * uplinks never spread evenly, and where it hurts, the collision detector tells.
 */
function asTold(family: RootFamily, episode: Episode): Episode {
  return family === 'imbalance' && episode.severity === 'warning' ? { ...episode, severity: 'info' } : episode;
}

class FabricDiagnosis implements Diagnosis {
  private devices: readonly DeviceInfo[] = [];
  private links: readonly Link[] = [];
  private jobs: readonly JobPlacement[] = [];
  private map = new FabricMap([], []);
  private jobIndex = new JobIndex(this.map, []);
  private hosts: string[] = [];
  private table = new PortTable();
  private readonly rows = new Map<string, number[]>();
  private indexed = 0;
  private states = new Map<string, IncidentState>();
  /** Incident of every episode that has one. */
  private owners = new Map<string, string>();
  /** Open pause between switches, by episode. */
  private congested = new Map<string, Episode>();
  private arrived: Episode[] = [];
  private readonly coverage = new CoverageMemory();
  private readonly unexplained = new UnexplainedWatch();
  private readonly cycles = new CycleWatch();
  private nowMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly config: DiagnosisConfig) {}

  private readonly rowsOfDevice = (device: string): readonly number[] => this.rows.get(device) ?? [];

  setTopology(devices: readonly DeviceInfo[], links: readonly Link[]): void {
    this.devices = devices;
    this.links = links;
    this.map = new FabricMap(devices, links);
    this.jobIndex = new JobIndex(this.map, this.jobs);
    this.hosts = [...this.map.devices()].filter((device) => this.map.roleOf(device) === 'host');
  }

  setJobs(jobs: readonly JobPlacement[]): void {
    this.jobs = jobs;
    this.jobIndex = new JobIndex(this.map, jobs);
    this.coverage.keepOnly(this.jobIndex);
  }

  addFrame(frame: SampleFrame): void {
    let longest = 0;
    for (let port = 0; port < frame.ports.length; port++) {
      const length = (frame.endMs[port] ?? Number.NaN) - (frame.startMs[port] ?? Number.NaN);
      if (length > longest) longest = length;
    }
    this.table.add(frame, Math.max(this.config.windowMs, longest));
    for (; this.indexed < this.table.refs.length; this.indexed++) {
      const ref = this.table.refs[this.indexed];
      if (ref === undefined) continue;
      const rows = this.rows.get(ref.device);
      if (rows === undefined) this.rows.set(ref.device, [this.indexed]);
      else rows.push(this.indexed);
    }
  }

  addEpisodes(episodes: readonly Episode[]): void {
    this.arrived.push(...episodes);
  }

  advance(nowMs: number): Incident[] {
    this.nowMs = Math.max(this.nowMs, nowMs);
    for (const episode of this.arrived) this.takeEpisode(asTold(meaningOf(this.map, episode), episode));
    this.arrived = [];
    this.watchCycles();
    const open = [...this.states.values()].filter((state) => state.openEpisodes.length > 0);
    const blockers = new Set(open.map((state) => state.rootRow).filter((row) => row >= 0));
    const hurt = new Set<number>();
    for (const state of open) {
      const victims = this.update(state, blockers);
      if (state.family === 'congestion' || state.incident.severity === 'info') continue;
      if (state.rootRow >= 0) hurt.add(state.rootRow);
      for (const victim of victims) hurt.add(victim.row);
    }
    this.settleCongestion(hurt);
    settleConsequences(this.states, this.nowMs, this.table, this.jobIndex, this.config);
    this.watchUnexplained(hurt);
    this.coverage.look(this.nowMs, this.jobIndex, this.table, this.map, hurt, this.config);
    this.forget();
    return this.changed();
  }

  private takeEpisode(episode: Episode): void {
    const family = meaningOf(this.map, episode);
    if (family === 'congestion') {
      if (episode.endMs === null) this.congested.set(episode.id, episode);
      else this.congested.delete(episode.id);
      return;
    }
    const owner = this.owners.get(episode.id);
    const state = owner === undefined ? this.matching(episode, family) : this.states.get(owner);
    if (state !== undefined) {
      this.owners.set(episode.id, state.incident.id);
      this.takeOver(state, episode, family);
      return;
    }
    if (episode.endMs !== null && episode.endMs < this.nowMs - this.config.keepEndedMs) return;
    this.openIncident(episode, family);
  }

  /** The incident an episode belongs to: same cable, overlapping in time, same trouble or one that explains it. */
  private matching(episode: Episode, family: RootFamily): IncidentState | undefined {
    const cable = cableOf(this.map, episode);
    for (const state of this.states.values()) {
      if (state.cable !== cable) continue;
      const end = state.incident.endMs ?? Number.POSITIVE_INFINITY;
      if (episode.startMs > end || (episode.endMs ?? Number.POSITIVE_INFINITY) < state.incident.startMs) continue;
      if (state.family === family || isExplainedBy(family, state.family)) return state;
      // A finding that explains an older one takes it over only while that is fresh; else it is a trouble of its own.
      const apart = Math.abs(episode.startMs - state.incident.startMs);
      if (turnsInto(state.family, family) && apart <= this.config.sameOnsetMs) return state;
    }
    return undefined;
  }

  private takeOver(state: IncidentState, episode: Episode, family: RootFamily): void {
    const { incident } = state;
    if (state.family !== family && isExplainedBy(family, state.family)) {
      // Only another sight of the same trouble: it neither prolongs nor renames it.
      release(state, episode);
      return;
    }
    const better = state.family !== family || incident.kind !== episode.kind;
    if (better && (state.family !== family || episode.kind === 'pause-storm')) {
      state.family = family;
      incident.kind = episode.kind;
    }
    applyEpisode(state, episode, this.nowMs);
    this.preferRoot(state, episode);
  }

  /** Of the two ends of a cable the NIC names a storm, the switch port everything else. */
  private preferRoot(state: IncidentState, port: PortRef): void {
    const { incident } = state;
    const wantsHost = state.family === 'pause';
    const isHost = this.map.roleOf(port.device) === 'host';
    if (wantsHost !== isHost) return;
    incident.rootDevice = port.device;
    incident.rootPort = port.port;
  }

  private openIncident(episode: Episode, family: RootFamily): void {
    const { device, port } = episode;
    const blocking = blockingPort(this.map, episode);
    const row = this.table.find(blocking.device, blocking.port);
    const incident: Incident = {
      id: incidentId(family, device, port, episode.startMs),
      kind: episode.kind,
      rootDevice: device,
      rootPort: port,
      ...(episode.priority === undefined ? {} : { priority: episode.priority }),
      startMs: episode.startMs,
      endMs: null,
      detectedMs: null,
      severity: 'info',
      confidence: 0,
      summary: '',
      victims: [],
      senders: [],
      edges: [],
      jobs: [],
      evidence: [],
      notVisible: [],
    };
    const state: IncidentState = {
      incident,
      family,
      cable: cableOf(this.map, episode),
      rootRow: row >= 0 ? row : this.table.find(device, port),
      openEpisodes: [],
      starts: [],
      impacts: [],
      // The estimated start may lie inside the interval that the evidence is of.
      evidencedUntilMs: Math.min(episode.startMs, this.table.startMs[row] ?? episode.startMs),
      toldVersion: '',
      costs: [],
    };
    applyEpisode(state, episode, this.nowMs);
    this.owners.set(episode.id, incident.id);
    this.states.set(incident.id, state);
    incident.confidence = state.settled === true ? 0 : this.confidenceOf(state);
    incident.summary = summarise(incident);
  }

  /** Brings victims, edges, senders and evidence of an open incident up to date. */
  private update(state: IncidentState, blockers: ReadonlySet<number>): Victim[] {
    const { incident } = state;
    if (state.rootRow < 0) {
      const blocking = blockingPort(this.map, { device: incident.rootDevice, port: incident.rootPort });
      state.rootRow = this.table.find(blocking.device, blocking.port);
    }
    if (state.rootRow < 0) return [];
    const victims = this.victimsOf(state, blockers);
    this.noteVictims(incident, victims);
    recordImpacts(
      state,
      victims,
      { table: this.table, map: this.map, jobs: this.jobIndex, rowsOfDevice: this.rowsOfDevice },
      this.config,
    );
    if (state.family === 'incast' && incident.senders.length === 0) {
      const ref = this.table.refs[state.rootRow];
      if (ref !== undefined) incident.senders = sendersTo(ref, this.hosts, this.table, this.map, this.rowsOfDevice);
    }
    incident.confidence = state.settled === true ? 0 : this.confidenceOf(state);
    incident.summary = summarise(incident);
    return victims;
  }

  /** Who waits for the root. A cable that is slow or loses packets holds up those at both of its ends. */
  private victimsOf(state: IncidentState, blockers: ReadonlySet<number>): Victim[] {
    const walk = (row: number): Victim[] =>
      walkVictims(row, this.table, this.map, this.rowsOfDevice, blockers, this.config);
    const victims = walk(state.rootRow);
    const root = this.table.refs[state.rootRow];
    const peer = root === undefined ? undefined : this.map.peerOf(root.device, root.port);
    if (peer === undefined || !BOTH_WAYS.has(state.family)) return victims;
    const far = this.table.find(peer.device, peer.port);
    if (far < 0) return victims;
    const known = new Set(victims.map((victim) => victim.row));
    const others = walk(far).filter((victim) => victim.row !== state.rootRow && !known.has(victim.row));
    return [...victims, ...others].slice(0, this.config.maxVictims);
  }

  /** Victims are those seen at any time; edges are as they stood when they were strongest. */
  private noteVictims(incident: Incident, victims: readonly Victim[]): void {
    const known = new Set(incident.victims.map((port) => `${port.device}\n${port.port}`));
    for (const victim of victims) {
      const ref = this.table.refs[victim.row];
      const via = this.table.refs[victim.via];
      if (ref === undefined || via === undefined || known.has(`${ref.device}\n${ref.port}`)) continue;
      if (incident.victims.length >= this.config.maxVictims) return;
      incident.victims.push({ ...ref });
      incident.edges.push({ from: { ...ref }, to: { ...via }, weight: Math.round(victim.share * 1000) / 1000 });
    }
  }

  /** Root evidence x how completely its cable is known. Two roots on one switch share the doubt. */
  private confidenceOf(state: IncidentState): number {
    const { incident } = state;
    const peer = this.map.peerOf(incident.rootDevice, incident.rootPort);
    const known = peer === undefined ? 0.7 : 1;
    const base =
      state.family === 'congestion' ? 0.4 : state.family === 'incast' || state.family === 'uplinks' ? 0.85 : 0.95;
    return Math.round(base * known * 1000) / 1000;
  }

  private watchCycles(): void {
    const found = this.cycles.look(this.nowMs, this.table, this.map, this.rowsOfDevice, this.config);
    for (const episode of found) this.takeEpisode(episode);
  }

  private watchUnexplained(hurt: ReadonlySet<number>): void {
    const found = this.unexplained.look(
      this.nowMs,
      this.congested.values(),
      hurt,
      { table: this.table, map: this.map, rowsOfDevice: this.rowsOfDevice },
      this.config,
    );
    for (const { episode, notVisible } of found) {
      const owner = this.owners.get(episode.id);
      const known = owner === undefined ? undefined : this.states.get(owner);
      if (known !== undefined) {
        applyEpisode(known, episode, this.nowMs);
        continue;
      }
      if (episode.endMs !== null) continue;
      this.openIncident(episode, familyOf(episode.kind));
      const state = this.states.get(this.owners.get(episode.id) ?? '');
      if (state !== undefined) state.incident.notVisible = notVisible;
    }
  }

  /** Congestion that was told before its root was found belongs to that root: it is no incident beside it. */
  private settleCongestion(explained: ReadonlySet<number>): void {
    for (const state of this.states.values()) {
      if (state.family !== 'congestion' || state.incident.severity === 'info') continue;
      if (this.nowMs - state.incident.startMs > this.config.sameOnsetMs) continue;
      if (!explained.has(state.rootRow)) continue;
      state.settled = true;
      state.incident.severity = 'info';
      state.incident.detectedMs = null;
      state.incident.confidence = 0;
    }
  }

  /** Drops incidents that ended long ago, with what belongs to them. */
  private forget(): void {
    for (const [id, { incident }] of this.states) {
      if (incident.endMs === null || incident.endMs > this.nowMs - this.config.keepEndedMs) continue;
      this.states.delete(id);
      for (const [episode, owner] of this.owners) if (owner === id) this.owners.delete(episode);
    }
  }

  private changed(): Incident[] {
    const changed: Incident[] = [];
    for (const state of this.states.values()) {
      const version = JSON.stringify(state.incident);
      if (version === state.toldVersion) continue;
      state.toldVersion = version;
      changed.push(structuredClone(state.incident));
    }
    return changed;
  }

  impactsOf(job: string, range: { startMs: number; endMs: number }): IncidentImpact[] {
    const impacts: IncidentImpact[] = [];
    for (const { incident, impacts: all } of this.states.values()) {
      if (incident.severity === 'info') continue;
      const mine = all.find((entry) => entry.job === job);
      if (mine === undefined) continue;
      const segments = mine.segments.filter(
        (segment) => segment.endMs > range.startMs && segment.startMs < range.endMs && segment.evidenceSeconds > 0,
      );
      if (segments.length === 0) continue;
      impacts.push({
        incidentId: incident.id,
        root: { device: incident.rootDevice, port: incident.rootPort },
        kind: incident.kind,
        severity: incident.severity,
        confidence: incident.confidence,
        direct: mine.direct,
        segments,
      });
    }
    return impacts;
  }

  coverageOf(job: string, range: { startMs: number; endMs: number }): JobCoverage | undefined {
    return this.coverage.of(job, range.startMs, range.endMs);
  }

  applyCost(id: string, cost: IncidentJobCost): Incident | null {
    const state = this.states.get(id);
    if (state === undefined) return null;
    const { incident } = state;
    incident.jobs = [...incident.jobs.filter((entry) => entry.job !== cost.job), cost].filter(
      (entry) => entry.lostSeconds > 0 || entry.lostSecondsHigh > 0,
    );
    incident.jobs.sort((a, b) => b.lostSeconds - a.lostSeconds || (a.job < b.job ? -1 : 1));
    const lasted = ((incident.endMs ?? this.nowMs) - incident.startMs) / 1000;
    if (incident.severity !== 'info' && cost.lostSeconds >= CRITICAL_COST_FRACTION * lasted) {
      raise(incident, 'critical', this.nowMs);
    }
    state.toldVersion = JSON.stringify(incident);
    return structuredClone(incident);
  }

  settleHarmless(judgedUntilMs: ReadonlyMap<string, number>): Incident[] {
    return settleHarmless(this.states.values(), judgedUntilMs).map((state) => {
      state.toldVersion = JSON.stringify(state.incident);
      return structuredClone(state.incident);
    });
  }

  incidents(): Incident[] {
    return [...this.states.values()].map((state) => structuredClone(state.incident));
  }

  snapshot(): DiagnosisSnapshot {
    return structuredClone({
      version: 2 as const,
      devices: [...this.devices],
      links: [...this.links],
      jobs: [...this.jobs],
      table: this.table.snapshot(),
      states: [...this.states.values()],
      owners: [...this.owners],
      congested: [...this.congested],
      coverage: this.coverage.snapshot(),
      unexplained: this.unexplained.snapshot(),
      cycles: this.cycles.snapshot(),
      nowMs: Number.isFinite(this.nowMs) ? this.nowMs : 0,
    });
  }

  restore(snapshot: unknown): void {
    const saved = structuredClone(snapshot) as DiagnosisSnapshot;
    if (saved?.version !== 2) return;
    this.table = PortTable.restore(saved.table);
    this.rows.clear();
    this.indexed = 0;
    for (const [row, { device }] of this.table.refs.entries()) {
      const rows = this.rows.get(device);
      if (rows === undefined) this.rows.set(device, [row]);
      else rows.push(row);
      this.indexed = row + 1;
    }
    this.jobs = saved.jobs;
    this.setTopology(saved.devices, saved.links);
    this.states = new Map(saved.states.map((state) => [state.incident.id, state]));
    this.owners = new Map(saved.owners);
    this.congested = new Map(saved.congested);
    this.coverage.restore(saved.coverage);
    this.unexplained.restore(saved.unexplained);
    this.cycles.restore(saved.cycles);
    this.nowMs = saved.nowMs;
  }
}
