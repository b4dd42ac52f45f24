/**
 * The model runs a fabric in slow motion: 1 µs of the fabric is 1 ms of model time, and rates stay at link scale. A
 * tick of 5 model ms is then 5 µs, short enough to see queues, pause and rate control act, and cheap enough to run in
 * real time. Queue sizes are STRETCH times the real ones inside and are divided by it when they are shown; one event
 * of the model (an XOFF, a CNP) stands for STRETCH real ones.
 */
export const STRETCH = 1000;

/** Model ms per tick. */
export const TICK_MS = 5;

/** Bytes of one full-size RoCE frame: 4096 of payload and its headers. */
export const FRAME_BYTES = 4158;

/** Bytes of one PFC frame on the wire. */
export const PAUSE_FRAME_BYTES = 64;

export interface NetworkSettings {
  /** Shared buffer of a switch, real bytes. */
  switchBufferBytes: number;
  /** Dynamic threshold: an ingress is told to stop above alpha x free shared buffer (Choudhury-Hahne). */
  xoffAlpha: number;
  /** XON is sent when the ingress has fallen this many real bytes below its XOFF threshold. */
  xonGapBytes: number;
  /** ECN marking starts and reaches its maximum at these queue sizes, real bytes at 100 Gb/s; scaled with the rate. */
  ecnMinBytes: number;
  ecnMaxBytes: number;
  ecnMaxProbability: number;
  /** Receive buffer of a NIC, real bytes. */
  nicBufferBytes: number;
  /** A held XOFF is repeated this often, µs of the fabric. */
  xoffRefreshUs: number;
}

/** Sizes of a common shared-buffer switch; marking as in the DCQCN paper's order of magnitude. */
export const DEFAULT_NETWORK: NetworkSettings = {
  switchBufferBytes: 8_000_000,
  xoffAlpha: 0.125,
  xonGapBytes: 40_000,
  ecnMinBytes: 100_000,
  ecnMaxBytes: 400_000,
  ecnMaxProbability: 0.2,
  nicBufferBytes: 600_000,
  xoffRefreshUs: 150,
};
