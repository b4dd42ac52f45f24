import { basename } from 'node:path';
import type { CollectiveRecord } from '../../lib/training/collective.ts';
import type { StepRecord } from '../../lib/training/step.ts';
import { type AssemblyState, assemble, type Draft, finish, newAssembly } from './assemble.ts';
import type { TrainingConfig } from './config.ts';
import { containerOf } from './containers.ts';
import { FormatDetector, type FoundFormat, isCollective, isStep, type LogLine, sourceOf } from './detect.ts';
import { formatNamed } from './formats/index.ts';
import type { FormatContext, LineFormat, LineReading, ParsedCollective, PartRow } from './formats/types.ts';
import { LineCleaner, type LineSource, LineSplitter, LONGEST_LINE_BYTES, type RawLine } from './lines.ts';
import { PartRows } from './part-rows.ts';
import { problemOf } from './record-problem.ts';
import { FileTail, type TailPosition } from './tail.ts';

/** Chunks of 256 KiB read at one look: a huge backlog must not hold up the process. */
const CHUNKS_PER_LOOK = 16;
/** Clockless steps kept while a backlog is read; the newest matter. */
const MOST_DRAFTS = 10_000;
/** Problems told of one look; the others are counted. */
const MOST_PROBLEMS = 16;
/** Ranks one file may hold. */
const MOST_RANKS = 65_536;

/** What survives a restart. */
export interface LogFileState {
  version: 1;
  position: TailPosition;
  line: number;
  format: string;
  counted: number;
  parts: Record<string, number>;
  advice?: string;
  /** Newest clock of its lines, Unix ms. */
  afterMs?: number;
  /** By rank; -1 where the lines name none, below that the numbers a launcher put before them. */
  assembly: [rank: number, state: AssemblyState][];
  /** Records read but perhaps not handed on: handed on again after a restart, the same to the last digit. */
  pending: StepRecord[];
}

/** Counts since the process started. */
export interface LogFileCounts {
  lines: number;
  steps: number;
  collectives: number;
  /** Lines that are no step lines, and an example. */
  unmatched: number;
  lastUnmatched: string | null;
  overlong: number;
  refused: number;
  /** Why the file gives no steps, or how it could say more of them. */
  advice: string | null;
}

export interface Look {
  records: StepRecord[];
  collectives: CollectiveRecord[];
  /** One sentence each. */
  problems: string[];
  /** Everything there is has been read. */
  atEnd: boolean;
}

/** One followed log: bytes to steps. */
export class LogFile {
  readonly counts: LogFileCounts = {
    lines: 0,
    steps: 0,
    collectives: 0,
    unmatched: 0,
    lastUnmatched: null,
    overlong: 0,
    refused: 0,
    advice: null,
  };
  private readonly tail: FileTail;
  private readonly splitter: LineSource;
  private readonly cleaner = new LineCleaner();
  private format: LineFormat | undefined;
  private detector: FormatDetector | undefined;
  private readonly context: FormatContext;
  private readonly assembly: Map<number, AssemblyState>;
  /** The file is no text: its format never changes. */
  private readonly container: boolean;
  private drafts: Draft[] = [];
  /** The step that rows below it are of; undefined where they are of none that is told. */
  private above: Draft | undefined;
  /** The step handed on last: rows below it may still come. */
  private last: { draft: Draft; record: StepRecord; changed: boolean } | undefined;
  private collectives: CollectiveRecord[] = [];
  private collectiveMs = Number.NaN;
  private sameMs = 0;
  private problems: string[] = [];

  constructor(
    readonly path: string,
    private readonly config: TrainingConfig,
    state?: LogFileState,
    /** Sees every line, whatever the format makes of it. */
    private readonly observe: (text: string, stream: number | undefined) => void = () => {},
  ) {
    const { tz, trainBatchSize, tokensPerStep, stepTime } = config;
    this.tail = new FileTail(path, state?.position);
    this.format = formatNamed(config.format === 'auto' ? (state?.format ?? '') : config.format);
    this.context = {
      tz,
      trainBatchSize,
      tokensPerStep,
      stepTime,
      anyBar: config.format === 'tqdm',
      afterMs: state?.afterMs,
      counted: state?.counted ?? 0,
      parts: state?.parts ?? {},
    };
    this.counts.advice = state?.advice ?? null;
    this.assembly = new Map(state?.assembly);
    const container = containerOf(basename(path), config.format);
    if (container !== undefined) this.format = formatNamed(container.format);
    this.container = container !== undefined;
    this.splitter = container?.open(path, this.context) ?? new LineSplitter(this.format?.longestLineBytes);
    this.splitter.line = state?.line ?? 0;
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
      line: this.splitter.line,
      format: this.format.name,
      counted: this.context.counted,
      parts: this.context.parts,
      ...(this.counts.advice === null ? {} : { advice: this.counts.advice }),
      ...(this.context.afterMs === undefined ? {} : { afterMs: this.context.afterMs }),
      assembly: [...this.assembly],
      pending,
    };
  }

  /**
   * Reads what is new. Undefined where there is no such file.
   * @throws the file system's error where it cannot be read
   */
  look(): Look | undefined {
    let atEnd = false;
    let writtenMs = 0;
    for (let count = 0; count < CHUNKS_PER_LOOK && !atEnd; count++) {
      const chunk = this.tail.read();
      if (chunk === undefined) return count === 0 ? undefined : this.taken(this.close(writtenMs), atEnd, writtenMs);
      if (chunk.fresh) this.freshFile();
      for (const line of this.splitter.pushNumbered(chunk.bytes)) this.takeLine(line);
      atEnd = chunk.atEnd;
      writtenMs = chunk.modifiedMs;
    }
    this.counts.overlong = this.splitter.overlong;
    if (!atEnd && this.drafts.some((draft) => draft.parsed.endMs === undefined)) {
      this.drafts = this.drafts.slice(-MOST_DRAFTS);
      return this.taken([], atEnd, writtenMs);
    }
    return this.taken(this.close(writtenMs), atEnd, writtenMs);
  }

  private taken(records: StepRecord[], atEnd: boolean, writtenMs: number): Look {
    const { problems, collectives } = this;
    for (const record of collectives) {
      if (record.collectiveSeq === undefined) record.timestampMs ??= this.apart(writtenMs);
    }
    this.collectives = [];
    this.problems = [];
    this.counts.collectives += collectives.length;
    return { records, collectives, problems, atEnd };
  }

  private freshFile(): void {
    const unfinished = this.splitter.reset();
    if (unfinished !== undefined) this.takeLine(unfinished);
    // Another program may write the new file.
    if (this.config.format === 'auto' && !this.container) this.detector = new FormatDetector(this.context);
  }

  private takeLine(raw: RawLine): void {
    const clean = this.cleaner.clean(raw.text);
    if (clean === undefined) return;
    this.counts.lines++;
    // Rows of JSON say nothing of places, and files of them are the long ones.
    if (!clean.text.startsWith('{')) this.observe(clean.text, clean.stream);
    const line = { ...clean, number: raw.number };
    const reading = this.format === undefined ? undefined : this.readLine(this.format, line);
    if (this.config.format !== 'auto' && this.format !== undefined) return;
    const weak = this.format?.weak === true;
    if (this.format !== undefined && !weak) {
      // The format in use has proved itself in this file as well.
      if (isStep(reading) || isCollective(reading)) this.detector = undefined;
      if (this.detector === undefined) return;
    }
    // A weak format in use stays under watch: a better one may show up later in the log.
    this.detector ??= new FormatDetector(this.context, weak);
    const found = this.detector.take(line);
    if (found !== undefined) this.use(found);
  }

  private use({ format, lines, others, lastOther }: FoundFormat): void {
    const before = this.format;
    this.detector = undefined;
    if (before === format) return;
    if (before === undefined) {
      this.counts.unmatched += others;
      this.counts.lastUnmatched = lastOther?.slice(0, 120) ?? null;
    } else if (before.weak) this.drafts = [];
    if (before !== undefined) {
      this.assembly.clear();
      this.context.counted = 0;
      this.context.parts = {};
    }
    this.format = format;
    this.splitter.longestBytes = format.longestLineBytes ?? LONGEST_LINE_BYTES;
    for (const earlier of lines) this.readLine(format, earlier);
  }

  private readLine(format: LineFormat, line: LogLine): LineReading {
    const reading = format.read(line.text, this.context);
    if (reading === undefined) {
      this.counts.unmatched++;
      this.counts.lastUnmatched = line.text.slice(0, 120);
    }
    if (isCollective(reading)) this.collectives.push(this.collectiveOf(reading.collective, line.carriedMs));
    if (typeof reading === 'object' && 'problem' in reading) this.refuse(line.number, reading.problem);
    if (typeof reading === 'object' && 'part' in reading) this.takePart(reading.part);
    if (typeof reading === 'object' && 'advice' in reading) this.counts.advice = reading.advice ?? null;
    if (!isStep(reading)) return reading;
    this.counts.advice = reading.advice ?? null;
    this.context.afterMs = reading.endMs ?? this.context.afterMs;
    const { carriedMs } = line;
    const parsed = reading.endMs === undefined && carriedMs !== undefined ? { ...reading, endMs: carriedMs } : reading;
    const source = sourceOf(parsed.rank, line.stream);
    const drafts = assemble(this.assemblyOf(source), parsed, line.number);
    this.above = drafts.at(-1);
    this.drafts.push(...drafts);
    return reading;
  }

  private takePart(row: PartRow): void {
    const { above, last } = this;
    if (above === undefined) return;
    above.rows ??= new PartRows();
    above.rows.take(row);
    if (last?.draft === above) last.changed = true;
  }

  private collectiveOf(told: ParsedCollective['collective'], carriedMs: number | undefined): CollectiveRecord {
    const { job, host } = this.config;
    // The format has just made it: completed in place, as thousands come a second.
    const record: CollectiveRecord = Object.assign(told, { job });
    if (host !== undefined) record.host ??= host;
    if (record.collectiveSeq !== undefined) return record;
    const timestampMs = record.timestampMs ?? carriedMs;
    if (timestampMs !== undefined) record.timestampMs = this.apart(timestampMs);
    return record;
  }

  /** Operations without a number are told apart by their time: those of one ms get a µs each. */
  private apart(timestampMs: number): number {
    this.sameMs = timestampMs === this.collectiveMs ? this.sameMs + 1 : 0;
    this.collectiveMs = timestampMs;
    return timestampMs + this.sameMs / 1000;
  }

  private refuse(line: number | undefined, problem: string): void {
    this.counts.refused++;
    if (this.problems.length < MOST_PROBLEMS) this.problems.push(`${this.path}:${line}: ${problem}`);
  }

  private assemblyOf(rank: number): AssemblyState {
    let state = this.assembly.get(rank);
    if (state === undefined) {
      // A hostile log must not grow the state: ranks beyond any real job share one.
      const key = this.assembly.size < MOST_RANKS ? rank : -1;
      state = this.assembly.get(key) ?? newAssembly();
      this.assembly.set(key, state);
    }
    return state;
  }

  private close(writtenMs: number): StepRecord[] {
    const records = finish(this.drafts, writtenMs, this.config);
    // A step that was handed on without its rows is handed on again, the same but for them.
    const good = this.last?.changed ? withRows(this.last.draft, this.last.record) : [];
    if (this.last) this.last.changed = false;
    records.forEach((record, index) => {
      const draft = this.drafts[index] as Draft;
      const problem = problemOf(record);
      if (problem !== undefined) {
        this.refuse(draft.line, problem);
        return;
      }
      this.counts.steps++;
      good.push(...withRows(draft, record));
      this.last = { draft, record, changed: false };
    });
    this.drafts = [];
    return good;
  }

  dispose(): void {
    this.tail.close();
    this.splitter.close?.();
  }
}

function withRows({ rows }: Draft, record: StepRecord): StepRecord[] {
  return rows?.records(record) ?? [record];
}
