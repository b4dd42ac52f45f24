import type { Episode } from '../detectors/episode.ts';
import { isWorse } from '../detectors/hysteresis.ts';
import type { Severity } from '../kinds.ts';
import type { ImpactSegment, Incident, IncidentJobCost } from './incident.ts';
import type { PauseMismatch } from './pause-mismatch.ts';
import type { RootFamily } from './roots.ts';

/** What one incident may have cost one job, segment by segment. */
export interface JobImpact {
  job: string;
  /** The job's own port or path is in the incident's graph with measured evidence. */
  direct: boolean;
  segments: ImpactSegment[];
}

/** An incident with what is needed to keep it up to date. Plain data. */
export interface IncidentState {
  incident: Incident;
  family: RootFamily;
  /** Name of the cable of the root. */
  cable: string;
  /** Row of the egress port behind which the queue stands. */
  rootRow: number;
  /** Episodes it stands on that are still open. */
  openEpisodes: string[];
  /** When each of its episodes began, as last told, ms. */
  starts: [episode: string, startMs: number][];
  impacts: JobImpact[];
  /** How the two ends of the root's cable agree about its pause, in both directions. */
  mismatches?: { told: PauseMismatch; asserted: PauseMismatch };
  /** End of the last root interval that was turned into evidence, ms. */
  evidencedUntilMs: number;
  /** As last told, to tell changes only. */
  toldVersion: string;
  costs: IncidentJobCost[];
  /** Found to be the consequence of another incident: it stays information. */
  settled?: boolean;
  /** That other incident. */
  settledBy?: string;
}

/** A stable name: when and where it began. */
export function incidentId(family: RootFamily, device: string, port: string, startMs: number): string {
  let hash = 0x811c9dc5;
  for (const char of `${family} ${device} ${port}`)
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return `inc-${Math.round(startMs).toString(36)}-${hash.toString(36)}`;
}

/** Raises severity and, at warning or above, notes when it first stood there. */
export function raise(incident: Incident, severity: Severity, nowMs: number): void {
  if (isWorse(severity, incident.severity)) incident.severity = severity;
  if (incident.severity !== 'info' && incident.detectedMs === null) incident.detectedMs = nowMs;
}

/** Lets go of an episode that has ended, if the incident was held open by it. */
export function release({ incident, openEpisodes }: IncidentState, episode: Episode): void {
  const known = openEpisodes.indexOf(episode.id);
  if (episode.endMs === null || known < 0) return;
  openEpisodes.splice(known, 1);
  if (openEpisodes.length === 0) incident.endMs = Math.max(incident.endMs ?? 0, episode.endMs);
}

/** Takes over what a newer version of one of its episodes says. */
export function applyEpisode(state: IncidentState, episode: Episode, nowMs: number): void {
  const { incident } = state;
  const earlier = state.starts.filter(([id]) => id !== episode.id);
  state.starts = [...earlier, [episode.id, episode.startMs]];
  incident.startMs = Math.min(...state.starts.map(([, startMs]) => startMs));
  if (episode.endMs === null) {
    if (!state.openEpisodes.includes(episode.id)) state.openEpisodes.push(episode.id);
    incident.endMs = null;
  } else if (state.openEpisodes.includes(episode.id)) release(state, episode);
  else if (state.openEpisodes.length === 0) incident.endMs = Math.max(incident.endMs ?? 0, episode.endMs);
  if (state.settled !== true) raise(incident, episode.severity, nowMs);
  const texts = new Set(incident.evidence.map((entry) => `${entry.metric} ${entry.port?.device}/${entry.port?.port}`));
  for (const entry of episode.evidence) {
    const key = `${entry.metric} ${entry.port?.device}/${entry.port?.port}`;
    if (!texts.has(key)) incident.evidence.push(entry);
    else {
      const at = incident.evidence.findIndex((old) => `${old.metric} ${old.port?.device}/${old.port?.port}` === key);
      incident.evidence[at] = entry;
    }
  }
}
