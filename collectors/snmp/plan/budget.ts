/** Answers up to here travel in one Ethernet frame. */
const UNFRAGMENTED_BYTES = 1400;
/** Tags and lengths of a variable and its name. */
const WRAPPING_BYTES = 4;
/** The largest Counter64 with tag and length, until the device has shown its own. */
const LARGEST_VALUE_BYTES = 11;
const FIRST_HOLD_MS = 3_600_000;
const LONGEST_HOLD_MS = 24 * FIRST_HOLD_MS;
/** Every agent can answer this much. @source RFC 3417 section 3.2 */
const SMALLEST_ANSWER_BYTES = 484;

/**
 * How many rows to ask for at once. Starts with answers of one frame, doubles while everything arrives, and halves
 * when an answer gets lost: fragments may not pass, or the agent may be slow over large answers. The smaller size is
 * then held for an hour, twice as long each time, for a day at most.
 */
export class AnswerBudget {
  private bytes: number;
  private valueBytes = LARGEST_VALUE_BYTES;
  private heldUntilMs = 0;
  private holdMs = FIRST_HOLD_MS;

  /** @param headBytes octets of an answer beside its variables */
  constructor(
    private readonly maxBytes: number,
    private readonly maxRepetitions: number,
    private readonly headBytes = 60,
  ) {
    this.bytes = Math.min(maxBytes, UNFRAGMENTED_BYTES);
  }

  /** Rows to ask of a table with this many columns, whose names take so many octets. */
  rowsFor(columns: number, nameBytes: number): number {
    const rows = Math.floor((this.bytes - this.headBytes) / (this.varbindBytes(nameBytes) * columns));
    return Math.max(1, Math.min(this.maxRepetitions, rows));
  }

  /** Largest answer asked for now, bytes. */
  get answerBytes(): number {
    return this.bytes;
  }

  /** An answer came: `short` when the agent gave fewer variables than asked, which shows its own limit. */
  answered(bytes: number, varbinds: number, nameBytes: number, short: boolean, nowMs: number): void {
    if (varbinds > 0) {
      const valueBytes = bytes / varbinds - WRAPPING_BYTES - nameBytes;
      this.valueBytes += (Math.min(LARGEST_VALUE_BYTES, Math.max(0, valueBytes)) - this.valueBytes) * 0.1;
    }
    if (!short || bytes >= this.bytes) return;
    this.bytes = Math.max(bytes, SMALLEST_ANSWER_BYTES);
    this.heldUntilMs = Math.max(this.heldUntilMs, nowMs + FIRST_HOLD_MS);
  }

  /**
   * The agent refused an answer of this many rows as too big. False when there was but one row: then only fewer
   * columns can help.
   */
  tooBig(rows: number, columns: number, nameBytes: number, nowMs: number): boolean {
    if (rows <= 1) return false;
    const half = this.headBytes + this.varbindBytes(nameBytes) * columns * Math.floor(rows / 2);
    this.bytes = Math.min(this.bytes, Math.floor(half));
    this.heldUntilMs = Math.max(this.heldUntilMs, nowMs + FIRST_HOLD_MS);
    return true;
  }

  /** A whole poll went well. */
  pollDone(nowMs: number): void {
    if (nowMs >= this.heldUntilMs) this.bytes = Math.min(this.maxBytes, this.bytes * 2);
  }

  /** An answer was lost. True when asking for less may help. */
  shrink(nowMs: number): boolean {
    if (this.bytes <= UNFRAGMENTED_BYTES / 2) return false;
    this.bytes = Math.floor(this.bytes / 2);
    this.heldUntilMs = nowMs + this.holdMs;
    this.holdMs = Math.min(LONGEST_HOLD_MS, this.holdMs * 2);
    return true;
  }

  private varbindBytes(nameBytes: number): number {
    return WRAPPING_BYTES + nameBytes + this.valueBytes;
  }
}
