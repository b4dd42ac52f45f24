/** What is wrong with one link in one interval. */
export interface LinkTrouble {
  port: number;
  startMs: number;
  endMs: number;
  rate: number;
  expected: number;
  /** Below its speed. */
  slow: boolean;
  /** Uncorrectable codewords in this interval. */
  codewords: number;
  codewordRank: number;
  /** Share of frames foretold to be lost, where that is too many; else 0. */
  foretold: number;
  /** Bit errors, 0 fine to 2 critical. */
  bitRank: number;
  symbols: number;
  /** Times an InfiniBand link was trained again in this interval. */
  recoveries: number;
}
