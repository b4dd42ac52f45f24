import { formatDuration } from '../duration.ts';
import type { TargetHealth } from '../events/events.ts';

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

  /** @returns false where a newer word of this target is known already */
  set(health: TargetHealth): boolean {
    const known = this.#told.get(health.target);
    if (known && known.atMs > health.atMs) return false;
    this.#told.set(health.target, health);
    this.#devices.add(health.device);
    return true;
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

  snapshot(): TargetHealth[] {
    return [...this.#told.values()];
  }
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
    paths:
      target.intervalMs === null
        ? []
        : [
            {
              path: 'counters',
              requestedIntervalMs: target.intervalMs,
              achievedIntervalMs: null,
              staircaseMs: null,
            },
          ],
    missing: [],
    refused: [],
    shortestStormMs: null,
    collectedBy: '',
    atMs: nowMs,
  };
}
