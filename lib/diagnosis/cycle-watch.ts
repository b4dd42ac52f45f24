import type { Episode } from '../detectors/episode.ts';
import { addBad, type BadInterval, type BadSpan, newSpan, spanOf } from '../detectors/span.ts';
import type { FabricMap } from '../topology/fabric-map.ts';
import type { DiagnosisConfig } from './config.ts';
import { isStalled, mayHaveStood, type StalledCycle, stalledCycles, stoodTogether } from './deadlock.ts';
import type { RowsOfDevice } from './evidence-seconds.ts';
import type { PortTable } from './port-table.ts';

/** A cycle under suspicion, by its ports. */
interface Watched {
  sinceMs: number;
  lastBadEndMs: number;
  looks: number;
  /** Time for which all of its ports were held, ms. */
  stoodMs: number;
  span: BadSpan;
  episode: Episode | null;
}

/** Looks for PFC deadlocks: cycles of ports that stand still, long enough to be no coincidence. */
export class CycleWatch {
  private watched = new Map<string, Watched>();
  private lastLookMs = Number.NEGATIVE_INFINITY;

  look(
    nowMs: number,
    table: PortTable,
    map: FabricMap,
    rowsOfDevice: RowsOfDevice,
    config: DiagnosisConfig,
  ): Episode[] {
    if (nowMs <= this.lastLookMs) return [];
    this.lastLookMs = nowMs;
    const told: Episode[] = [];
    const seen = new Set<string>();
    for (const cycle of findCycles(table, map, rowsOfDevice, config)) {
      const key = this.matchingKey(cycle.rows);
      seen.add(key);
      const episode = this.note(key, cycle.rows, cycle.trigger, table, config);
      if (episode !== null) told.push(episode);
    }
    for (const [key, watched] of this.watched) {
      if (seen.has(key)) continue;
      // A port of the cycle that fell silent is no recovery: the finding stands until its ports are seen to move.
      if (key.split(',').some((row) => isSilent(Number(row), nowMs, table, config))) continue;
      if (watched.episode !== null && nowMs - watched.lastBadEndMs < config.cycleHoldMs) continue;
      this.watched.delete(key);
      if (watched.episode !== null) told.push({ ...watched.episode, ...spanOf(watched.span), endReason: 'recovered' });
    }
    return told;
  }

  /** A cycle that grew or shrank is still the same as long as it shares a port. */
  private matchingKey(rows: readonly number[]): string {
    for (const key of this.watched.keys()) {
      const known = new Set(key.split(',').map(Number));
      if (rows.some((row) => known.has(row))) return key;
    }
    return rows.join(',');
  }

  private note(
    key: string,
    rows: readonly number[],
    trigger: number,
    table: PortTable,
    config: DiagnosisConfig,
  ): Episode | null {
    const endMs = Math.max(...rows.map((row) => table.endMs[row] ?? 0));
    const startMs = Math.min(...rows.map((row) => table.startMs[row] ?? 0));
    const level = Math.min(...rows.map((row) => table.seen('rxPause', row)));
    const interval: BadInterval = { startMs, endMs, level, readAtEnd: false };
    const known = this.watched.get(key);
    const watched = known ?? {
      sinceMs: startMs,
      lastBadEndMs: startMs,
      looks: 0,
      stoodMs: 0,
      span: newSpan(interval),
      episode: null,
    };
    this.watched.set(key, watched);
    if (endMs > watched.lastBadEndMs) {
      watched.looks++;
      watched.stoodMs += level * (endMs - startMs);
      if (known !== undefined) addBad(watched.span, interval);
    }
    watched.lastBadEndMs = Math.max(watched.lastBadEndMs, endMs);
    if (watched.episode !== null) return null;
    // One interval that is as long as two of the least time proves as much as two short ones.
    const looks = endMs - startMs >= 2 * config.deadlockMs ? 1 : 2;
    const span = watched.lastBadEndMs - watched.sinceMs;
    if (watched.looks < looks || span < config.deadlockMs) return null;
    if (looks === 1 && watched.stoodMs < config.deadlockMs) return null;
    watched.episode = episodeOf(rows, trigger, spanOf(watched.span).startMs, endMs, table);
    return watched.episode;
  }

  snapshot(): { watched: [string, Watched][]; lastLookMs: number | null } {
    return {
      watched: structuredClone([...this.watched]),
      lastLookMs: Number.isFinite(this.lastLookMs) ? this.lastLookMs : null,
    };
  }

  restore(saved: { watched: [string, Watched][]; lastLookMs: number | null }): void {
    this.watched = new Map(structuredClone(saved.watched));
    this.lastLookMs = saved.lastLookMs ?? Number.NEGATIVE_INFINITY;
  }
}

/** Cycles of ports that stand still, then those of ports that stood together for part of a long interval. */
function findCycles(
  table: PortTable,
  map: FabricMap,
  rowsOfDevice: RowsOfDevice,
  config: DiagnosisConfig,
): StalledCycle[] {
  const stalled: number[] = [];
  const halted: number[] = [];
  for (let row = 0; row < table.refs.length; row++) {
    if (isStalled(table, row, config)) stalled.push(row);
    else if (mayHaveStood(table, row, config)) halted.push(row);
  }
  const cycles = stalled.length > 1 ? stalledCycles(stalled, table, map, rowsOfDevice, config) : [];
  if (halted.length === 0 || halted.length + stalled.length < 2) return cycles;
  const taken = new Set(cycles.flatMap((cycle) => cycle.rows));
  const rest = [...stalled, ...halted].filter((row) => !taken.has(row));
  const together = stalledCycles(rest, table, map, rowsOfDevice, config).filter(
    (cycle) => cycle.trigger < 0 && stoodTogether(cycle.rows, table, config),
  );
  return [...cycles, ...together];
}

function isSilent(row: number, nowMs: number, table: PortTable, config: DiagnosisConfig): boolean {
  const end = table.endMs[row] ?? Number.NaN;
  const interval = end - (table.startMs[row] ?? Number.NaN);
  return !(nowMs - end < config.watchedIntervals * interval);
}

function episodeOf(
  rows: readonly number[],
  trigger: number,
  startMs: number,
  endMs: number,
  table: PortTable,
): Episode {
  const names = rows.map((row) => `${table.refs[row]?.device}/${table.refs[row]?.port}`);
  const root = table.refs[trigger >= 0 ? trigger : (rows[0] ?? 0)] ?? { device: '', port: '' };
  const first = table.refs[rows[0] ?? 0] ?? root;
  return {
    id: `deadlock:${names[0]}:${Math.round(startMs)}`,
    kind: 'pfc-deadlock',
    device: first.device,
    port: first.port,
    startMs,
    endMs: null,
    severity: 'critical',
    evidence: [
      {
        text: `these ports wait for each other and send nothing: ${names.join(' -> ')} -> ${names[0]}${
          trigger >= 0 ? `; outside the circle ${root.device}/${root.port} is held too and may have started it` : ''
        }; look for routing changes and flooding of lossless traffic`,
        metric: 'stalledPorts',
        value: rows.length,
        threshold: 2,
        unit: 'count',
        startMs,
        endMs,
        basis: 'measured',
        port: { ...first },
      },
    ],
  };
}
