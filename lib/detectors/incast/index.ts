import { intervalsNeeded, moreWhereUsual } from '../config.ts';
import { type Detector, type DeviceInterval, memoryOf, ROLE_RANK } from '../detector.ts';
import type { Evidence } from '../episode.ts';
import type { Finding, Signal } from '../hysteresis.ts';
import { at, seen } from '../port-columns.ts';
import { isLearned, learningState, learnUsual, levelOf, type UsualLevel, usualLevel } from '../usual-level.ts';
import { effectiveFanIn } from './fan-in.ts';

/** Pause the port itself may receive and still be the place where the queue begins. @source detection.md 3 */
const OWN_PAUSE_LIMIT = 0.05;

/**
 * Many senders to one host-facing port. What scales from fabric to fabric is the share of the port's capacity that
 * left through a marked queue (marked share x utilisation = time spent draining it), against the port's own usual
 * level, together with the pause its switch asserts on others meanwhile. A port that is itself paused only passes on
 * what its host does.
 * @source detection.md section 3 and 13 item 3; docs/adr/0011
 */
export const incast: Detector = {
  family: 'incast',
  look(interval, memory, open, emit) {
    const { columns, frame, neighbours, peerRank } = interval;
    if (neighbours.role === 'host' || columns.txUtil === undefined) return;
    if (columns.ecnShare === undefined && columns.txPause === undefined) return;
    const usual = usualLevel(memory, 'incast.usual', frame.ports.length);
    const sums: Sums = {
      pressure: memoryOf(memory, 'incast.pressure', frame.ports.length),
      standing: memoryOf(memory, 'incast.standing', frame.ports.length),
    };
    for (let port = 0; port < frame.ports.length; port++) {
      if ((peerRank[port] ?? -1) > ROLE_RANK.host) continue;
      if (Number.isNaN(frame.endMs[port] ?? Number.NaN) || Number.isNaN(at(columns.txUtil, port))) continue;
      const signal = judge(interval, port, usual, sums, open(port));
      if (signal !== null) emit(port, signal);
    }
  },
};

/** What is summed up since a suspicion began. */
interface Sums {
  /** [port] pause its switch asserted on other ports, port-seconds. */
  pressure: Float64Array;
  /** [port] time spent draining a marked queue, s. */
  standing: Float64Array;
}

/** What one interval says of one port; null where there is neither evidence nor an open finding. */
function judge(
  interval: DeviceInterval,
  port: number,
  usual: UsualLevel,
  sums: Sums,
  finding: Finding | undefined,
): Signal | null {
  const { columns, frame, config } = interval;
  const startMs = frame.startMs[port] ?? Number.NaN;
  const endMs = frame.endMs[port] ?? Number.NaN;
  const seconds = (endMs - startMs) / 1000;
  const congested = Math.max(
    seen(columns.ecnShare, port) * at(columns.txUtil, port),
    interval.pressure.port === port && !columns.pauseEstimated ? config.pressureWeight * interval.pressure.net : 0,
  );
  const learned = isLearned(usual, port, config.quietNeedMs);
  const allowed = Math.max(config.congestedAllowedFraction, config.congestedQuietFactor * levelOf(usual, port));
  const state = learningState(finding, congested > allowed);
  learnUsual(usual, port, congested, endMs - startMs, state, config.quietLearnMs);

  const paused = seen(columns.rxPause, port) >= OWN_PAUSE_LIMIT;
  const evidenced = paused || !learned ? 0 : congested;
  if (finding === undefined && evidenced <= allowed) {
    sums.pressure[port] = Number.NaN;
    sums.standing[port] = Number.NaN;
    return null;
  }
  const elapsed = Math.max(1e-9, (endMs - (finding?.sinceMs ?? startMs)) / 1000);
  const meanPressure =
    addTo(sums.pressure, port, (interval.pressure.asserted - seen(columns.txPause, port)) * seconds) / elapsed;
  const meanStanding = addTo(sums.standing, port, evidenced * seconds) / elapsed;
  const fanIn = fanInOf(interval, port);
  return {
    startMs,
    endMs,
    scoreSeconds: (Math.min(evidenced, allowed + config.congestedClipFraction) - allowed) * seconds,
    minSpanMs: config.congestedSpanMs,
    minIntervals: intervalsNeeded(endMs - startMs, config),
    bad: evidenced >= allowed,
    level: evidenced,
    confirmed:
      (meanPressure >= config.pressureFraction || meanStanding >= config.standingFraction) && fanIn >= config.minFanIn,
    openSeconds: config.congestedOpenSeconds * moreWhereUsual(allowed, config.congestedAllowedFraction, config),
    kind: 'incast',
    severity: 'warning',
    priority: columns.priority,
    evidence: () => evidenceOf(interval, port, congested, allowed, meanPressure, fanIn),
  };
}

/** Adds to a port's sum and returns it. */
function addTo(sums: Float64Array, port: number, value: number): number {
  const known = sums[port] ?? Number.NaN;
  const sum = (Number.isNaN(known) ? 0 : known) + value;
  sums[port] = sum;
  return sum;
}

function fanInOf(interval: DeviceInterval, port: number): number {
  const { rxBytes } = interval.columns;
  if (rxBytes === undefined) return Number.POSITIVE_INFINITY;
  const shares: number[] = [];
  for (let other = 0; other < rxBytes.length; other++) if (other !== port) shares.push(rxBytes[other] ?? 0);
  return effectiveFanIn(shares);
}

function evidenceOf(
  interval: DeviceInterval,
  port: number,
  congested: number,
  allowed: number,
  pressure: number,
  fanIn: number,
): Evidence[] {
  const { frame, config } = interval;
  const startMs = frame.startMs[port] ?? 0;
  const endMs = frame.endMs[port] ?? 0;
  const where = { device: frame.device, port: frame.ports[port] ?? '' };
  const evidence: Evidence[] = [
    {
      text: `this port drained a standing queue ${Math.round(congested * 100)} % of the time`,
      metric: 'congestedFraction',
      value: congested,
      threshold: allowed,
      unit: 'fraction',
      startMs,
      endMs,
      basis: 'measured',
      port: where,
    },
    {
      text: `meanwhile the switch held its other ports for ${pressure.toFixed(2)} port-seconds a second`,
      metric: 'txPauseFraction',
      value: pressure,
      threshold: config.pressureFraction,
      unit: 'ratio',
      startMs,
      endMs,
      basis: 'measured',
      port: where,
    },
  ];
  if (Number.isFinite(fanIn)) {
    evidence.push({
      text: `${fanIn.toFixed(1)} effective senders came in over the other ports`,
      metric: 'effectiveFanIn',
      value: fanIn,
      threshold: config.minFanIn,
      unit: 'count',
      startMs,
      endMs,
      basis: 'inferred',
      port: where,
    });
  }
  return evidence;
}
