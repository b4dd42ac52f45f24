/** An exporter's own source may pause a little; UFM writes a new sample every few seconds to a minute. */
const LONGEST_MS = 120_000;
/** Pages in a row with the same time stamps before it is said. */
const MOST_PAGES = 3;

/**
 * Notices time stamps on a page that no longer move: the exporter answers, but what it shows is old. Such readings make
 * no samples, and nobody would say why.
 */
export class Standstill {
  private newestMs = Number.NaN;
  private sinceMs = 0;
  private pages = 0;

  /**
   * @param newestMs newest time stamp of the page; NaN where it has none
   * @returns a sentence once they have stood still for long
   */
  advance(newestMs: number, nowMs: number): string | undefined {
    if (Number.isNaN(newestMs) || newestMs !== this.newestMs) {
      this.newestMs = newestMs;
      this.sinceMs = nowMs;
      this.pages = 0;
      return undefined;
    }
    this.pages++;
    const forMs = nowMs - this.sinceMs;
    if (this.pages < MOST_PAGES || forMs < LONGEST_MS) return undefined;
    return `the time stamps of the page have not moved for ${Math.round(forMs / 1000)} s: the exporter has no new values`;
  }
}
