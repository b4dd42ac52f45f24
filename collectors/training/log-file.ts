import type { StepRecord } from '../../lib/training/step.ts';
import { type AssemblyState, assemble, type Draft, finish, newAssembly } from './assemble.ts';
import type { TrainingConfig } from './config.ts';
import { FormatDetector, isStep } from './detect.ts';
import { formatNamed } from './formats/index.ts';
import type { FormatContext, LineFormat } from './formats/types.ts';
import { cleanLine, LineSplitter } from './lines.ts';
import { FileTail, type TailPosition } from './tail.ts';

/** Chunks of 256 KiB read at one look: a huge backlog must not hold up the process. */
const CHUNKS_PER_LOOK = 16;
/** Clockless steps kept while a backlog is read; the newest matter. */
const MOST_DRAFTS = 10_000;

/** What survives a restart. */
export interface LogFileState {
  version: 1;
  position: TailPosition;
  line: number;
  format: string;
  counted: number;
  assembly: AssemblyState;
  /** Records read but perhaps not handed on: handed on again after a restart, the same to the last digit. */
  pending: StepRecord[];
}

/** Counts since the process started. */
export interface LogFileCounts {
  lines: number;
  steps: number;
  /** Lines that are no step lines, and an example. */
  unmatched: number;
  lastUnmatched: string | null;
  overlong: number;
  refused: number;
}

export interface Look {
  records: StepRecord[];
  /** One sentence each. */
  problems: string[];
  /** Everything there is has been read. */
  atEnd: boolean;
}

/** One followed log: bytes to steps. */
export class LogFile {
  readonly counts: LogFileCounts = { lines: 0, steps: 0, unmatched: 0, lastUnmatched: null, overlong: 0, refused: 0 };
  private readonly tail: FileTail;
  private readonly splitter = new LineSplitter();
  private format: LineFormat | undefined;
  private detector: FormatDetector | undefined;
  private readonly context: FormatContext;
  private assembly: AssemblyState;
  private line: number;
  private drafts: Draft[] = [];

  constructor(
    readonly path: string,
    private readonly config: TrainingConfig,
    state?: LogFileState,
  ) {
    const { tz, trainBatchSize, tokensPerStep } = config;
    this.tail = new FileTail(path, state?.position);
    this.format = formatNamed(config.format === 'auto' ? (state?.format ?? '') : config.format);
    this.context = { tz, trainBatchSize, tokensPerStep, counted: state?.counted ?? 0 };
    this.assembly = state?.assembly ?? newAssembly();
    this.line = state?.line ?? 0;
  }

  /** The format in use, or undefined while it is not known. */
  get formatName(): string | undefined {
    return this.format?.name;
  }

  /** What to keep; undefined while the format is open (the lines are then read again). */
  state(pending: StepRecord[]): LogFileState | undefined {
    if (this.format === undefined || this.drafts.length > 0) return undefined;
    const position = this.tail.position;
    return {
      version: 1,
      position: { ...position, offset: position.offset - this.splitter.pendingBytes },
      line: this.line,
      format: this.format.name,
      counted: this.context.counted,
      assembly: this.assembly,
      pending,
    };
  }

  /**
   * Reads what is new. Undefined where there is no such file.
   * @throws the file system's error where it cannot be read
   */
  look(): Look | undefined {
    const problems: string[] = [];
    let atEnd = false;
    let writtenMs = 0;
    for (let count = 0; count < CHUNKS_PER_LOOK && !atEnd; count++) {
      const chunk = this.tail.read();
      if (chunk === undefined)
        return count === 0 ? undefined : { records: this.close(writtenMs, problems), problems, atEnd };
      if (chunk.fresh) this.freshFile();
      for (const line of this.splitter.push(chunk.bytes)) this.takeLine(line);
      atEnd = chunk.atEnd;
      writtenMs = chunk.modifiedMs;
    }
    this.counts.overlong = this.splitter.overlong;
    if (!atEnd && this.drafts.some((draft) => draft.parsed.endMs === undefined)) {
      this.drafts = this.drafts.slice(-MOST_DRAFTS);
      return { records: [], problems, atEnd };
    }
    return { records: this.close(writtenMs, problems), problems, atEnd };
  }

  private freshFile(): void {
    const unfinished = this.splitter.reset();
    if (unfinished !== undefined) this.takeLine(unfinished);
    this.line = 0;
  }

  private takeLine(raw: string): void {
    this.line++;
    const text = cleanLine(raw);
    if (text === '') return;
    this.counts.lines++;
    if (this.format !== undefined) {
      this.readLine(this.format, text, this.line);
      return;
    }
    this.detector ??= new FormatDetector(() => ({ ...this.context }));
    const found = this.detector.take(text, this.line);
    if (found === undefined) return;
    this.format = found.format;
    this.detector = undefined;
    for (const earlier of found.lines) this.readLine(found.format, earlier.text, earlier.line);
  }

  private readLine(format: LineFormat, text: string, line: number): void {
    const reading = format.read(text, this.context);
    if (reading === undefined) {
      this.counts.unmatched++;
      this.counts.lastUnmatched = text.slice(0, 120);
    }
    if (isStep(reading)) this.drafts.push(...assemble(this.assembly, reading, line));
  }

  private close(writtenMs: number, problems: string[]): StepRecord[] {
    const records = finish(this.drafts, writtenMs, this.config);
    const good = records.filter((record, index) => {
      const problem = problemOf(record);
      if (problem === undefined) return true;
      this.counts.refused++;
      problems.push(`${this.path}:${this.drafts[index]?.line}: ${problem}`);
      return false;
    });
    this.drafts = [];
    this.counts.steps += good.length;
    return good;
  }

  dispose(): void {
    this.tail.close();
  }
}

function problemOf(record: StepRecord): string | undefined {
  if (!Number.isSafeInteger(record.step) || record.step < 0) return `step ${record.step} is no step number`;
  if (!Number.isFinite(record.startMs) || !Number.isFinite(record.endMs))
    return `step ${record.step} has no usable time`;
  if (record.endMs < record.startMs) return `step ${record.step} ends before it starts`;
  if (record.endMs === record.startMs) return `step ${record.step} takes no time at all`;
  return undefined;
}
