import { at } from './columns.ts';
import type { PortCounter } from './counters.ts';
import type { Network } from './network.ts';

/** Above this a double still holds whole numbers with 8 bits to spare for fractions. */
const FOLD_ABOVE = 2 ** 45;

/**
 * Exact 64-bit totals on top of the model's doubles: whole numbers move into 64-bit integers before a double could
 * round them. Totals begin at `start`, as those of a device that has run for a while do.
 */
export class TotalCounters {
  private readonly folded = new Map<PortCounter, BigUint64Array>();

  constructor(
    private readonly network: Network,
    private readonly start: (port: number, counter: PortCounter) => bigint,
  ) {}

  /** Total of one counter of one port, modulo 2^64. */
  read(port: number, counter: PortCounter): bigint {
    let folded = this.folded.get(counter);
    if (!folded) {
      folded = new BigUint64Array(this.network.portCount);
      for (let i = 0; i < folded.length; i++) folded[i] = this.start(i, counter);
      this.folded.set(counter, folded);
    }
    const column = this.network.counters[counter];
    const value = at(column, port);
    const whole = Math.floor(value);
    if (whole > FOLD_ABOVE) {
      folded[port] = BigInt.asUintN(64, (folded[port] ?? 0n) + BigInt(whole));
      column[port] = value - whole;
      return folded[port] ?? 0n;
    }
    return BigInt.asUintN(64, (folded[port] ?? 0n) + BigInt(whole));
  }
}
