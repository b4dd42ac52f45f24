import { type Detector, type DeviceInterval, memoryOf, ROLE_RANK } from '../detector.ts';
import type { Evidence } from '../episode.ts';
import type { Finding, Signal } from '../hysteresis.ts';
import { at, seen } from '../port-columns.ts';
import { balanceOf } from './balance.ts';

/** Pause from above that makes a full uplink a victim, not a collision. @source detection.md 4 */
const OWN_PAUSE_LIMIT = 0.05;

/** One uplink against the other members of its group. */
interface Member {
  port: number;
  util: number;
  siblings: number;
  congested: number;
  /** Mean of the whole group. */
  mean: number;
  maxOverMean: number;
}

/**
 * Uplinks of one switch towards the next tier that are loaded unevenly. `ecmp-collision`: one is congested (marked
 * queue, or the switch holds its own senders) while its siblings carry well under its load: spare capacity existed.
 * `uplink-imbalance`: a standing difference that loads the fullest link. A member below its expected rate is left to
 * link-degraded.
 * @source detection.md sections 4, 5 and 13 item 6
 */
export const uplinkImbalance: Detector = {
  family: 'uplinks',
  look(interval, memory, open, emit) {
    const { columns, frame, peerRank } = interval;
    if (columns.txUtil === undefined) return;
    const own = ROLE_RANK[interval.neighbours.role];
    if (own < ROLE_RANK.leaf) return;
    for (const members of groupsOf(interval, own)) lookAtGroup(interval, memory, members, open, emit);
    for (let port = 0; port < frame.ports.length; port++) {
      if ((peerRank[port] ?? -1) > own) continue;
      const finding = open(port);
      if (finding !== undefined) emit(port, quiet(interval, port, finding));
    }
  },
};

/** Port numbers by tier and nominal rate; a link that lost speed or is down is no member. */
function groupsOf(interval: DeviceInterval, own: number): number[][] {
  const { columns, frame, peerRank, neighbours, config } = interval;
  const groups = new Map<string, number[]>();
  for (let port = 0; port < frame.ports.length; port++) {
    const rank = peerRank[port] ?? -1;
    if (rank <= own || Number.isNaN(at(columns.txUtil, port)) || at(columns.linkUp, port) === 0) continue;
    const rate = at(columns.linkRate, port);
    const expected = neighbours.byPort.get(frame.ports[port] ?? '')?.expectedRateBitsPerSec ?? rate;
    if (rate < config.degradedRateFraction * expected) continue;
    const key = `${rank} ${expected}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [port]);
    else group.push(port);
  }
  return [...groups.values()].filter((group) => group.length >= 2);
}

function lookAtGroup(
  interval: DeviceInterval,
  memory: Parameters<Detector['look']>[1],
  members: readonly number[],
  open: (port: number) => Finding | undefined,
  emit: (port: number, signal: Signal) => void,
): void {
  const { columns, frame } = interval;
  const loads = members.map((port) => at(columns.txUtil, port));
  const total = loads.reduce((sum, load) => sum + load, 0);
  const fullest = members[loads.indexOf(Math.max(...loads))] ?? -1;
  const balance = balanceOf(loads);
  const pressure = memoryOf(memory, 'uplinks.pressure', frame.ports.length);
  for (const [index, port] of members.entries()) {
    const finding = open(port);
    if (port !== fullest && finding === undefined) continue;
    const util = loads[index] ?? 0;
    const member: Member = {
      port,
      util,
      siblings: (total - util) / (members.length - 1),
      congested: seen(columns.ecnShare, port) * util,
      mean: total / members.length,
      maxOverMean: balance?.maxOverMean ?? 1,
    };
    const signal = judge(interval, member, pressure, finding);
    if (signal.scoreSeconds > 0 || finding !== undefined) emit(port, signal);
  }
}

function judge(interval: DeviceInterval, member: Member, pressure: Float64Array, finding: Finding | undefined): Signal {
  const { columns, frame, config, peerRank } = interval;
  const { port, util, siblings, congested, mean } = member;
  const startMs = frame.startMs[port] ?? 0;
  const endMs = frame.endMs[port] ?? 0;
  const seconds = (endMs - startMs) / 1000;
  const paused = seen(columns.rxPause, port) >= OWN_PAUSE_LIMIT;
  const spare = !paused && siblings < config.siblingLoadFraction * util;
  const collided = spare ? congested - config.uplinkCongestedAllowedFraction : -config.uplinkCongestedAllowedFraction;

  // Without a marked queue: the load above the group's mean is what could have gone elsewhere.
  const own = ROLE_RANK[interval.neighbours.role];
  let held = 0;
  for (let other = 0; other < frame.ports.length; other++) {
    if ((peerRank[other] ?? -1) <= own && other !== port) held += seen(columns.txPause, other);
  }
  const known = pressure[port] ?? Number.NaN;
  pressure[port] = (finding === undefined || Number.isNaN(known) ? 0 : known) + held * seconds;
  const lopsided = spare && util >= 0.5 * config.imbalanceUtilFraction ? util - mean : 0;
  const standing = columns.ecnShare === undefined ? lopsided - config.imbalanceAllowedFraction : -1;

  const viaQueue = columns.ecnShare !== undefined;
  const scale = viaQueue ? 1 : config.uplinkOpenSeconds / config.imbalanceOpenSeconds;
  const since = finding?.sinceMs ?? startMs;
  const meanHeld = (pressure[port] ?? 0) / Math.max(1e-9, (endMs - since) / 1000);
  return {
    startMs,
    endMs,
    scoreSeconds: (viaQueue ? collided : standing) * scale * seconds,
    bad: (viaQueue ? collided : standing) > 0,
    confirmed: viaQueue || meanHeld > config.uplinkCongestedAllowedFraction,
    openSeconds: config.uplinkOpenSeconds,
    kind: 'ecmp-collision',
    severity: 'warning',
    priority: columns.priority,
    evidence: () => evidenceOf(interval, member, startMs, endMs),
  };
}

function quiet(interval: DeviceInterval, port: number, _finding: Finding): Signal {
  return {
    startMs: interval.frame.startMs[port] ?? Number.NaN,
    endMs: interval.frame.endMs[port] ?? Number.NaN,
    scoreSeconds: -1,
    bad: false,
    confirmed: false,
    openSeconds: Number.POSITIVE_INFINITY,
    kind: 'ecmp-collision',
    severity: 'info',
    priority: -1,
    evidence: () => [],
  };
}

function evidenceOf(interval: DeviceInterval, member: Member, startMs: number, endMs: number): Evidence[] {
  const { frame, config } = interval;
  const where = { device: frame.device, port: frame.ports[member.port] ?? '' };
  return [
    {
      text: `this uplink ran at ${Math.round(member.util * 100)} % while its siblings averaged ${Math.round(member.siblings * 100)} %`,
      metric: 'siblingLoadFraction',
      value: member.util > 0 ? member.siblings / member.util : 1,
      threshold: config.siblingLoadFraction,
      unit: 'ratio',
      startMs,
      endMs,
      basis: 'measured',
      port: where,
    },
    {
      text: `${Math.round(member.congested * 100)} % of its capacity left through a marked queue`,
      metric: 'congestedFraction',
      value: member.congested,
      threshold: config.uplinkCongestedAllowedFraction,
      unit: 'fraction',
      startMs,
      endMs,
      basis: 'measured',
      port: where,
    },
    {
      text: `the fullest uplink carried ${member.maxOverMean.toFixed(2)} times the mean`,
      metric: 'maxOverMean',
      value: member.maxOverMean,
      threshold: config.imbalanceRatio,
      unit: 'ratio',
      startMs,
      endMs,
      basis: 'measured',
      port: where,
    },
  ];
}
