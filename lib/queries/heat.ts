import type { HeatCell, LeafEdgeCell, OverviewView } from '../api/types.ts';
import type { PortRef } from '../topology/types.ts';
import { weight } from './blocked-weight.ts';
import type { FabricState } from './fabric-state.ts';
import { isStale, type LiveValues } from './live-values.ts';
import { naturalOrder } from './port-list.ts';

/** Largest map that is sent: cells beyond this say nothing on a screen. */
const MAX_CELLS = 20_000;

/** A map is kept this many times as long as it took to make: it may cost a fiftieth of a core, however large it is. */
const KEEP_TIMES_COST = 50;

/** What the overview draws: remade when it is old enough, else the same object as before. */
export class FabricGlance {
  #made: { heat: OverviewView['heat']; topPorts: OverviewView['topPorts']; atMs: number; costMs: number } | undefined;

  constructor(
    private readonly fabric: FabricState,
    private readonly live: LiveValues,
    private readonly topPorts: number,
  ) {}

  at(nowMs: number): Pick<OverviewView, 'heat' | 'topPorts'> {
    const made = this.#made;
    // A clock that was set back must not keep an old map.
    const ageMs = made === undefined ? Number.POSITIVE_INFINITY : Math.abs(nowMs - made.atMs);
    if (made !== undefined && ageMs < KEEP_TIMES_COST * made.costMs) return made;
    const started = performance.now();
    const heat = heatMap(this.fabric, this.live, nowMs);
    const topPorts = topBlocked(this.live, nowMs, this.topPorts);
    this.#made = { heat, topPorts, atMs: nowMs, costMs: performance.now() - started };
    return this.#made;
  }
}

interface Reading {
  ref: PortRef;
  blocked: number | null;
  bounded: boolean;
  util: number | null;
  stale: boolean;
}

/** The leaf x spine map and, beside each leaf, its worst host-facing port. */
function heatMap(fabric: FabricState, live: LiveValues, nowMs: number): OverviewView['heat'] {
  const map = fabric.map();
  const named = [...map.devices()];
  const leaves = named.filter((device) => map.roleOf(device) === 'leaf').sort(naturalOrder);
  const spines = named.filter((device) => map.roleOf(device) === 'spine').sort(naturalOrder);
  const pairs = new Map<string, Reading[]>();
  const edges = new Map<string, Reading[]>();
  for (const leaf of leaves) {
    for (const port of map.linkedPorts(leaf)) {
      const peer = map.peerOf(leaf, port);
      if (!peer) continue;
      const here = reading(live, { device: leaf, port }, nowMs);
      if (map.roleOf(peer.device) === 'spine') {
        push(pairs, `${leaf}\n${peer.device}`, here, reading(live, peer, nowMs));
      } else if (map.roleOf(peer.device) === 'host') push(edges, leaf, here);
    }
  }
  const cells: HeatCell[] = [...pairs].slice(0, MAX_CELLS).map(([key, readings]) => {
    const [leaf = '', spine = ''] = key.split('\n');
    const worst = worstOf(readings);
    const utils = readings.flatMap(({ util }) => util ?? []);
    return {
      leaf,
      spine,
      blockedFraction: rounded(worst?.blocked ?? null),
      bounded: worst?.bounded === true,
      utilFraction: rounded(utils.length > 0 ? Math.max(...utils) : null),
      port: worst?.ref ?? null,
      stale: readings.every(({ stale }) => stale),
    };
  });
  const edgeCells: LeafEdgeCell[] = [...edges].map(([leaf, readings]) => {
    const worst = worstOf(readings);
    return {
      leaf,
      blockedFraction: rounded(worst?.blocked ?? null),
      bounded: worst?.bounded === true,
      port: worst?.ref ?? null,
      stale: readings.every(({ stale }) => stale),
    };
  });
  return { leaves, spines, cells, edges: edgeCells };
}

function reading(live: LiveValues, ref: PortRef, nowMs: number): Reading {
  const glance = live.glance(ref.device, ref.port);
  if (!glance) return { ref, blocked: null, bounded: false, util: null, stale: true };
  const { atMs, intervalMs, blocked, blockedBounded, util } = glance;
  return { ref, blocked, bounded: blockedBounded, util, stale: isStale(atMs, intervalMs, nowMs) };
}

/** The most blocked reading that is fresh; of none fresh, the most blocked of all. */
function worstOf(readings: Reading[]): Reading | undefined {
  return readings
    .filter(({ blocked }) => blocked !== null)
    .sort(
      (a, b) =>
        Number(a.stale) - Number(b.stale) || weight(b.blocked ?? 0, b.bounded) - weight(a.blocked ?? 0, a.bounded),
    )[0];
}

/** A map of thousands of cells travels once a poll: a hundredth of a percent is all that can be seen of it. */
function rounded(fraction: number | null): number | null {
  return fraction === null ? null : Math.round(fraction * 10_000) / 10_000;
}

function push(map: Map<string, Reading[]>, key: string, ...readings: Reading[]): void {
  const list = map.get(key);
  if (list) list.push(...readings);
  else map.set(key, readings);
}

/** Ports with the largest blocked share now, fresh ones only. */
function topBlocked(live: LiveValues, nowMs: number, limit: number): OverviewView['topPorts'] {
  const rows: OverviewView['topPorts'] = [];
  for (const device of live.devices()) {
    for (const port of live.ports(device)) {
      const glance = live.glance(device, port);
      if (!glance || isStale(glance.atMs, glance.intervalMs, nowMs)) continue;
      const { blocked, blockedBounded } = glance;
      if (blocked !== null && blocked > 0) {
        rows.push({ device, port, blockedFraction: blocked, bounded: blockedBounded });
      }
    }
  }
  return rows
    .sort((a, b) => weight(b.blockedFraction, b.bounded) - weight(a.blockedFraction, a.bounded))
    .slice(0, limit);
}
