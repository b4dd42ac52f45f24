import type { CounterName } from './reading.ts';

/** Tolerance on the physical maximum, for the error of the two time stamps. @source detection.md section 1 item 2 */
export const PHYSICAL_TOLERANCE = 1.05;

/** Smallest Ethernet frame with preamble and gap, bytes: 64 + 20. Bounds every packet counter, PFC frames included. */
export const MIN_FRAME_BYTES = 84;

/** One pause quantum, bits. @source IEEE 802.3 Annex 31B */
export const PAUSE_QUANTUM_BITS = 512;

/** Longest pause one frame can ask for, quanta. */
export const MAX_PAUSE_QUANTA = 65_535;

type Limit = (rateBitsPerSec: number) => number;

const packetRate: Limit = (rate) => rate / 8 / MIN_FRAME_BYTES;
const bitRate: Limit = (rate) => rate * 1.07;
const none: Limit = () => Number.POSITIVE_INFINITY;

/**
 * The most each counter can physically grow per second at a link rate. XOFF and XON alternate on devices that pause
 * per episode, so pause frames are bounded by the wire, not by the refresh rate of a standing pause (docs/adr/0010).
 */
const LIMITS: Record<CounterName, Limit> = {
  rxBytes: (rate) => rate / 8,
  txBytes: (rate) => rate / 8,
  rxPackets: packetRate,
  txPackets: packetRate,
  rxPauseFrames: packetRate,
  txPauseFrames: packetRate,
  rxPauseUs: () => 1e6,
  rxPauseUsAtMost: none,
  txPauseUs: () => 1e6,
  rxPauseQuanta: (rate) => rate / PAUSE_QUANTUM_BITS,
  txPauseQuanta: (rate) => rate / PAUSE_QUANTUM_BITS,
  rxPauseTransitions: packetRate,
  txPauseTransitions: packetRate,
  pauseStorms: () => 1_000,
  watchdogStorms: () => 1_000,
  ecnMarkedPackets: packetRate,
  cnpSent: packetRate,
  cnpHandled: packetRate,
  // Losses of an egress port may come from every ingress port at once.
  drops: none,
  outOfBuffer: packetRate,
  outOfSequence: packetRate,
  ackTimeouts: packetRate,
  retransmits: packetRate,
  xmitWaitTicks: none,
  correctedBits: bitRate,
  uncorrectableCodewords: packetRate,
  symbolErrors: bitRate,
  rxErrors: packetRate,
  linkRecoveries: () => 1_000,
  linkDowns: () => 1_000,
  codewordErrors: packetRate,
};

/**
 * The most a counter may have grown in an interval, tolerance included; Infinity where nothing bounds it or the rate
 * is unknown.
 * @param rateBitsPerSec NaN = unknown
 */
export function maxGrowth(counter: CounterName, rateBitsPerSec: number, elapsedSeconds: number): number {
  const limit = LIMITS[counter](rateBitsPerSec);
  return Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit * elapsedSeconds * PHYSICAL_TOLERANCE;
}

/** Where the rate is unknown or nothing bounds a counter, a fall is read as a wrap only below half its range. */
export function wrapCeiling(widthBits: 32 | 64): number {
  return widthBits === 32 ? 2 ** 31 : 2 ** 53;
}

/**
 * A 32-bit octet counter that wraps within two polls cannot be used.
 * @source detection.md section 1 item 4
 */
export function wrapsTooFast(
  counter: CounterName,
  widthBits: 32 | 64,
  rateBitsPerSec: number,
  pollSeconds: number,
): boolean {
  if (widthBits !== 32 || (counter !== 'rxBytes' && counter !== 'txBytes')) return false;
  return (2 ** 32 * 8) / rateBitsPerSec < 2 * pollSeconds;
}
