import { intervalsNeeded, moreWhereUsual } from '../config.ts';
import { type Detector, type DetectorMemory, type DeviceInterval, memoryOf, ROLE_RANK } from '../detector.ts';
import type { Evidence } from '../episode.ts';
import type { Finding, Signal } from '../hysteresis.ts';
import { at, seen } from '../port-columns.ts';
import { fullnessOf } from '../pressure.ts';
import { isLearned, learningState, learnUsual, levelOf, type UsualLevel, usualLevel } from '../usual-level.ts';
import { balanceOf } from './balance.ts';
import { isOneWay, learnOneWay, type Member } from './one-way.ts';

/** Pause from above that makes a full uplink a victim, not a collision. @source detection.md 4 */
const OWN_PAUSE_LIMIT = 0.05;

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
    if (Number.isNaN(frame.endMs[port] ?? Number.NaN)) continue;
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
  memory: DetectorMemory,
  members: readonly number[],
  open: (port: number) => Finding | undefined,
  emit: (port: number, signal: Signal) => void,
): void {
  const { columns, frame } = interval;
  const loads = members.map((port) => at(columns.txUtil, port));
  const total = loads.reduce((sum, load) => sum + load, 0);
  const balance = balanceOf(loads);
  const learning: Learning = {
    usual: usualLevel(memory, 'uplinks.usual', frame.ports.length),
    held: memoryOf(memory, 'uplinks.held', frame.ports.length),
    oneWay: usualLevel(memory, 'uplinks.oneWay', frame.ports.length),
  };
  for (const [index, port] of members.entries()) {
    const util = loads[index] ?? 0;
    const signal = judge(
      interval,
      {
        port,
        util,
        siblings: (total - util) / (members.length - 1),
        members: members.length,
        congested: seen(columns.ecnShare, port) * util,
        mean: total / members.length,
        maxOverMean: balance?.maxOverMean ?? 1,
      },
      learning,
      open(port),
    );
    if (signal !== null) emit(port, signal);
  }
}

/** What the detector remembers of each uplink. */
interface Learning {
  usual: UsualLevel;
  /** [port] pause the switch asserted on its own senders since the suspicion began, port-seconds. */
  held: Float64Array;
  /** [port] share of the time in which its siblings were idle while it was loaded. */
  oneWay: UsualLevel;
}

/**
 * Evidence of one interval: where queues are marked, the share of capacity that left through one although siblings
 * had room; else the load above the group's mean. Both against the port's own usual: hashing leaves standing
 * differences that a fabric lives with.
 */
function judge(
  interval: DeviceInterval,
  member: Member,
  learning: Learning,
  finding: Finding | undefined,
): Signal | null {
  const { columns, frame, config } = interval;
  const { port, util, siblings, congested, mean } = member;
  const startMs = frame.startMs[port] ?? 0;
  const endMs = frame.endMs[port] ?? 0;
  const seconds = (endMs - startMs) / 1000;
  const viaQueue = columns.ecnShare !== undefined;
  const spare = seen(columns.rxPause, port) < OWN_PAUSE_LIMIT && siblings < config.siblingLoadFraction * util;
  const held = heldHere(interval, member);
  const oneWay = isOneWay(interval, member, learning.oneWay);
  const queued = Math.max(congested, held, oneWay ? fullnessOf(util) : 0);
  const value = spare ? (viaQueue ? queued : util - mean) : 0;
  const least = viaQueue ? config.uplinkCongestedAllowedFraction : config.imbalanceAllowedFraction;
  const { usual, held: heldSince } = learning;
  const allowed = Math.max(least, config.congestedQuietFactor * levelOf(usual, port));
  const learned = isLearned(usual, port, config.quietNeedMs);
  const state = learningState(finding, value > allowed);
  learnUsual(usual, port, value, endMs - startMs, state, config.quietLearnMs);
  learnOneWay(learning.oneWay, member, endMs - startMs, state, config);
  if (finding === undefined && (!learned || value <= allowed)) return null;

  const known = heldSince[port] ?? Number.NaN;
  heldSince[port] = (finding === undefined || Number.isNaN(known) ? 0 : known) + heldBelow(interval, port) * seconds;
  const meanHeld = (heldSince[port] ?? 0) / Math.max(1e-9, (endMs - (finding?.sinceMs ?? startMs)) / 1000);
  return {
    startMs,
    endMs,
    scoreSeconds: (Math.min(value, allowed + config.uplinkClipFraction) - allowed) * seconds,
    minSpanMs: config.congestedSpanMs,
    minIntervals: intervalsNeeded(endMs - startMs, config),
    bad: value >= allowed,
    level: value,
    // Somebody must be hurt, or all the switch sends goes this one way: hashing few big flows fills single uplinks too.
    confirmed: meanHeld >= config.pressureFraction || oneWay,
    openSeconds:
      (viaQueue ? config.uplinkOpenSeconds : config.imbalanceOpenSeconds) * moreWhereUsual(allowed, least, config),
    kind: 'ecmp-collision',
    severity: 'warning',
    priority: columns.priority,
    evidence: () => evidenceOf(interval, member, allowed, startMs, endMs),
  };
}

/**
 * What the pause the switch asserts says of this uplink, as congested share. Where marks are counted and there are too
 * few of them here, the pause may begin anywhere in the switch, unless the siblings are idle.
 */
function heldHere({ columns, pressure, config }: DeviceInterval, member: Member): number {
  if (pressure.port !== member.port || columns.pauseEstimated) return 0;
  const unmarked = columns.ecnShare !== undefined && member.congested < config.uplinkCongestedAllowedFraction;
  if (unmarked && member.siblings >= config.siblingIdleFraction * member.util) return 0;
  return config.pressureWeight * pressure.net;
}

/** Pause the switch asserts on the ports below it, summed over ports. */
function heldBelow(interval: DeviceInterval, port: number): number {
  const own = ROLE_RANK[interval.neighbours.role];
  let held = 0;
  for (let other = 0; other < interval.frame.ports.length; other++) {
    if ((interval.peerRank[other] ?? -1) <= own && other !== port) held += seen(interval.columns.txPause, other);
  }
  return held;
}

function quiet(interval: DeviceInterval, port: number, _finding: Finding): Signal {
  return {
    startMs: interval.frame.startMs[port] ?? Number.NaN,
    endMs: interval.frame.endMs[port] ?? Number.NaN,
    scoreSeconds: -1,
    bad: false,
    confirmed: false,
    openSeconds: interval.config.uplinkOpenSeconds,
    kind: 'ecmp-collision',
    severity: 'info',
    priority: -1,
    evidence: () => [],
  };
}

function evidenceOf(
  interval: DeviceInterval,
  member: Member,
  allowed: number,
  startMs: number,
  endMs: number,
): Evidence[] {
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
      threshold: allowed,
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
