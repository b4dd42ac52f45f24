/** Payload that travels in one Ethernet frame, with room for what a row is larger than those before. */
const FRAME_BYTES = 1400;
const FEW_ROWS = 4;

/**
 * How much of a table a walk asks for at once: no more than a frame holds. A walk is rare and may take its time, and
 * must also come through where fragments get lost.
 */
export class WalkPace {
  private bytes: number;
  /** Of the largest row so far, or nearly: they differ. */
  private varbindBytes = 1;
  private losses = 0;
  /** Rows that have come: no more than these are asked at once, for what lies behind a table's end is of no use. */
  private come = 0;
  private mostRows: number;
  /**
   * One row first, which shows how large they are, and whether there are any: an agent answers for a table it does not
   * have with whatever comes behind. Again one after a lost answer.
   */
  private probing = true;

  /**
   * @param width columns asked at once
   * @param headBytes octets of an answer beside its variables
   */
  constructor(
    private width: number,
    maxRows: number,
    maxBytes: number,
    headBytes: number,
  ) {
    this.mostRows = maxRows;
    this.bytes = Math.min(maxBytes, FRAME_BYTES) - headBytes;
  }

  /** Columns to ask next, of those that go on. */
  columns(open: number): number {
    return Math.min(open, this.width);
  }

  /** Rows to ask next of so many columns. */
  rows(columns: number): number {
    if (this.probing) return 1;
    const rows = Math.floor(this.bytes / (this.varbindBytes * columns));
    return Math.max(1, Math.min(this.mostRows, rows, Math.max(this.come, FEW_ROWS)));
  }

  answered(bytes: number, varbinds: number, columns: number): void {
    this.probing = false;
    this.come += Math.floor(varbinds / columns);
    if (varbinds > 0) this.varbindBytes = Math.max(bytes / varbinds, (this.varbindBytes + bytes / varbinds) / 2);
  }

  /** The agent refused an answer of this size. @returns whether less may help */
  tooBig(rows: number, columns: number): boolean {
    if (rows > 1) this.mostRows = Math.floor(rows / 2);
    else if (columns > 1) this.width = Math.floor(columns / 2);
    else return false;
    return true;
  }

  /** Nothing came, at any try. @returns whether less may help */
  lost(rows: number, columns: number): boolean {
    if (rows > 1) {
      this.probing = true;
      if (this.losses++ > 0) this.bytes = Math.floor(this.bytes / 2);
      return true;
    }
    if (columns === 1) return false;
    this.width = 1;
    return true;
  }
}
