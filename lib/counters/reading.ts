/**
 * Cumulative counters a collector can hand over, already in base units (bytes, packets, frames, µs, quanta, bits):
 * the collector's parser is the only place that changes units.
 */
export const COUNTERS = [
  'rxBytes',
  'txBytes',
  'rxPackets',
  'txPackets',
  'rxPauseFrames',
  'txPauseFrames',
  'rxPauseUs',
  /** What the device estimates from frames: paused for this long at the most. */
  'rxPauseUsAtMost',
  'txPauseUs',
  'rxPauseQuanta',
  'txPauseQuanta',
  'rxPauseTransitions',
  'txPauseTransitions',
  'pauseStorms',
  'watchdogStorms',
  'ecnMarkedPackets',
  'cnpSent',
  'cnpHandled',
  'drops',
  'outOfBuffer',
  'outOfSequence',
  'ackTimeouts',
  /** Packets this port sent again, or was told to (NAK of a sequence error): its peer missed something. */
  'retransmits',
  'xmitWaitTicks',
  'correctedBits',
  'uncorrectableCodewords',
  'symbolErrors',
  /** Packets that arrived broken (FCS, CRC; InfiniBand PortRcvErrors). */
  'rxErrors',
  /** Times an InfiniBand link trained itself anew without going down (LinkErrorRecovery). */
  'linkRecoveries',
  'linkDowns',
  /** Codewords by how many of their symbols were wrong: the column's `priority` is that number, 0 to 15. */
  'codewordErrors',
] as const;
export type CounterName = (typeof COUNTERS)[number];

/** Values that are a state now, not a total. queueWatermarkBytes is the maximum since the last read or refresh. */
export const GAUGES = [
  'queueBytes',
  'queueWatermarkBytes',
  /** Most bytes of a lossless priority's ingress buffer in use, and of its headroom behind a sent pause. */
  'ingressWatermarkBytes',
  'headroomWatermarkBytes',
  'pciStallFraction',
  'preFecBer',
  'rxPowerDbm',
  /** Signal to noise of the worst lane, as the receiver measures it. */
  'rxSnrDb',
  'temperatureC',
] as const;
export type GaugeName = (typeof GAUGES)[number];

/** One cumulative counter of every port of a device, as two 32-bit words so that no Counter64 loses a bit. */
export interface CounterColumn {
  counter: CounterName;
  /** PFC priority 0..7, or -1 for the whole port; of `codewordErrors` the bin. */
  priority: number;
  /** Bits at which the device's counter wraps. */
  widthBits: 32 | 64;
  /** True for counters that stop at their maximum instead of wrapping (InfiniBand 32-bit PMA). */
  saturates?: boolean;
  /** [port] upper and lower words, unsigned. */
  high: Uint32Array;
  low: Uint32Array;
  /** [port] 1 where the device gave the value in this poll, else 0. */
  present: Uint8Array;
}

export interface GaugeColumn {
  gauge: GaugeName;
  priority: number;
  /** [port]; NaN = not given. */
  values: Float64Array;
}

/** One poll of one device, raw: what every collector's `source` and `parse` yield and the normaliser reads. */
export interface ReadingFrame {
  device: string;
  ports: readonly string[];
  /** [port] when the values were true: device time if the protocol gives one, else midpoint of request and answer (Unix ms). NaN: port not read in this poll. */
  atMs: Float64Array;
  /** Half a round trip plus known refresh delay, ms. */
  clockErrorMs: number;
  /** Anything that changes when the device or agent restarts (snmpEngineBoots, boot_id). */
  bootId?: string;
  /** sysUpTime in ms; a fall is a restart. */
  uptimeMs?: number;
  /** [port] ifCounterDiscontinuityTime in ms of uptime; a change resets that port. */
  discontinuityMs?: Float64Array;
  /** [port] how often the port is asked, ms, where that is more seldom than the rest of the device; else 0. */
  expectedIntervalMs?: Float64Array;
  /** [port] current speed; NaN = unknown. */
  linkRateBitsPerSec: Float64Array;
  /** [port] 1 up, 0 down, 255 unknown. */
  linkUp: Uint8Array;
  counters: CounterColumn[];
  gauges: GaugeColumn[];
}
