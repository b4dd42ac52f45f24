import { formatDuration } from '../duration.ts';
import type { TargetHealth, TargetPathHealth } from '../events/events.ts';

/** A target whose collector says nothing this long, and for three of its intervals, is down whatever it said last. */
const SILENT_AFTER_MS = 60_000;
const SILENT_INTERVALS = 3;

/** A target as the configuration names it. */
export interface ConfiguredTarget {
  name: string;
  collector: string;
  address: string;
  intervalMs: number | null;
}

/** What is known of every target: what its collector said, what the configuration names, and who has gone silent. */
export class TargetBoard {
  readonly #told = new Map<string, TargetHealth>();
  readonly #devices = new Set<string>();
  #configured = new Map<string, ConfiguredTarget>();

  /** Replaces the configured targets; one that left the configuration is forgotten once it is silent. */
  configure(targets: readonly ConfiguredTarget[]): void {
    this.#configured = new Map(targets.map((target) => [target.name, target]));
  }

  /** @returns the report as it stands from now on; undefined where a newer one of this target is known already */
  set(report: TargetHealth): TargetHealth | undefined {
    const known = this.#told.get(report.target);
    if (known && known.atMs > report.atMs) return undefined;
    const intervalMs = this.#configured.get(report.target)?.intervalMs ?? null;
    const health = honest(report.paths.length > 0 ? report : { ...report, paths: askedPaths(intervalMs) });
    this.#told.set(health.target, health);
    this.#devices.add(health.device);
    return health;
  }

  /** Every target by name, as it stands at `nowMs`. */
  all(nowMs: number): TargetHealth[] {
    const targets: TargetHealth[] = [];
    for (const health of this.#told.values()) {
      const silent = silenceOf(health, nowMs);
      if (silent !== null && this.#configured.size > 0 && !this.#configured.has(health.target)) continue;
      targets.push(silent === null ? health : silenced(health, silent, nowMs));
    }
    for (const target of this.#configured.values()) {
      if (!this.#told.has(target.name)) targets.push(neverHeard(target, nowMs));
    }
    return targets.sort((a, b) => (a.target < b.target ? -1 : a.target > b.target ? 1 : 0));
  }

  /** The target that collects a device. */
  ofDevice(device: string, nowMs: number): TargetHealth | undefined {
    return this.all(nowMs).find((target) => target.device === device);
  }

  /** Whether a collector has said that it looks after this device. */
  collects(device: string): boolean {
    return this.#devices.has(device);
  }

  /** When a collector last said anything of any target; null before the first word. */
  newestWordMs(): number | null {
    let newest: number | null = null;
    for (const { atMs } of this.#told.values()) newest = Math.max(newest ?? atMs, atMs);
    return newest;
  }

  snapshot(): TargetHealth[] {
    return [...this.#told.values()];
  }
}

/**
 * What a report may claim: tries are no answers, so a target that never answered has achieved no interval; and no poll
 * sees a storm that is shorter than two refreshes of the device's own counters, however often it asks.
 */
function honest(health: TargetHealth): TargetHealth {
  if (health.lastSuccessMs === null) {
    const paths = health.paths.map((path) => ({ ...path, achievedIntervalMs: null, staircaseMs: null }));
    return { ...health, paths, shortestStormMs: null };
  }
  const refreshMs = Math.max(0, ...health.paths.map(({ staircaseMs }) => staircaseMs ?? 0));
  if (health.shortestStormMs === null || health.shortestStormMs >= 2 * refreshMs) return health;
  return { ...health, shortestStormMs: 2 * refreshMs };
}

/** How long a target's collector has said nothing, where that is too long; else null. */
function silenceOf(health: TargetHealth, nowMs: number): number | null {
  const slowest = Math.max(0, ...health.paths.map(({ requestedIntervalMs }) => requestedIntervalMs));
  const silentMs = nowMs - health.atMs;
  return silentMs > Math.max(SILENT_AFTER_MS, SILENT_INTERVALS * slowest) ? silentMs : null;
}

function silenced(health: TargetHealth, silentMs: number, nowMs: number): TargetHealth {
  const seconds = formatDuration(Math.floor(silentMs / 1000) * 1000);
  const message = `no word from its collector (${health.collectedBy}) for ${seconds}`;
  return { ...health, state: 'down', lastError: { atMs: nowMs, message } };
}

/** What is asked of a target that has not told its paths. */
function askedPaths(intervalMs: number | null): TargetPathHealth[] {
  if (intervalMs === null) return [];
  return [{ path: 'counters', requestedIntervalMs: intervalMs, achievedIntervalMs: null, staircaseMs: null }];
}

function neverHeard(target: ConfiguredTarget, nowMs: number): TargetHealth {
  return {
    target: target.name,
    device: target.name,
    collector: target.collector,
    address: target.address,
    state: 'starting',
    lastSuccessMs: null,
    lastError: null,
    polls: 0,
    failures: 0,
    ports: 0,
    clockOffsetMs: null,
    paths: askedPaths(target.intervalMs),
    missing: [],
    refused: [],
    shortestStormMs: null,
    collectedBy: '',
    atMs: nowMs,
  };
}
