import type { Episode } from '../detectors/episode.ts';
import type { FabricMap } from '../topology/fabric-map.ts';
import type { PortRef } from '../topology/types.ts';
import type { DiagnosisConfig } from './config.ts';
import type { RowsOfDevice } from './evidence-seconds.ts';
import { walkDown } from './pause-graph.ts';
import type { PortTable } from './port-table.ts';

/** A port whose pause nobody explains. */
interface Suspect {
  row: number;
  sinceMs: number;
  lastEndMs: number;
  lastBadEndMs: number;
  intervals: number;
  /** The episode as told; null while it is only suspected. */
  episode: Episode | null;
  /** The device behind which the pause vanishes; '' while it is only suspected. */
  culprit: string;
}

/** An episode of unexplained pause, and what could not be seen. */
export interface UnexplainedFinding {
  episode: Episode;
  notVisible: string[];
}

/** Quiet time after which unexplained pause has ended, ms. @source detection.md 2 */
const CLOSE_HOLD_MS = 10_000;

/**
 * Watches pause between switches that no open incident explains. It is told only when it is strong and lasts:
 * natural congestion passes for a moment.
 * @source detection.md section 13 item 5
 */
export class UnexplainedWatch {
  private suspects = new Map<number, Suspect>();

  look(
    nowMs: number,
    open: Iterable<Episode>,
    explained: ReadonlySet<number>,
    view: { table: PortTable; map: FabricMap; rowsOfDevice: RowsOfDevice },
    config: DiagnosisConfig,
  ): UnexplainedFinding[] {
    for (const episode of open) {
      const row = view.table.find(episode.device, episode.port);
      if (row < 0 || this.suspects.has(row)) continue;
      const startMs = view.table.startMs[row] ?? nowMs;
      this.suspects.set(row, {
        row,
        sinceMs: startMs,
        lastEndMs: startMs,
        lastBadEndMs: startMs,
        intervals: 0,
        episode: null,
        culprit: '',
      });
    }
    const found: UnexplainedFinding[] = [];
    for (const suspect of this.suspects.values()) this.judge(suspect, nowMs, explained, view, config, found);
    return found;
  }

  private judge(
    suspect: Suspect,
    nowMs: number,
    explained: ReadonlySet<number>,
    view: { table: PortTable; map: FabricMap; rowsOfDevice: RowsOfDevice },
    config: DiagnosisConfig,
    found: UnexplainedFinding[],
  ): void {
    const { table } = view;
    const endMs = table.endMs[suspect.row] ?? nowMs;
    const isNew = endMs > suspect.lastEndMs;
    const startMs = table.startMs[suspect.row] ?? endMs;
    const paused = table.seen('rxPause', suspect.row);
    const bad = paused >= config.unexplainedFraction && !explained.has(suspect.row);
    if (isNew) {
      suspect.lastEndMs = endMs;
      if (bad) {
        if (suspect.intervals === 0 && suspect.episode === null) suspect.sinceMs = startMs;
        suspect.intervals++;
        suspect.lastBadEndMs = endMs;
      } else if (suspect.episode === null) suspect.intervals = 0;
    }
    if (suspect.episode === null) {
      if (bad) this.open(suspect, paused, view, config, found);
      else if (nowMs - suspect.lastBadEndMs > CLOSE_HOLD_MS && suspect.intervals === 0)
        this.suspects.delete(suspect.row);
      return;
    }
    if (nowMs - suspect.lastBadEndMs < CLOSE_HOLD_MS) return;
    this.suspects.delete(suspect.row);
    found.push({
      episode: { ...suspect.episode, endMs: suspect.lastBadEndMs, endReason: 'recovered' },
      notVisible: [],
    });
  }

  /** Tells a suspect that was bad for long enough, unless another port already stands for the same trouble. */
  private open(
    suspect: Suspect,
    paused: number,
    view: { table: PortTable; map: FabricMap; rowsOfDevice: RowsOfDevice },
    config: DiagnosisConfig,
    found: UnexplainedFinding[],
  ): void {
    if (suspect.lastBadEndMs - suspect.sinceMs < config.unexplainedMs) return;
    if (suspect.intervals < config.unexplainedIntervals) return;
    const last = walkDown(suspect.row, view.table, view.map, view.rowsOfDevice, config);
    suspect.culprit = culpritOf(last, view);
    // One device that nobody can look into is one trouble, however many ports wait for it; and pause that began
    // together is one trouble that spread, wherever each walk happens to end.
    for (const other of this.suspects.values()) {
      if (other === suspect || other.episode === null) continue;
      if (other.culprit === suspect.culprit) return;
      if (Math.abs(other.episode.startMs - suspect.sinceMs) <= config.sameOnsetMs) return;
    }
    suspect.episode = this.tell(suspect, last, paused, view, config);
    found.push({ episode: suspect.episode, notVisible: notVisible(suspect.row, view) });
  }

  private tell(
    suspect: Suspect,
    last: number,
    paused: number,
    view: { table: PortTable },
    config: DiagnosisConfig,
  ): Episode {
    const at: PortRef = view.table.refs[last] ?? { device: '', port: '' };
    return {
      id: `unexplained:${at.device}/${at.port}:${Math.round(suspect.sinceMs)}`,
      kind: 'congestion',
      device: at.device,
      port: at.port,
      startMs: suspect.sinceMs,
      endMs: null,
      severity: 'warning',
      evidence: [
        {
          text: `this port was held for ${Math.round(paused * 100)} % of the interval and nothing downstream explains it`,
          metric: 'rxPauseFraction',
          value: paused,
          threshold: config.unexplainedFraction,
          unit: 'fraction',
          startMs: suspect.sinceMs,
          endMs: suspect.lastEndMs,
          basis: 'measured',
          port: { ...at },
        },
      ],
    };
  }

  snapshot(): Suspect[] {
    return structuredClone([...this.suspects.values()]);
  }

  restore(saved: Suspect[]): void {
    this.suspects = new Map(structuredClone(saved).map((suspect) => [suspect.row, suspect]));
  }
}

function culpritOf(row: number, view: { table: PortTable; map: FabricMap }): string {
  const ref = view.table.refs[row];
  if (ref === undefined) return '';
  return view.map.peerOf(ref.device, ref.port)?.device ?? `${ref.device}/${ref.port}`;
}

/** Ends of the walk that nobody polls: what would have helped. */
function notVisible(row: number, view: { table: PortTable; map: FabricMap }): string[] {
  const ref = view.table.refs[row];
  if (ref === undefined) return [];
  const peer = view.map.peerOf(ref.device, ref.port);
  if (peer === undefined) return [`the far end of ${ref.device}/${ref.port} is not known`];
  const missing: string[] = [];
  if (view.table.find(peer.device, peer.port) < 0) missing.push(`${peer.device} is not polled`);
  for (const port of view.map.linkedPorts(peer.device)) {
    const next = view.map.peerOf(peer.device, port);
    if (next !== undefined && next.device !== ref.device && view.table.find(peer.device, port) < 0) {
      missing.push(`${peer.device}/${port} is not polled`);
    }
  }
  return [...new Set(missing)].slice(0, 8);
}
