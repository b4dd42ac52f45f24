import type { DeviceInterval } from '../detector.ts';
import type { Evidence } from '../episode.ts';
import { type BitErrors, berLimits } from './bit-errors.ts';
import type { Codewords } from './codewords.ts';
import type { LinkTrouble } from './trouble.ts';

/** Every reason why a link is called degraded, the heaviest first. */
export function degradedEvidence(
  interval: DeviceInterval,
  bits: BitErrors,
  words: Codewords,
  trouble: LinkTrouble,
): Evidence[] {
  const { frame } = interval;
  const { port, startMs, endMs } = trouble;
  const where = {
    startMs,
    endMs,
    basis: 'measured' as const,
    port: { device: frame.device, port: frame.ports[port] ?? '' },
  };
  const told: Evidence[] = [];
  if (trouble.slow) {
    told.push({
      text: `the link runs at ${trouble.rate / 1e9}G instead of ${trouble.expected / 1e9}G`,
      metric: 'linkRateBitsPerSec',
      value: trouble.rate,
      threshold: trouble.expected,
      unit: 'bits_per_second',
      ...where,
    });
  }
  if (trouble.codewords > 0) told.push({ ...codewordEvidence(interval, bits, words, trouble), ...where });
  if (trouble.foretold > 0) told.push({ ...foretoldEvidence(interval, trouble), ...where, basis: 'inferred' });
  if (trouble.bitRank > 0) told.push({ ...bitEvidence(interval, bits, trouble), ...where });
  if (trouble.recoveries > 0) {
    told.push({
      text: `the link had to be trained again ${trouble.recoveries === 1 ? 'once' : `${trouble.recoveries} times`} without going down`,
      metric: 'linkRecoveries',
      value: trouble.recoveries,
      threshold: 0,
      unit: 'count',
      ...where,
    });
  }
  if (trouble.symbols > 0) {
    told.push({
      text: `${Math.round(trouble.symbols)} symbol errors while FEC lost no codeword: a MAC fault, or broken frames passed on from upstream`,
      metric: 'symbolErrors',
      value: trouble.symbols,
      threshold: 0,
      unit: 'count',
      ...where,
    });
  }
  return told;
}

type Told = Pick<Evidence, 'text' | 'metric' | 'value' | 'threshold' | 'unit'>;

/** Lost codewords on a link whose bits are clean come in bursts: a connector, a retimer, a flap, not a dying optic. */
function codewordEvidence(interval: DeviceInterval, bits: BitErrors, words: Codewords, trouble: LinkTrouble): Told {
  const { port } = trouble;
  const ratio = bits.ratio[port] ?? Number.NaN;
  const burst = ratio < interval.config.burstBerBelow;
  const loss = words.frameLoss[port] ?? Number.NaN;
  const parts = [`${Math.round(trouble.codewords)} codewords could not be corrected`];
  if (loss > 0) parts.push(`about ${loss.toExponential(1)} of all frames lost`);
  if (burst) parts.push(`burst errors, bit error ratio only ${ratio.toExponential(1)}: connector, retimer or flap`);
  return {
    text: parts.join('; '),
    metric: 'uncorrectableCodewords',
    value: trouble.codewords,
    threshold: 0,
    unit: 'count',
  };
}

/** Nothing need be lost yet: the codewords that could just be corrected tell what is to come. */
function foretoldEvidence(interval: DeviceInterval, trouble: LinkTrouble): Told {
  return {
    text: `about ${trouble.foretold.toExponential(1)} of all frames will be lost if errors go on as in the last two minutes, judged by how many symbols FEC had to correct in each codeword`,
    metric: 'predictedFrameLossRatio',
    value: trouble.foretold,
    threshold: interval.config.frameLossCritical,
    unit: 'ratio',
  };
}

function bitEvidence(interval: DeviceInterval, bits: BitErrors, trouble: LinkTrouble): Told {
  const { port } = trouble;
  const ratio = bits.ratio[port] ?? Number.NaN;
  const low = bits.low[port] ?? Number.NaN;
  const high = bits.high[port] ?? Number.NaN;
  const { warning, critical } = berLimits(trouble.rate, interval.config);
  const limit = trouble.bitRank > 1 ? critical : warning;
  const range = `bit error ratio ${ratio.toExponential(1)} before FEC (95 %: ${low.toExponential(1)} to ${high.toExponential(1)})`;
  const usual = 10 ** (bits.median[port] ?? Number.NaN);
  const trend = ratio * (1 + 1e-9) < warning;
  return {
    text: trend ? `${range}, usual for this link is ${usual.toExponential(1)}` : range,
    metric: 'preFecBer',
    value: ratio,
    threshold: trend ? usual * 10 ** interval.config.berTrendDecades : limit,
    unit: 'ratio',
  };
}
