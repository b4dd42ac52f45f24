import { type Detector, type DetectorMemory, type DeviceInterval, memoryOf, ROLE_RANK } from '../detector.ts';
import type { Evidence } from '../episode.ts';
import type { Finding, Signal } from '../hysteresis.ts';
import { at } from '../port-columns.ts';
import { judgeSpread, type Spread, spreadOf } from './spread.ts';

/** A window that grew longer than this many times what was asked for has a gap in it and says nothing. */
const LONGEST_WINDOW = 3;
/** A member watched for less of the window than this was down, slow or not read. */
const WATCHED_SHARE = 0.8;

/** What is kept of each port in the window that runs. */
interface Window {
  startMs: Float64Array;
  endMs: Float64Array;
  /** Utilisation x seconds, and seconds. */
  load: Float64Array;
  seconds: Float64Array;
}

/** One window that is complete. */
interface Closed {
  startMs: number;
  endMs: number;
  windows: number;
}

/** One uplink group in one window. */
interface Group {
  ports: number[];
  utils: number[];
}

/**
 * Uplinks of one switch towards one tier that have been loaded unevenly for several windows, so that the fullest
 * fills up while the others have room. A group has one finding, at the member that was fullest when it began. What
 * hurts at once is left to the collision detector; links that are down or below their rate are no members.
 * @source detection.md section 5
 */
export const standingImbalance: Detector = {
  family: 'standing',
  look(interval, memory, open, emit) {
    const { columns, frame, config, neighbours } = interval;
    const own = ROLE_RANK[neighbours.role];
    if (columns.txUtil === undefined || own < ROLE_RANK.leaf) return;
    const window = windowOf(memory, frame.ports.length);
    const pollMs = addInterval(interval, window, own);
    const closed = closeWindow(window, Math.max(config.standingWindowMs, config.standingPolls * pollMs));
    if (closed === null) {
      for (let port = 0; port < frame.ports.length; port++) {
        const finding = open(port);
        if (finding !== undefined) emit(port, waiting(interval, port, finding));
      }
      return;
    }
    const judged = new Set<number>();
    for (const group of groupsOf(interval, window, closed, own))
      judgeGroup(interval, group, closed, open, emit, judged);
    for (let port = 0; port < frame.ports.length; port++) {
      window.load[port] = Number.NaN;
      window.seconds[port] = Number.NaN;
      window.startMs[port] = Number.NaN;
      window.endMs[port] = Number.NaN;
      const finding = open(port);
      if (finding !== undefined && !judged.has(port)) emit(port, signalOf(interval, port, closed, finding, null));
    }
  },
};

function windowOf(memory: DetectorMemory, ports: number): Window {
  const of = (name: string): Float64Array => memoryOf(memory, `standing.${name}`, ports);
  return { startMs: of('start'), endMs: of('end'), load: of('load'), seconds: of('seconds') };
}

/** Adds the interval of every uplink. @returns the length of an interval, ms */
function addInterval(interval: DeviceInterval, window: Window, own: number): number {
  const { columns, frame, neighbours, peerRank, config } = interval;
  let length = 0;
  for (let port = 0; port < frame.ports.length; port++) {
    const endMs = frame.endMs[port] ?? Number.NaN;
    const util = at(columns.txUtil, port);
    if ((peerRank[port] ?? -1) <= own || Number.isNaN(endMs)) continue;
    const startMs = frame.startMs[port] ?? endMs;
    length = Math.max(length, endMs - startMs);
    if (Number.isNaN(window.startMs[port] ?? Number.NaN)) {
      window.startMs[port] = startMs;
      window.load[port] = 0;
      window.seconds[port] = 0;
    }
    window.endMs[port] = endMs;
    const rate = at(columns.linkRate, port);
    const expected = neighbours.byPort.get(frame.ports[port] ?? '')?.expectedRateBitsPerSec ?? rate;
    const fit = at(columns.linkUp, port) !== 0 && !(rate < config.degradedRateFraction * expected);
    if (!fit || Number.isNaN(util)) continue;
    window.load[port] = (window.load[port] ?? 0) + (util * (endMs - startMs)) / 1000;
    window.seconds[port] = (window.seconds[port] ?? 0) + (endMs - startMs) / 1000;
  }
  return length;
}

/** The window as a whole once it is long enough; null while it still runs. */
function closeWindow(window: Window, needMs: number): Closed | null {
  let startMs = Number.POSITIVE_INFINITY;
  let endMs = Number.NEGATIVE_INFINITY;
  for (let port = 0; port < window.startMs.length; port++) {
    const start = window.startMs[port] ?? Number.NaN;
    const end = window.endMs[port] ?? Number.NaN;
    if (start < startMs) startMs = start;
    if (end > endMs) endMs = end;
  }
  const length = endMs - startMs;
  if (!(length >= needMs)) return null;
  return { startMs, endMs, windows: length > LONGEST_WINDOW * needMs ? 0 : 1 };
}

/** Uplinks by tier and rate, with their mean load over the window. */
function groupsOf(interval: DeviceInterval, window: Window, closed: Closed, own: number): Group[] {
  const { columns, frame, neighbours, peerRank } = interval;
  const least = (WATCHED_SHARE * (closed.endMs - closed.startMs)) / 1000;
  const groups = new Map<string, Group>();
  for (let port = 0; port < frame.ports.length; port++) {
    const rank = peerRank[port] ?? -1;
    const seconds = window.seconds[port] ?? Number.NaN;
    if (rank <= own || !(seconds >= least)) continue;
    const expected = neighbours.byPort.get(frame.ports[port] ?? '')?.expectedRateBitsPerSec;
    const key = `${rank} ${expected ?? at(columns.linkRate, port)}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { ports: [], utils: [] };
      groups.set(key, group);
    }
    group.ports.push(port);
    group.utils.push((window.load[port] ?? 0) / seconds);
  }
  return [...groups.values()];
}

function judgeGroup(
  interval: DeviceInterval,
  group: Group,
  closed: Closed,
  open: (port: number) => Finding | undefined,
  emit: (port: number, signal: Signal) => void,
  judged: Set<number>,
): void {
  const { config } = interval;
  const spread = closed.windows === 0 ? null : spreadOf(group.utils);
  const verdict =
    spread === null
      ? 'even'
      : judgeSpread(spread, group.ports.length, {
          minMeanUtil: config.standingMinMeanUtil,
          ratio: config.imbalanceRatio,
          maxUtil: config.imbalanceUtilFraction,
          flows: config.uplinkFlows,
        });
  if (spread === null || verdict === 'even') return;
  const fullest = group.ports[group.utils.indexOf(spread.maxUtil)] ?? -1;
  const port = group.ports.find((member) => open(member) !== undefined) ?? fullest;
  judged.add(port);
  emit(port, signalOf(interval, port, closed, open(port), { spread, verdict, fullest, links: group.ports.length }));
}

/** What one bad window of a group showed. */
interface Uneven {
  spread: Spread;
  verdict: 'imbalanced' | 'polarised';
  fullest: number;
  links: number;
}

/** One window: a bad one counts one, a good one forgets a suspicion and drains a finding. */
function signalOf(
  interval: DeviceInterval,
  port: number,
  closed: Closed,
  finding: Finding | undefined,
  uneven: Uneven | null,
): Signal {
  const { config } = interval;
  const good = finding?.episode == null ? -config.standingWindows : -1;
  return {
    startMs: closed.startMs,
    endMs: endOf(interval, port, closed.endMs),
    scoreSeconds: uneven === null ? good : 1,
    bad: uneven !== null,
    confirmed: true,
    openSeconds: config.standingWindows,
    holdMs: config.standingWindows * (closed.endMs - closed.startMs),
    kind: 'uplink-imbalance',
    severity: uneven?.verdict === 'polarised' ? 'critical' : 'warning',
    priority: -1,
    evidence: () => (uneven === null ? [] : evidenceOf(interval, closed, uneven)),
  };
}

/** Between windows a finding only learns that its port is still there. */
function waiting(interval: DeviceInterval, port: number, finding: Finding): Signal {
  const endMs = endOf(interval, port, finding.lastEndMs);
  return {
    startMs: endMs,
    endMs,
    scoreSeconds: 0,
    bad: false,
    confirmed: false,
    openSeconds: interval.config.standingWindows,
    holdMs: Number.POSITIVE_INFINITY,
    kind: 'uplink-imbalance',
    severity: 'info',
    priority: -1,
    evidence: () => [],
  };
}

function endOf(interval: DeviceInterval, port: number, otherwise: number): number {
  const endMs = interval.frame.endMs[port] ?? Number.NaN;
  return Number.isNaN(endMs) ? otherwise : endMs;
}

function evidenceOf(interval: DeviceInterval, closed: Closed, uneven: Uneven): Evidence[] {
  const { frame, config } = interval;
  const { spread, verdict, fullest, links } = uneven;
  const where = {
    startMs: closed.startMs,
    endMs: closed.endMs,
    basis: 'measured' as const,
    port: { device: frame.device, port: frame.ports[fullest] ?? '' },
  };
  return [
    {
      text: `of ${links} uplinks the fullest carried ${spread.maxOverMean.toFixed(2)} times the mean, ${config.standingWindows} windows in a row`,
      metric: 'maxOverMean',
      value: spread.maxOverMean,
      threshold: config.imbalanceRatio,
      unit: 'ratio',
      ...where,
    },
    {
      text: `it ran at ${Math.round(spread.maxUtil * 100)} % while the mean was ${Math.round(spread.meanUtil * 100)} %${verdict === 'polarised' ? ': more than chance explains (polarised)' : ''}`,
      metric: 'txUtilFraction',
      value: spread.maxUtil,
      threshold: config.imbalanceUtilFraction,
      unit: 'fraction',
      ...where,
    },
  ];
}
