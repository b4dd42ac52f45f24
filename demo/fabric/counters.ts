/**
 * What every port counts, cumulative since the model began. Kept as doubles with their fractions: exact below 2^53,
 * which a 100 Gb/s port reaches after eight days; the agents carry them on in 64-bit integers (see TotalCounters).
 */
export const PORT_COUNTERS = [
  'txBytes',
  'rxBytes',
  'txPackets',
  'rxPackets',
  'txPauseFrames',
  'txResumeFrames',
  'rxPauseFrames',
  'rxResumeFrames',
  'rxPauseUs',
  'txPauseUs',
  'ecnMarkedPackets',
  'drops',
  'cnpSent',
  'cnpHandled',
  'ecnReceivedPackets',
  'outOfSequence',
  'ackTimeouts',
  'linkDowns',
  'pauseStorms',
] as const;
export type PortCounter = (typeof PORT_COUNTERS)[number];

/** [port] per counter. */
export type PortCounters = Record<PortCounter, Float64Array>;

export function createPortCounters(ports: number): PortCounters {
  return Object.fromEntries(PORT_COUNTERS.map((name) => [name, new Float64Array(ports)])) as PortCounters;
}

export function clonePortCounters(counters: PortCounters): PortCounters {
  return Object.fromEntries(PORT_COUNTERS.map((name) => [name, counters[name].slice()])) as PortCounters;
}
