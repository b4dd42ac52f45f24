import type { Episode } from '../detectors/episode.ts';
import type { SampleFrame } from '../samples/frame.ts';
import { FabricMap } from '../topology/fabric-map.ts';
import type { DeviceInfo, JobPlacement, Link } from '../topology/types.ts';
import { DIAGNOSIS_DEFAULTS, type DiagnosisConfig } from './config.ts';
import { settleCongestion, settleConsequences } from './consequences.ts';
import { CoverageMemory } from './coverage.ts';
import { CycleWatch } from './cycle-watch.ts';
import { settleHarmless } from './harmless.ts';
import type { FabricView } from './impacts.ts';
import type { Incident, IncidentImpact, IncidentJobCost, JobCoverage } from './incident.ts';
import { type BookSnapshot, IncidentBook, tell } from './incident-book.ts';
import { updatePicture } from './incident-picture.ts';
import { applyEpisode, raise } from './incident-state.ts';
import { JobIndex } from './job-index.ts';
import { type PackedTable, PortTable } from './port-table.ts';
import { familyOf, meaningOf, type RootFamily } from './roots.ts';
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
  version: 3;
  devices: DeviceInfo[];
  links: Link[];
  jobs: JobPlacement[];
  table: PackedTable;
  book: BookSnapshot;
  congested: [string, Episode][];
  coverage: ReturnType<CoverageMemory['snapshot']>;
  unexplained: ReturnType<UnexplainedWatch['snapshot']>;
  cycles: ReturnType<CycleWatch['snapshot']>;
  nowMs: number;
}

/** Share of a job's step that an incident must cost to be critical whatever its kind. @source detection.md 13 item 12 */
const CRITICAL_COST_FRACTION = 0.1;

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
  private readonly book = new IncidentBook();
  /** Open pause between switches, by episode. */
  private congested = new Map<string, Episode>();
  private arrived: Episode[] = [];
  private readonly coverage = new CoverageMemory();
  private readonly unexplained = new UnexplainedWatch();
  private readonly cycles = new CycleWatch();
  private nowMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly config: DiagnosisConfig) {}

  private view(): FabricView {
    return { table: this.table, map: this.map, jobs: this.jobIndex, rowsOfDevice: this.rowsOfDevice };
  }

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
    const view = this.view();
    for (const episode of this.arrived) this.takeEpisode(asTold(meaningOf(this.map, episode), episode));
    this.arrived = [];
    this.watchCycles();
    const open = this.book.open();
    const blockers = new Set(open.map((state) => state.rootRow).filter((row) => row >= 0));
    const hurt = new Set<number>();
    for (const state of open) {
      const victims = updatePicture(state, blockers, view, this.hosts, this.config);
      if (state.family === 'congestion' || state.incident.severity === 'info') continue;
      if (state.rootRow >= 0) hurt.add(state.rootRow);
      for (const victim of victims) hurt.add(victim.row);
    }
    settleCongestion(this.book.all().values(), hurt, this.nowMs, this.config);
    settleConsequences(this.book.all(), this.nowMs, this.table, this.jobIndex, this.config);
    this.watchUnexplained(hurt);
    this.coverage.look(this.nowMs, this.jobIndex, this.table, this.map, hurt, this.config);
    this.book.forget(this.nowMs, this.config);
    return this.book.changed();
  }

  private takeEpisode(episode: Episode): void {
    const family = meaningOf(this.map, episode);
    if (family !== 'congestion') this.book.take(episode, family, this.nowMs, this.view(), this.config);
    else if (episode.endMs === null) this.congested.set(episode.id, episode);
    else this.congested.delete(episode.id);
  }

  private watchCycles(): void {
    const found = this.cycles.look(this.nowMs, this.table, this.map, this.rowsOfDevice, this.config);
    for (const episode of found) this.takeEpisode(episode);
  }

  private watchUnexplained(hurt: ReadonlySet<number>): void {
    const found = this.unexplained.look(this.nowMs, this.congested.values(), hurt, this.view(), this.config);
    for (const { episode, notVisible } of found) {
      const known = this.book.ownerOf(episode);
      if (known !== undefined) applyEpisode(known, episode, this.nowMs);
      else if (episode.endMs === null) {
        const state = this.book.openFor(episode, familyOf(episode.kind), this.nowMs, this.view());
        state.incident.notVisible = notVisible;
      }
    }
  }

  impactsOf(job: string, range: { startMs: number; endMs: number }): IncidentImpact[] {
    const impacts: IncidentImpact[] = [];
    for (const { incident, impacts: all } of this.book.all().values()) {
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
    const state = this.book.all().get(id);
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
    return tell(state);
  }

  settleHarmless(judgedUntilMs: ReadonlyMap<string, number>): Incident[] {
    return settleHarmless(this.book.all().values(), judgedUntilMs).map(tell);
  }

  incidents(): Incident[] {
    return [...this.book.all().values()].map((state) => structuredClone(state.incident));
  }

  snapshot(): DiagnosisSnapshot {
    return structuredClone({
      version: 3 as const,
      devices: [...this.devices],
      links: [...this.links],
      jobs: [...this.jobs],
      table: this.table.snapshot(),
      book: this.book.snapshot(),
      congested: [...this.congested],
      coverage: this.coverage.snapshot(),
      unexplained: this.unexplained.snapshot(),
      cycles: this.cycles.snapshot(),
      nowMs: Number.isFinite(this.nowMs) ? this.nowMs : 0,
    });
  }

  restore(snapshot: unknown): void {
    const saved = structuredClone(snapshot) as DiagnosisSnapshot;
    if (saved?.version !== 3) return;
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
    this.book.restore(saved.book);
    this.congested = new Map(saved.congested);
    this.coverage.restore(saved.coverage);
    this.unexplained.restore(saved.unexplained);
    this.cycles.restore(saved.cycles);
    this.nowMs = saved.nowMs;
  }
}
