import { FORMATS } from './formats/index.ts';
import type { FormatContext, LineFormat, LineReading, ParsedCollective, ParsedStep } from './formats/types.ts';

/** Increasing steps that settle the question. */
const ENOUGH_STEPS = 3;
/** Lines remembered while the format is open; older ones are let go. */
const MOST_LINES = 1000;
/** A log that names more ranks than any job has must not grow the search. */
const MOST_RANKS = 65_536;

/** A line as the training code printed it. */
export interface LogLine {
  text: string;
  /** From 1. */
  number: number;
  /** Clock of whoever carried the line (a container runtime), Unix ms. */
  carriedMs?: number;
}

/** A format and the lines it has not read yet. */
export interface FoundFormat {
  format: LineFormat;
  lines: LogLine[];
}

/**
 * Finds out which format a log has: the first that gives three increasing steps. Lines seen before are kept, so that
 * the format found reads them as well.
 */
export class FormatDetector {
  private readonly scores;
  private lines: LogLine[] = [];

  /** @param strongOnly a weak format is in use: look for a better one */
  constructor(context: FormatContext, strongOnly = false) {
    this.scores = FORMATS.filter((format) => !(strongOnly && format.weak)).map((format) => ({
      format,
      // Ranks that share a file take turns: each has its own row of steps.
      perRank: new Map<number, { steps: number; last: number }>(),
      context: { ...context, counted: 0, parts: {} },
    }));
  }

  /** Takes a line. @returns the format once it is known */
  take(line: LogLine): FoundFormat | undefined {
    this.lines.push(line);
    if (this.lines.length > MOST_LINES) this.lines.shift();
    for (const score of this.scores) {
      const reading = score.format.read(line.text, score.context);
      // No other program writes such lines: one settles it.
      if (isCollective(reading)) return { format: score.format, lines: this.lines };
      if (!isStep(reading)) continue;
      const rank = reading.rank ?? -1;
      if (score.perRank.size > MOST_RANKS) score.perRank.clear();
      const before = score.perRank.get(rank);
      if (before !== undefined && reading.step === before.last) continue;
      const steps = before !== undefined && reading.step > before.last ? before.steps + 1 : 1;
      score.perRank.set(rank, { steps, last: reading.step });
      if (steps >= ENOUGH_STEPS) return { format: score.format, lines: this.lines };
    }
    return undefined;
  }
}

export function isStep(reading: LineReading): reading is ParsedStep {
  return typeof reading === 'object' && 'step' in reading;
}

export function isCollective(reading: LineReading): reading is ParsedCollective {
  return typeof reading === 'object' && 'collective' in reading;
}
