import { FORMATS } from './formats/index.ts';
import type { FormatContext, LineFormat, LineReading } from './formats/types.ts';

/** Increasing steps that settle the question. */
const ENOUGH_STEPS = 3;
/** Lines remembered while the format is open; older ones are let go. */
const MOST_LINES = 1000;

/**
 * Finds out which format a log has: the first that gives three increasing steps. Lines seen before are kept, so that
 * the format found reads them as well.
 */
export class FormatDetector {
  private readonly scores = FORMATS.map((format) => ({ format, steps: 0, last: -1 }));
  private lines: { text: string; line: number }[] = [];

  constructor(private readonly context: () => FormatContext) {}

  /** Takes a line. @returns the format once it is known, with the lines it has not read yet */
  take(text: string, line: number): { format: LineFormat; lines: { text: string; line: number }[] } | undefined {
    this.lines.push({ text, line });
    if (this.lines.length > MOST_LINES) this.lines.shift();
    for (const score of this.scores) {
      const reading = score.format.read(text, this.context());
      if (!isStep(reading)) continue;
      score.steps = reading.step > score.last ? score.steps + 1 : 1;
      score.last = reading.step;
      if (score.steps >= ENOUGH_STEPS) return { format: score.format, lines: this.lines };
    }
    return undefined;
  }
}

export function isStep(reading: LineReading): reading is Exclude<LineReading, 'known' | undefined> {
  return reading !== undefined && reading !== 'known';
}
