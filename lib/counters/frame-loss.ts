/** From this rate links use PAM4 lanes with RS(544,514), below NRZ lanes with RS(528,514). @source IEEE 802.3 clauses 91, 119 */
export const PAM4_FROM_BITS_PER_SEC = 200e9;

/** Symbols of 10 bits in a codeword. */
const PAM4_CODEWORD_BITS = 5_440;
const NRZ_CODEWORD_BITS = 5_280;
const FOUR_WAY_FROM_BITS_PER_SEC = 800e9;

/**
 * Share of frames lost where codewords cannot be corrected: a frame spans several codewords, interleaved ones more.
 * @param codewordErrorRatio uncorrectable codewords over all
 * @param interleave codewords interleaved: 1, 2 or 4
 * @source detection.md section 6 (SONiC port_fec_flr): FLR = CER (1 + 8 X) / 8
 */
export function frameLossRatio(codewordErrorRatio: number, interleave: number): number {
  return (codewordErrorRatio * (1 + 8 * interleave)) / 8;
}

/** Lane bits per payload bit. @source IEEE 802.3 clauses 91, 119 */
export function laneOverhead(rateBitsPerSec: number): number {
  return rateBitsPerSec >= PAM4_FROM_BITS_PER_SEC ? 1.0625 : 1.03125;
}

/** Codewords interleaved at a link rate, bits/s. @source IEEE 802.3 clauses 91, 119, 172 */
export function interleaveOf(rateBitsPerSec: number): 1 | 2 | 4 {
  if (rateBitsPerSec >= FOUR_WAY_FROM_BITS_PER_SEC) return 4;
  return rateBitsPerSec >= PAM4_FROM_BITS_PER_SEC ? 2 : 1;
}

/** Codewords in so many bits on the lanes. */
export function codewordsIn(laneBits: number, rateBitsPerSec: number): number {
  return laneBits / (rateBitsPerSec >= PAM4_FROM_BITS_PER_SEC ? PAM4_CODEWORD_BITS : NRZ_CODEWORD_BITS);
}

/** Bins of corrected codewords: by how many of their symbols were wrong, 0 to 15. */
export const CODEWORD_BINS = 16;
/** A bin says something from so many codewords on, and a line needs two bins. @source detection.md section 6 */
const LEAST_IN_BIN = 10;
const LEAST_BINS = 2;
/** What RS(544,514) can no longer correct, as far as it adds anything, symbols. */
const BEYOND = [16, 17, 18, 19, 20];

/**
 * Share of frames that will be lost if errors go on as they do: codewords become rarer with every wrong symbol by about
 * the same factor, so a line through the logarithms of the bins tells how many stand beyond repair.
 * @param bins codewords of a window with 0, 1, 2 ... 15 wrong symbols; NaN = not known
 * @param codewords all codewords of the window
 * @returns NaN where too few bins are filled, or where they do not fall off: bursts follow no such line
 * @source detection.md section 6; SONiC orchagent port_flr.lua
 */
export function predictedFrameLoss(bins: Float64Array, codewords: number, interleave: number): number {
  let count = 0;
  let sumX = 0;
  let sumY = 0;
  let sumXx = 0;
  let sumXy = 0;
  for (let symbols = 1; symbols < CODEWORD_BINS; symbols++) {
    const found = bins[symbols] ?? Number.NaN;
    if (!(found >= LEAST_IN_BIN)) continue;
    const y = Math.log10(found / codewords);
    count++;
    sumX += symbols;
    sumY += y;
    sumXx += symbols * symbols;
    sumXy += symbols * y;
  }
  if (count < LEAST_BINS || !(codewords > 0)) return Number.NaN;
  const slope = (count * sumXy - sumX * sumY) / (count * sumXx - sumX * sumX);
  if (!(slope < 0)) return Number.NaN;
  const intercept = (sumY - slope * sumX) / count;
  const lost = BEYOND.reduce((sum, symbols) => sum + 10 ** (intercept + slope * symbols), 0);
  return Math.min(1, frameLossRatio(lost, interleave));
}
