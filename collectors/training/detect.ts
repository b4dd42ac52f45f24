import { FORMATS } from './formats/index.ts';
import type { FormatContext, LineFormat, LineReading, ParsedCollective, ParsedStep } from './formats/types.ts';

/** Increasing steps that settle the question. */
const ENOUGH_STEPS = 3;
/** Lines remembered while the format is open, of those some format knows; older ones are let go. */
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
  /** Whose line it is, where a launcher numbered them. */
  stream?: number;
}

/** A format and the lines it has not read yet. */
export interface FoundFormat {
  format: LineFormat;
  lines: LogLine[];
  /** Lines before that no format knows, and the last of them. */
  others: number;
  lastOther: string | null;
}

/**
 * Finds out which format a log has: the first that gives three increasing steps. Lines seen before are kept, so that
 * the format found reads them as well.
 */
export class FormatDetector {
  private readonly scores;
  private lines: LogLine[] = [];
  private others = 0;
  private lastOther: string | null = null;

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
    const readings = this.scores.map((score) => ({ score, reading: score.format.read(line.text, score.context) }));
    if (!readings.some(({ reading }) => reading !== undefined)) {
      // However much is printed between two steps, it does not push them out.
      this.others++;
      this.lastOther = line.text;
      return undefined;
    }
    this.lines.push(line);
    if (this.lines.length > MOST_LINES) this.lines.shift();
    for (const { score, reading } of readings) {
      // No other program writes such lines: one settles it.
      if (isCollective(reading) && score.format.collectivesOnly) return this.found(score.format);
      if (!isStep(reading)) continue;
      const rank = sourceOf(reading.rank, line.stream);
      if (score.perRank.size > MOST_RANKS) score.perRank.clear();
      const before = score.perRank.get(rank);
      if (before !== undefined && reading.step === before.last) continue;
      const steps = before !== undefined && reading.step > before.last ? before.steps + 1 : 1;
      score.perRank.set(rank, { steps, last: reading.step });
      if (steps >= ENOUGH_STEPS) return this.found(score.format);
    }
    return undefined;
  }

  private found(format: LineFormat): FoundFormat {
    const { lines, others, lastOther } = this;
    return { format, lines, others, lastOther };
  }
}

/** Key of the row of steps a line belongs to: its rank, else the launcher's number, else all the same. */
export function sourceOf(rank: number | undefined, stream: number | undefined): number {
  return rank ?? (stream === undefined ? -1 : -2 - stream);
}

export function isStep(reading: LineReading): reading is ParsedStep {
  return typeof reading === 'object' && 'step' in reading;
}

export function isCollective(reading: LineReading): reading is ParsedCollective {
  return typeof reading === 'object' && 'collective' in reading;
}
