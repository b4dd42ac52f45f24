import { laneOverhead } from '../../counters/frame-loss.ts';
import type { Severity } from '../../kinds.ts';
import { type Detector, type DetectorMemory, type DeviceInterval, memoryOf } from '../detector.ts';
import { at } from '../port-columns.ts';
import { type BitErrors, bitErrorRank, bitErrorsOf, countBitErrors, forgetBitErrors } from './bit-errors.ts';
import {
  type Codewords,
  codewordRank,
  codewordsNow,
  codewordsOf,
  countCodewords,
  forgetCodewords,
} from './codewords.ts';
import { degradedEvidence } from './evidence.ts';
import { type Foretold, foretoldOf, forgetForetold, noteForetold } from './foretold.ts';
import type { LinkTrouble } from './trouble.ts';

/** What the detector remembers of a device's links. */
interface LinkMemory {
  best: Float64Array;
  rate: Float64Array;
  slow: Float64Array;
  up: Float64Array;
  /** Errors mean nothing before this, ms. */
  exemptUntilMs: Float64Array;
  /** End of the last interval that was bad for its errors, ms. */
  noisyMs: Float64Array;
  /** 1 on ports that count credit waits: InfiniBand. */
  credits: Float64Array;
  bits: BitErrors;
  words: Codewords;
  foretold: Foretold | null;
}

const SEVERITY: readonly Severity[] = ['info', 'warning', 'critical'];
/** Base for a bit error ratio that a device states itself without saying at which rate its link runs, bits/s. */
const ASSUMED_RATE = 400e9;

/**
 * A link below the speed its cable should run at (lanes or width lost), or with more errors than its FEC can carry:
 * bit errors against the limits of the lane code and against its own median, codewords that could not be corrected,
 * symbol errors. The expected rate is the one the topology declares, else the highest this port has shown. After
 * link-up errors mean nothing for a minute.
 * @source detection.md section 6
 */
export const linkDegraded: Detector = {
  family: 'degraded',
  look(interval, memory, open, emit) {
    const { columns, frame, config } = interval;
    const { linkRate, linkUp, ber, correctedBits, uncorrectable, predictedLoss, symbolErrors, recoveries } = columns;
    const read = [linkRate, linkUp, ber, correctedBits, uncorrectable, predictedLoss, symbolErrors, recoveries];
    if (read.every((values) => values === undefined)) return;
    const kept = linkMemory(memory, frame.ports.length, predictedLoss);
    for (let port = 0; port < frame.ports.length; port++) {
      const endMs = frame.endMs[port] ?? Number.NaN;
      if (Number.isNaN(endMs)) continue;
      const trouble = troubleOf(interval, kept, port, endMs);
      const errors = trouble.bitRank + trouble.codewords + trouble.foretold + trouble.symbols + trouble.recoveries;
      const noisy = errors > 0;
      const bad = trouble.slow || noisy;
      if (noisy) kept.noisyMs[port] = endMs;
      if (!bad && open(port) === undefined) continue;
      const recent = endMs - (kept.noisyMs[port] ?? Number.NaN) <= config.errorHoldMs;
      emit(port, {
        startMs: trouble.startMs,
        endMs,
        scoreSeconds: bad ? 1 : -1,
        bad,
        confirmed: true,
        openSeconds: 1,
        ...(recent && !trouble.slow ? { holdMs: config.errorHoldMs } : {}),
        readAtEnd: trouble.slow,
        kind: 'link-degraded',
        severity: severityOf(trouble),
        priority: -1,
        evidence: () => degradedEvidence(interval, kept.bits, kept.words, trouble),
      });
    }
  },
};

/** Remembers that a device counts the time its ports wait for credits, as InfiniBand does and Ethernet does not. */
export function noteCredits(memory: DetectorMemory, values: Float64Array): void {
  const credits = memoryOf(memory, 'link.credits', values.length);
  for (let port = 0; port < values.length; port++) if ((values[port] ?? Number.NaN) >= 0) credits[port] = 1;
}

function linkMemory(memory: DetectorMemory, ports: number, predicted: Float64Array | undefined): LinkMemory {
  return {
    best: memoryOf(memory, 'degraded.best', ports),
    rate: memoryOf(memory, 'degraded.rate', ports),
    slow: memoryOf(memory, 'degraded.slow', ports),
    up: memoryOf(memory, 'link.up', ports),
    exemptUntilMs: memoryOf(memory, 'link.exempt', ports),
    noisyMs: memoryOf(memory, 'link.noisy', ports),
    credits: memoryOf(memory, 'link.credits', ports),
    bits: bitErrorsOf(memory, ports),
    words: codewordsOf(memory, ports),
    foretold: foretoldOf(memory, ports, predicted),
  };
}

/** A frame that carries FEC counters only says nothing of the speed: what was last known of it stands. */
function troubleOf(interval: DeviceInterval, kept: LinkMemory, port: number, endMs: number): LinkTrouble {
  const { columns, frame, config, neighbours } = interval;
  const startMs = frame.startMs[port] ?? endMs;
  noteState(interval, kept, port, endMs);
  const now = at(columns.linkRate, port);
  if (now > 0) {
    kept.rate[port] = now;
    if (!(now <= (kept.best[port] ?? Number.NaN))) kept.best[port] = now;
  }
  const expected =
    neighbours.byPort.get(frame.ports[port] ?? '')?.expectedRateBitsPerSec ?? kept.best[port] ?? Number.NaN;
  if (now > 0) kept.slow[port] = now < config.degradedRateFraction * expected ? 1 : 0;
  const rate = kept.rate[port] ?? Number.NaN;
  const trouble: LinkTrouble = {
    port,
    startMs,
    endMs,
    rate,
    expected,
    slow: kept.slow[port] === 1,
    codewords: 0,
    codewordRank: 0,
    foretold: 0,
    bitRank: 0,
    symbols: 0,
    recoveries: 0,
  };
  const exempt = at(columns.linkUp, port) === 0 || startMs < (kept.exemptUntilMs[port] ?? Number.NaN);
  if (!exempt) countErrors(interval, kept, trouble);
  return trouble;
}

/** A link that came up, or runs at another speed than before, has just been trained. */
function noteState(interval: DeviceInterval, kept: LinkMemory, port: number, endMs: number): void {
  const { columns, config } = interval;
  const up = at(columns.linkUp, port);
  const rate = at(columns.linkRate, port);
  const before = kept.rate[port] ?? Number.NaN;
  const retrained = rate > 0 && before > 0 && rate !== before;
  const cameUp = up === 1 && kept.up[port] === 0;
  if (!Number.isNaN(up)) kept.up[port] = up;
  if (up !== 0 && !retrained && !cameUp) return;
  kept.exemptUntilMs[port] = endMs + config.linkUpExemptMs;
  forgetBitErrors(kept.bits, port);
  forgetCodewords(kept.words, port);
  forgetForetold(kept.foretold, port);
}

function countErrors(interval: DeviceInterval, kept: LinkMemory, trouble: LinkTrouble): void {
  const { columns, config } = interval;
  const { port, startMs, endMs, rate } = trouble;
  const seconds = (endMs - startMs) / 1000;
  const base = (rate > 0 ? rate : ASSUMED_RATE) * seconds;
  const laneBits = base * laneOverhead(rate > 0 ? rate : ASSUMED_RATE);
  const corrected = at(columns.correctedBits, port);
  const stated = at(columns.ber, port);
  const errors = Number.isNaN(corrected) || !(rate > 0) ? stated * laneBits : corrected * seconds;
  if (errors >= 0)
    countBitErrors(kept.bits, port, { errors, bits: laneBits, startMs, endMs, rateBitsPerSec: rate }, config);
  trouble.bitRank = bitErrorRank(kept.bits, port, endMs);
  const words = at(columns.uncorrectable, port) * seconds;
  if (words >= 0) countCodewords(kept.words, port, words, startMs, endMs, rate);
  trouble.codewords = codewordsNow(kept.words, port, endMs);
  const foretold =
    kept.foretold === null ? 0 : noteForetold(kept.foretold, port, columns.predictedLoss, startMs, endMs);
  if (foretold > config.frameLossCritical) trouble.foretold = foretold;
  trouble.codewordRank = trouble.codewords > 0 ? codewordRank(kept.words, port, trouble.foretold, config) : 0;
  // None in steady state; a rate of one in an interval may come back as a hair less.
  const recoveries = Math.round(at(columns.recoveries, port) * seconds);
  if (recoveries > 0) trouble.recoveries = recoveries;
  // Where codewords are lost, broken symbols are the same trouble seen again.
  const symbols = at(columns.symbolErrors, port) * seconds;
  const least = kept.credits[port] === 1 ? 0.5 : config.symbolMinErrors;
  if (symbols >= least && trouble.codewords === 0) trouble.symbols = symbols;
}

function severityOf(trouble: LinkTrouble): Severity {
  if (trouble.slow) return 'critical';
  const other = trouble.symbols > 0 || trouble.recoveries > 0 || trouble.foretold > 0 ? 1 : 0;
  return SEVERITY[Math.max(trouble.codewordRank, trouble.bitRank, other)] ?? 'info';
}
