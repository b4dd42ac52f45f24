import type { CollectiveRecord } from '../../../lib/training/collective.ts';
import type { StepPhase } from '../../../lib/training/step.ts';

/** What a line says of one step. Ms and Unix ms. */
export interface ParsedStep {
  step: number;
  /** Absent where the line gives none and none can be derived from it alone. */
  durationMs?: number;
  /** Absent where the line has no clock. */
  endMs?: number;
  /** The clock has no fraction: the step ended within the second that begins at endMs. */
  wholeSecond?: true;
  rank?: number;
  host?: string;
  phasesMs?: Partial<Record<StepPhase, number>>;
  /** The format prints means: over as many steps as have passed since the line before. */
  mean?: true;
  /** Smoothed over at least so many steps. */
  smoothedOver?: number;
  tags?: string[];
  /** What would make the file say more: told with the target. */
  advice?: string;
}

/** What a format needs to know of its source. Plain JSON: it survives restarts. */
export interface FormatContext {
  tz: string;
  /** Clock of the line before, Unix ms: of a wall clock that comes twice (clocks put back) the one behind it is meant. */
  afterMs?: number | undefined;
  trainBatchSize?: number | undefined;
  tokensPerStep?: number | undefined;
  /** For tables: the column that holds the time of a step, and its unit. */
  stepTime?: { column: string; unit: 's' | 'ms' } | undefined;
  /** For tqdm: the operator says that the bars are of training, whatever is written beside them. */
  anyBar?: boolean | undefined;
  /** For formats that print no step number: counts their lines. */
  counted: number;
  /** For formats that tell a step in several lines: what has been told of steps that are not complete. */
  parts: Record<string, number>;
}

/** A collective operation; whose job it is the configuration says. */
export interface ParsedCollective {
  collective: Omit<CollectiveRecord, 'job'>;
}

/**
 * A row below a step's line: the time of a part of it over all ranks, the name of a part whose ranks follow, or the time
 * of one rank in it. ms.
 */
export type PartRow = { name: string; maxMs?: number; minMs?: number } | { rank: number; ms: number };

/** A row about the step that was told last. */
export interface ParsedPart {
  part: PartRow;
}

/** A line of the format that cannot be used, and why. */
export interface LineProblem {
  problem: string;
}

/** The file cannot tell when a step was slow, and what would change that: told with the target until a step comes. */
export interface NoTime {
  advice: string;
}

/** What a format makes of a line: what it tells, a line it knows that tells nothing here, or nothing it knows. */
export type LineReading = ParsedStep | ParsedCollective | ParsedPart | LineProblem | NoTime | 'known' | undefined;

/** One kind of training log. `read` is pure but for `counted` and `parts` of its context. */
export interface LineFormat {
  name: string;
  /** Looks like many other things: gives way as soon as another format fits as well. */
  weak?: true;
  /** Has no steps: a collective is all it ever tells. */
  collectivesOnly?: true;
  /** Longest line looked at where it is not LONGEST_LINE_BYTES. */
  longestLineBytes?: number;
  read(line: string, context: FormatContext): LineReading;
}
