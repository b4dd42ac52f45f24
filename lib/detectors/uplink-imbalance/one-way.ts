import type { DetectorConfig } from '../config.ts';
import { type DeviceInterval, ROLE_RANK } from '../detector.ts';
import { effectiveFanIn } from '../incast/fan-in.ts';
import { isLearned, type Learning, learnUsual, levelOf, type UsualLevel } from '../usual-level.ts';

/** One uplink against the other members of its group. */
export interface Member {
  port: number;
  util: number;
  siblings: number;
  /** Size of the group. */
  members: number;
  congested: number;
  /** Mean of the whole group. */
  mean: number;
  maxOverMean: number;
}

/** Its siblings do next to nothing. */
export function isAlone(member: Member, config: DetectorConfig): boolean {
  return member.siblings < config.siblingIdleFraction * member.util;
}

/** Learns how much of the time in which an uplink is loaded its siblings are idle. */
export function learnOneWay(
  oneWay: UsualLevel,
  member: Member,
  elapsedMs: number,
  state: Learning,
  config: DetectorConfig,
): void {
  if (member.util < config.imbalanceAllowedFraction) return;
  learnUsual(oneWay, member.port, isAlone(member, config) ? 1 : 0, elapsedMs, state, config.quietLearnMs);
}

/**
 * The siblings are idle although several senders are at work below, and that is no chance: either more of them than
 * chance puts on one uplink, or this group has been seen to do otherwise all the time.
 */
export function isOneWay(interval: DeviceInterval, member: Member, oneWay: UsualLevel): boolean {
  const { columns, peerRank, neighbours, config } = interval;
  if (!isAlone(member, config)) return false;
  const own = ROLE_RANK[neighbours.role];
  const senders = effectiveFanIn(columns.rxBytes?.filter((_, port) => (peerRank[port] ?? -1) <= own) ?? []);
  if (member.members ** (1 - Math.max(1, senders)) <= config.siblingChanceFraction) return true;
  return (
    senders >= config.minFanIn &&
    isLearned(oneWay, member.port, config.quietNeedMs) &&
    levelOf(oneWay, member.port) <= config.siblingChanceFraction
  );
}
