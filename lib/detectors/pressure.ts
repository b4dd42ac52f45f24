import type { PortColumns } from './port-columns.ts';
import { at, seen } from './port-columns.ts';

/** Pause a switch asserts by itself, and the egress port it most likely comes from. */
export interface Pressure {
  /** Port-seconds of pause asserted per second beyond what the switch's own paused ports explain, as far as `port` stands out. */
  net: number;
  /** All pause asserted, port-seconds per second. */
  asserted: number;
  /** The fullest egress port; -1 where nothing is sent. */
  port: number;
}

/** Marked share that shows a queue over the marking threshold. @source detection.md 3: M >= 1 % */
const MARKED_FROM = 0.01;
/** A port at this utilisation begins to count as full; at line rate it is. */
const FULL_FROM = 0.7;

/**
 * Reads where a switch's own queue stands. A port that is held by its peer can make the switch hold each of its other
 * ports for as long, no longer: what goes beyond begins here, at the egress port that is fullest (marked queue, or
 * near line rate).
 */
export function pressureOf(columns: PortColumns, ports: number): Pressure {
  let held = 0;
  let fullest = -1;
  let most = 0;
  let second = 0;
  let asserted = 0;
  for (let port = 0; port < ports; port++) {
    held = Math.max(held, seen(columns.rxPause, port));
    asserted += seen(columns.txPause, port);
    const fullness = queueLikeness(columns, port);
    if (fullness > most) {
      second = most;
      most = fullness;
      fullest = port;
    } else if (fullness > second) second = fullness;
  }
  let net = 0;
  if (asserted > 0) for (let port = 0; port < ports; port++) net += Math.max(0, seen(columns.txPause, port) - held);
  // A switch that counts marks and saw none here: only a port fuller than all others can be where it begins.
  if (most > 0 && at(columns.ecnShare, fullest) < MARKED_FROM) net *= 1 - second / most;
  return { net, asserted, port: fullest };
}

/** How much an egress port looks like the place where a queue stands, about 0..1; a port that is held is none. */
function queueLikeness(columns: PortColumns, port: number): number {
  const util = seen(columns.txUtil, port);
  if (util === 0) return 0;
  const marked = seen(columns.ecnShare, port) * util;
  const full = fullnessOf(util);
  return (Math.max(marked, full) + 0.1 * util) * (1 - seen(columns.rxPause, port));
}

/** How near a port is to its line rate: 0 up to `FULL_FROM`, 1 at line rate. */
export function fullnessOf(util: number): number {
  return Math.max(0, util - FULL_FROM) / (1 - FULL_FROM);
}
