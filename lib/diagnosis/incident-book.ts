import type { Episode } from '../detectors/episode.ts';
import type { FabricMap } from '../topology/fabric-map.ts';
import type { PortRef } from '../topology/types.ts';
import type { DiagnosisConfig } from './config.ts';
import type { FabricView } from './impacts.ts';
import type { Incident } from './incident.ts';
import { describeIncident } from './incident-picture.ts';
import { applyEpisode, type IncidentState, incidentId, release } from './incident-state.ts';
import { blockingPort, cableOf, isExplainedBy, type RootFamily, turnsInto } from './roots.ts';

/** All incidents that are open or fresh, and which episodes each of them stands on. */
export class IncidentBook {
  private states = new Map<string, IncidentState>();
  /** Incident of every episode that has one. */
  private owners = new Map<string, string>();

  all(): ReadonlyMap<string, IncidentState> {
    return this.states;
  }

  open(): IncidentState[] {
    return [...this.states.values()].filter((state) => state.openEpisodes.length > 0);
  }

  /** The incident that an episode belongs to, if it has one. */
  ownerOf(episode: Episode): IncidentState | undefined {
    const owner = this.owners.get(episode.id);
    return owner === undefined ? undefined : this.states.get(owner);
  }

  /** Adds an episode to the incident it belongs to, or opens one for it. */
  take(episode: Episode, family: RootFamily, nowMs: number, view: FabricView, config: DiagnosisConfig): void {
    const known = this.owners.has(episode.id);
    const state = known ? this.ownerOf(episode) : this.matching(episode, family, view.map, config);
    if (state !== undefined) {
      this.owners.set(episode.id, state.incident.id);
      takeOver(state, episode, family, nowMs, view.map);
      return;
    }
    if (episode.endMs !== null && episode.endMs < nowMs - config.keepEndedMs) return;
    this.openFor(episode, family, nowMs, view);
  }

  /** The incident an episode belongs to: same cable, overlapping in time, same trouble or one that explains it. */
  private matching(
    episode: Episode,
    family: RootFamily,
    map: FabricMap,
    config: DiagnosisConfig,
  ): IncidentState | undefined {
    const cable = cableOf(map, episode);
    for (const state of this.states.values()) {
      if (state.cable !== cable) continue;
      const end = state.incident.endMs ?? Number.POSITIVE_INFINITY;
      if (episode.startMs > end || (episode.endMs ?? Number.POSITIVE_INFINITY) < state.incident.startMs) continue;
      if (state.family === family || isExplainedBy(family, state.family)) return state;
      // A finding that explains an older one takes it over only while that is fresh; else it is a trouble of its own.
      const apart = Math.abs(episode.startMs - state.incident.startMs);
      if (turnsInto(state.family, family) && apart <= config.sameOnsetMs) return state;
    }
    return undefined;
  }

  /** Opens an incident that stands on one episode. */
  openFor(episode: Episode, family: RootFamily, nowMs: number, view: FabricView): IncidentState {
    const { table, map } = view;
    const { device, port } = episode;
    const blocking = blockingPort(map, episode);
    const row = table.find(blocking.device, blocking.port);
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
      cable: cableOf(map, episode),
      rootRow: row >= 0 ? row : table.find(device, port),
      openEpisodes: [],
      starts: [],
      impacts: [],
      // The estimated start may lie inside the interval that the evidence is of.
      evidencedUntilMs: Math.min(episode.startMs, table.startMs[row] ?? episode.startMs),
      toldVersion: '',
      costs: [],
    };
    applyEpisode(state, episode, nowMs);
    this.owners.set(episode.id, incident.id);
    this.states.set(incident.id, state);
    describeIncident(state, view);
    return state;
  }

  /** Drops incidents that ended long ago, with what belongs to them. */
  forget(nowMs: number, config: DiagnosisConfig): void {
    for (const [id, { incident }] of this.states) {
      if (incident.endMs === null || incident.endMs > nowMs - config.keepEndedMs) continue;
      this.states.delete(id);
      for (const [episode, owner] of this.owners) if (owner === id) this.owners.delete(episode);
    }
  }

  /** Incidents that are not as they were told last, as they are now. */
  changed(): Incident[] {
    const changed: Incident[] = [];
    for (const state of this.states.values()) {
      if (JSON.stringify(state.incident) !== state.toldVersion) changed.push(tell(state));
    }
    return changed;
  }

  snapshot(): BookSnapshot {
    return { states: [...this.states.values()], owners: [...this.owners] };
  }

  restore({ states, owners }: BookSnapshot): void {
    this.states = new Map(states.map((state) => [state.incident.id, state]));
    this.owners = new Map(owners);
  }
}

/** A book as plain JSON. */
export interface BookSnapshot {
  states: IncidentState[];
  owners: [episode: string, incident: string][];
}

/** A copy of an incident for the outside, remembered as told. */
export function tell(state: IncidentState): Incident {
  state.toldVersion = JSON.stringify(state.incident);
  return structuredClone(state.incident);
}

function takeOver(state: IncidentState, episode: Episode, family: RootFamily, nowMs: number, map: FabricMap): void {
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
  applyEpisode(state, episode, nowMs);
  preferRoot(state, episode, map);
}

/** Of the two ends of a cable the NIC names a storm, the switch port everything else. */
function preferRoot({ family, incident }: IncidentState, port: PortRef, map: FabricMap): void {
  if ((family === 'pause') !== (map.roleOf(port.device) === 'host')) return;
  incident.rootDevice = port.device;
  incident.rootPort = port.port;
}
