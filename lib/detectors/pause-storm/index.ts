import { type Detector, type DeviceInterval, ROLE_RANK } from '../detector.ts';
import type { Evidence } from '../episode.ts';
import type { Signal } from '../hysteresis.ts';
import { at, seen } from '../port-columns.ts';

/**
 * Pause at the edge of the fabric: a NIC that holds its switch port. Innocent host-facing ports show none, so pause
 * time beyond a small allowance adds up until it reaches what a switch's own watchdog acts on. Seen from the switch
 * (its rx pause) and from the host (its tx pause). Any increment of a storm or watchdog counter is a storm by itself.
 * @source detection.md sections 2 and 13 item 5
 */
export const pauseStorm: Detector = {
  family: 'pause',
  look(interval, _memory, open, emit) {
    const { columns, frame, neighbours, peerRank } = interval;
    const isHost = neighbours.role === 'host';
    const pause = isHost ? columns.txPause : columns.rxPause;
    const counted = columns.storms !== undefined || columns.watchdog !== undefined;
    if (pause === undefined && !counted) return;
    for (let port = 0; port < frame.ports.length; port++) {
      if (!isHost && (peerRank[port] ?? -1) > ROLE_RANK.host) continue;
      const fraction = at(pause, port);
      const storms = seen(columns.storms, port) + seen(columns.watchdog, port);
      if (!(fraction > 0) && storms === 0 && open(port) === undefined) continue;
      if (Number.isNaN(fraction) && storms === 0) continue;
      if (
        columns.pauseEstimated &&
        !isHost &&
        storms === 0 &&
        !hasBacklog(interval, port) &&
        open(port) === undefined
      ) {
        continue;
      }
      emit(port, signalOf(interval, port, Number.isNaN(fraction) ? 0 : fraction, storms));
    }
  },
};

/** Queue at a port below this is a packet on its way, not a backlog: a few jumbo frames. */
const BACKLOG_BYTES = 32_768;
/** Marked share that shows a standing queue. @source detection.md 3: M >= 1 % */
const BACKLOG_MARKED = 0.01;

/** Data waited at this port in the interval: it was held with something to send. */
function hasBacklog(interval: DeviceInterval, port: number): boolean {
  const { columns } = interval;
  return at(columns.ecnShare, port) >= BACKLOG_MARKED || at(columns.watermark, port) >= BACKLOG_BYTES;
}

function signalOf(interval: DeviceInterval, port: number, fraction: number, storms: number): Signal {
  const { frame, columns, config } = interval;
  const startMs = frame.startMs[port] ?? 0;
  const endMs = frame.endMs[port] ?? 0;
  const seconds = (endMs - startMs) / 1000;
  const counted = storms > 0;
  const estimated = columns.pauseEstimated && !counted;
  const storm = counted || (!estimated && fraction >= config.stormFraction);
  return {
    startMs,
    endMs,
    scoreSeconds: counted ? config.pauseOpenSeconds : (fraction - config.pauseAllowedFraction) * seconds,
    level: fraction,
    bad: counted || fraction >= config.pauseAllowedFraction,
    confirmed: !estimated || neighboursKnown(interval, port),
    openSeconds: config.pauseOpenSeconds,
    kind: storm ? 'pause-storm' : 'slow-receiver',
    severity: storm ? 'critical' : 'warning',
    priority: columns.priority,
    evidence: () => evidenceOf(interval, port, fraction, storms, startMs, endMs),
  };
}

/** An estimate counts only where the cable is known to lead to a host: elsewhere pause frames are nothing special. */
function neighboursKnown(interval: DeviceInterval, port: number): boolean {
  return interval.neighbours.role !== 'host' && (interval.peerRank[port] ?? -1) === ROLE_RANK.host;
}

function evidenceOf(
  interval: DeviceInterval,
  port: number,
  fraction: number,
  storms: number,
  startMs: number,
  endMs: number,
): Evidence[] {
  const { frame, columns, config, neighbours } = interval;
  const where = { device: frame.device, port: frame.ports[port] ?? '' };
  const isHost = neighbours.role === 'host';
  const evidence: Evidence[] = [
    {
      text: `${isHost ? 'the NIC held its switch port' : 'the host held this port'} for ${columns.pauseEstimated ? 'at most ' : ''}${percent(fraction)} of the interval`,
      metric: isHost ? 'txPauseFraction' : 'rxPauseFraction',
      value: fraction,
      threshold: config.pauseAllowedFraction,
      unit: 'fraction',
      startMs,
      endMs,
      basis: columns.pauseEstimated ? 'inferred' : 'measured',
      port: where,
    },
  ];
  if (storms > 0) {
    evidence.push({
      text: 'the storm counter of the device grew, which normal overload never does',
      metric: 'pauseStormsPerSec',
      value: storms,
      unit: 'per_second',
      startMs,
      endMs,
      basis: 'measured',
      port: where,
    });
  }
  const util = at(columns.txUtil, port);
  if (!Number.isNaN(util)) {
    evidence.push({
      text: `while it sent ${percent(util)} of its line rate`,
      metric: 'txUtilFraction',
      value: util,
      unit: 'fraction',
      startMs,
      endMs,
      basis: 'measured',
      port: where,
    });
  }
  return evidence;
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 100)} %`;
}
