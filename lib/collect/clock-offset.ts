/** Readings that are compared; clocks drift apart by some ms within them. */
const REMEMBERED = 12;
/** By how much two clocks may drift apart between readings, ms; more is a clock that was set. */
const DRIFT_MS = 20;

/** What one reading of a clock allows the offset to be, ms. */
interface Bounds {
  least: number;
  most: number;
}

/**
 * The offset of a device's clock from ours. One reading of a clock that tells whole seconds says little; but each allows
 * only certain offsets, and what all the last readings allow is much narrower than any of them.
 */
export class ClockOffset {
  private readonly readings: Bounds[] = [];

  /**
   * One reading.
   * @param deviceMs what the device's clock showed, Unix ms, cut off to its resolution
   * @param resolutionMs how coarse it is; 0 = exact
   * @param sentMs when we asked, and `receivedMs` when we had the answer, by our clock
   */
  add(deviceMs: number, resolutionMs: number, sentMs: number, receivedMs: number): void {
    const bounds = { least: deviceMs - receivedMs, most: deviceMs + resolutionMs - sentMs };
    if (!(bounds.least <= bounds.most)) return;
    const known = this.common();
    const isSet = known !== null && (bounds.least > known.most + DRIFT_MS || bounds.most < known.least - DRIFT_MS);
    if (isSet) this.readings.length = 0;
    this.readings.push(bounds);
    if (this.readings.length > REMEMBERED) this.readings.shift();
  }

  /** Device less us, ms; null before the first reading. */
  get offsetMs(): number | null {
    const common = this.common();
    return common === null ? null : (common.least + common.most) / 2;
  }

  /** How far the truth may be from the offset, ms; null before the first reading. */
  get errorMs(): number | null {
    const common = this.common();
    return common === null ? null : (common.most - common.least) / 2;
  }

  /** What all readings allow, or, where they have drifted apart, what lies between them. */
  private common(): Bounds | null {
    if (this.readings.length === 0) return null;
    const least = Math.max(...this.readings.map((reading) => reading.least));
    const most = Math.min(...this.readings.map((reading) => reading.most));
    return { least: Math.min(least, most), most: Math.max(least, most) };
  }
}
