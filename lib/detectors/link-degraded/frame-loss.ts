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

/** Codewords interleaved at a link rate, bits/s. @source IEEE 802.3 clauses 91, 119, 172 */
export function interleaveOf(rateBitsPerSec: number): 1 | 2 | 4 {
  if (rateBitsPerSec >= FOUR_WAY_FROM_BITS_PER_SEC) return 4;
  return rateBitsPerSec >= PAM4_FROM_BITS_PER_SEC ? 2 : 1;
}

/** Codewords in so many bits on the lanes. */
export function codewordsIn(laneBits: number, rateBitsPerSec: number): number {
  return laneBits / (rateBitsPerSec >= PAM4_FROM_BITS_PER_SEC ? PAM4_CODEWORD_BITS : NRZ_CODEWORD_BITS);
}
