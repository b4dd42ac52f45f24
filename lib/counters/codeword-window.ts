import type { SampleFrame } from '../samples/frame.ts';
import type { ColumnSource } from './columns.ts';
import { subtractWords } from './delta.ts';
import {
  CODEWORD_BINS,
  codewordsIn,
  interleaveOf,
  laneOverhead,
  PAM4_FROM_BITS_PER_SEC,
  predictedFrameLoss,
} from './frame-loss.ts';
import type { CounterColumn, ReadingFrame } from './reading.ts';

/** @source detection.md section 6: SONiC's window of the predicted frame loss */
const WINDOW_MS = 120_000;

/**
 * Where the window of each port began, and what its bins stood at. Kept of devices that have bins, and of no other; a
 * restart begins its windows anew.
 */
export interface CodewordWindow {
  /** [port] ms; NaN = none yet. */
  startMs: Float64Array;
  /** [port * CODEWORD_BINS + bin] */
  high: Uint32Array;
  low: Uint32Array;
  /** [port] bit by bin: 1 where the words above hold a value. */
  known: Uint16Array;
}

const difference = { fell: false, amount: 0 };
const grown = new Float64Array(CODEWORD_BINS);

/**
 * Takes the bins of one poll and adds the predicted frame loss of the ports whose window is full, as a frame of its own.
 * @param bins columns of `codewordErrors`
 * @param broken [port] 1 where something outside the counters ended the interval
 */
export function advanceWindow(
  before: CodewordWindow | undefined,
  reading: ReadingFrame,
  bins: readonly CounterColumn[],
  broken: Uint8Array,
  frames: SampleFrame[],
  source: ColumnSource,
): CodewordWindow | undefined {
  if (bins.length === 0) return before;
  const window = before ?? newWindow(reading.ports.length);
  const ports = reading.ports.length;
  const [startMs, endMs, values] = [source.take(ports), source.take(ports), source.take(ports)];
  for (const column of [startMs, endMs, values]) column.fill(Number.NaN);
  let full = false;
  for (let port = 0; port < ports; port++) {
    const atMs = reading.atMs[port] ?? Number.NaN;
    if (Number.isNaN(atMs)) continue;
    const sinceMs = window.startMs[port] ?? Number.NaN;
    if (atMs - sinceMs < WINDOW_MS && broken[port] !== 1) continue;
    if (atMs > sinceMs && broken[port] !== 1) {
      const loss = lossOf(window, reading, bins, port, (atMs - sinceMs) / 1000);
      if (!Number.isNaN(loss)) {
        startMs[port] = sinceMs;
        endMs[port] = atMs;
        values[port] = loss;
        full = true;
      }
    }
    begin(window, bins, port, atMs);
  }
  if (full) {
    const columns = [{ field: 'predictedFrameLossRatio' as const, priority: -1, values }];
    frames.push({
      device: reading.device,
      ports: reading.ports,
      startMs,
      endMs,
      quality: new Uint8Array(ports),
      columns,
    });
  }
  return window;
}

function newWindow(ports: number): CodewordWindow {
  return {
    startMs: new Float64Array(ports).fill(Number.NaN),
    high: new Uint32Array(ports * CODEWORD_BINS),
    low: new Uint32Array(ports * CODEWORD_BINS),
    known: new Uint16Array(ports),
  };
}

function begin(window: CodewordWindow, bins: readonly CounterColumn[], port: number, atMs: number): void {
  let known = 0;
  for (const { priority: bin, high, low, present } of bins) {
    if (present[port] !== 1) continue;
    window.high[port * CODEWORD_BINS + bin] = high[port] ?? 0;
    window.low[port * CODEWORD_BINS + bin] = low[port] ?? 0;
    known |= 1 << bin;
  }
  window.known[port] = known;
  window.startMs[port] = known === 0 ? Number.NaN : atMs;
}

/** NaN where a bin fell, or where they tell nothing. */
function lossOf(
  window: CodewordWindow,
  reading: ReadingFrame,
  bins: readonly CounterColumn[],
  port: number,
  seconds: number,
): number {
  grown.fill(Number.NaN);
  let all = 0;
  for (const { priority: bin, high, low, present, widthBits } of bins) {
    const at = port * CODEWORD_BINS + bin;
    if (present[port] !== 1 || (((window.known[port] ?? 0) >> bin) & 1) === 0) continue;
    subtractWords(window.high[at] ?? 0, window.low[at] ?? 0, high[port] ?? 0, low[port] ?? 0, widthBits, difference);
    if (difference.fell) return Number.NaN;
    grown[bin] = difference.amount;
    all += difference.amount;
  }
  const rate = reading.linkRateBitsPerSec[port] ?? Number.NaN;
  // RS(528,514), below, gives up at eight wrong symbols: a line drawn on to sixteen would say nothing of it.
  if (!(rate >= PAM4_FROM_BITS_PER_SEC)) return Number.NaN;
  // Where the good ones are not counted, the wire tells how many there were.
  const codewords = (grown[0] ?? 0) > 0 ? all : codewordsIn(rate * laneOverhead(rate) * seconds, rate);
  return predictedFrameLoss(grown, codewords, interleaveOf(rate));
}
