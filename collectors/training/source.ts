import { join } from 'node:path';
import { ClockOffset } from '../../lib/collect/clock-offset.ts';
import { IntervalMeter, pollLoop } from '../../lib/collect/poll-loop.ts';
import { plainPath, portlessHealth } from '../../lib/collect/portless-health.ts';
import { readStateFile, stateFileName, writeStateFile } from '../../lib/collect/state-file.ts';
import { Trouble } from '../../lib/collect/trouble.ts';
import type { CollectorContext, ProbeResult, Source } from '../../lib/collect/types.ts';
import { errorMessage, FabricError } from '../../lib/errors.ts';
import type { TargetHealth } from '../../lib/events/events.ts';
import type { StepRecord } from '../../lib/training/step.ts';
import type { TrainingConfig } from './config.ts';
import { filesToFollow } from './containers.ts';
import { EnvLines } from './env-lines.ts';
import { matchingFiles } from './glob.ts';
import { LogFile, type LogFileState } from './log-file.ts';
import { NcclNics } from './nccl-nics.ts';
import { NcclRanks } from './nccl-ranks.ts';

/** A clock this far from the time of arrival is most likely in another zone. */
const CLOCK_JUMP_MS = 30 * 60_000;

/** Coarsest time that the formats print, but for whole seconds, which only make the offset less sure. */
const LINE_RESOLUTION_MS = 1;

/** The logs of one entry: one file, or all that a pattern matches. */
export class TrainingSource implements Source {
  private readonly files = new Map<string, LogFile>();
  private readonly meter: IntervalMeter;
  private readonly name: string;
  private readonly trouble: Trouble;
  private lastSuccessMs: number | null = null;
  /** The clock of each file's writer, as far as times in lines and times of reading them tell. */
  private readonly clocks = new Map<string, ClockOffset>();
  private lookedMs: number | null = null;
  private caughtUp = false;
  /** Hosts first: ranks and ports are laid beside them. */
  private readonly placements: readonly [EnvLines, NcclRanks, NcclNics];

  constructor(
    private readonly config: TrainingConfig,
    private readonly context: CollectorContext,
  ) {
    this.name = config.name ?? config.file;
    this.placements = [new EnvLines(config.job), new NcclRanks(config.job), new NcclNics(config.job)];
    this.meter = new IntervalMeter(config.interval);
    this.trouble = new Trouble(context.clock, context.logger, 'training log problem');
  }

  async start(signal: AbortSignal): Promise<void> {
    await pollLoop({
      key: this.name,
      intervalMs: this.config.interval,
      clock: this.context.clock,
      signal,
      meter: this.meter,
      poll: async () => this.poll(),
      failed: (error) => this.trouble.add(errorMessage(error)),
    });
    for (const file of this.files.values()) file.dispose();
  }

  private poll(): void {
    const paths = this.paths();
    if (paths.length === 0) this.trouble.add(`there is no file ${this.config.file} yet`);
    let atEnd = true;
    for (const path of paths) {
      try {
        atEnd = this.follow(path) && atEnd;
      } catch (error) {
        this.trouble.add(`${path}: ${reasonOf(error)}`);
      }
    }
    this.caughtUp = atEnd && paths.length > 0;
    this.lookedMs = this.context.clock.now();
    for (const lines of this.caughtUp ? this.placements : []) {
      const placement = lines.news();
      if (placement !== undefined) this.context.sink.jobs([placement]);
    }
    this.report();
  }

  private paths(): string[] {
    return filesToFollow(matchingFiles(this.config.file), this.config.format);
  }

  /** @returns true when all of the file has been read */
  private follow(path: string): boolean {
    const file = this.files.get(path) ?? this.open(path);
    if (this.mustWait(file)) return false;
    const look = file.look();
    if (look === undefined) return true;
    for (const problem of look.problems) this.trouble.add(problem);
    // Known by their numbers: handed on again after a kill they change nothing.
    if (look.collectives.length > 0) this.context.sink.collectives(look.collectives);
    const records = [...(this.unsent.get(path) ?? []), ...look.records];
    if (records.length > 0) {
      this.noteClock(path, records[records.length - 1]?.endMs ?? Number.NaN, records[0]?.timeBasis === 'source');
      // Kept before they are handed on: after a crash in between they are handed on again, not lost and not different.
      this.unsent.set(path, records);
      this.keep(file, records);
      this.context.sink.steps(records);
      this.unsent.delete(path);
    }
    this.keep(file, []);
    this.lastSuccessMs = this.context.clock.now();
    return look.atEnd;
  }

  /** A file stays where it is: a long one is read as fast as its records are sent, so that none has to go unsent. */
  private mustWait(file: LogFile): boolean {
    const { sink } = this.context;
    const tellsCollectives = file.counts.collectives > 0;
    const waits = sink.isBehind?.('steps') || (tellsCollectives && sink.isBehind?.('collectives'));
    if (waits) this.waiting.add(file.path);
    else this.waiting.delete(file.path);
    return waits === true;
  }

  private open(path: string): LogFile {
    const saved = readStateFile(this.statePath(path)) as LogFileState | undefined;
    const state = saved?.version === 1 ? saved : undefined;
    if (state !== undefined && state.pending.length > 0) this.context.sink.steps(state.pending);
    const file = new LogFile(path, this.config, state, (text, stream) => {
      for (const lines of this.placements) lines.take(text, `${path} ${stream ?? ''}`);
    });
    this.files.set(path, file);
    return file;
  }

  private statePath(path: string): string {
    return join(this.context.stateDir, 'training', stateFileName(`${this.config.job} ${path}`));
  }

  /** Files that are read on once what was read before is sent. */
  private readonly waiting = new Set<string>();
  private readonly kept = new Map<string, string>();
  private readonly unsent = new Map<string, StepRecord[]>();

  private keep(file: LogFile, pending: Parameters<LogFile['state']>[0]): void {
    const state = file.state(pending);
    if (state === undefined) return;
    const text = JSON.stringify(state);
    if (this.kept.get(file.path) === text) return;
    this.kept.set(file.path, text);
    writeStateFile(this.statePath(file.path), state);
  }

  /** A new line was written after the last look and before this one: so far is its writer's clock known. */
  private noteClock(path: string, endMs: number, sourceClock: boolean): void {
    if (!this.caughtUp || !sourceClock || !Number.isFinite(endMs)) return;
    const nowMs = this.context.clock.now();
    const clock = this.clocks.get(path) ?? new ClockOffset();
    this.clocks.set(path, clock);
    clock.add(endMs, LINE_RESOLUTION_MS, this.lookedMs ?? nowMs, nowMs);
    if (Math.abs(endMs - nowMs) < CLOCK_JUMP_MS) return;
    const hours = ((endMs - nowMs) / 3_600_000).toFixed(1);
    this.trouble.add(
      `clocks in the lines are ${hours} h off the time they are written: is tz: ${this.config.tz} right?`,
    );
  }

  /** The clock that is surely off by most. */
  private worstClock(): Pick<TargetHealth, 'clockOffsetMs' | 'clockErrorMs'> {
    const sure = (clock: ClockOffset) => Math.abs(clock.offsetMs ?? 0) - (clock.errorMs ?? 0);
    const [worst] = [...this.clocks.values()].sort((a, b) => sure(b) - sure(a));
    if (worst === undefined || worst.offsetMs === null || worst.errorMs === null) return { clockOffsetMs: null };
    return { clockOffsetMs: worst.offsetMs, clockErrorMs: worst.errorMs };
  }

  private report(): void {
    const health = portlessHealth(this.context, {
      target: this.name,
      device: this.config.host ?? this.config.job,
      collector: 'training',
      address: this.config.file,
      state: this.state(),
      lastSuccessMs: this.lastSuccessMs,
      lastError: this.trouble.last,
      polls: this.meter.polls,
      failures: this.trouble.failures,
      ...this.worstClock(),
      paths: [...this.files.values()].map(({ path }) => plainPath(path, this.config.interval, this.meter)),
      refused: this.complaints(),
    });
    this.context.sink.health(health);
  }

  private state(): 'starting' | 'ok' | 'degraded' | 'down' {
    if (this.lastSuccessMs === null) return this.trouble.last === null ? 'starting' : 'down';
    if (this.trouble.isSince(this.lastSuccessMs)) return 'degraded';
    const files = [...this.files.values()];
    return files.every(({ formatName, counts }) => formatName !== undefined && counts.advice === null)
      ? 'ok'
      : 'degraded';
  }

  private complaints(): string[] {
    return [...this.files.values()].flatMap((file) => {
      const { counts } = file;
      const lines: string[] = [];
      if (file.formatName === undefined) lines.push(`${file.path}: no line of a known format in ${counts.lines}`);
      else if (counts.advice !== null) lines.push(`${file.path}: ${counts.advice}`);
      else if (counts.unmatched > 0) {
        lines.push(
          `${file.path}: ${counts.unmatched} of ${counts.lines} lines are no ${file.formatName} lines, the last: ${counts.lastUnmatched}`,
        );
      }
      if (counts.overlong > 0) lines.push(`${file.path}: ${counts.overlong} lines cut, they are too long`);
      if (counts.refused > 0) lines.push(`${file.path}: ${counts.refused} lines refused`);
      if (this.waiting.has(file.path)) lines.push(`${file.path}: waits until what was read before is sent`);
      return lines;
    });
  }

  async probe(_signal: AbortSignal): Promise<ProbeResult> {
    const paths = this.paths();
    const none = { shows: [], cannotShow: [] };
    if (paths.length === 0) return { ok: false, message: `there is no file ${this.config.file} yet`, ...none };
    const found: string[] = [];
    const shows = new Set<string>();
    const cannotShow = new Set<string>();
    for (const path of paths.slice(0, 8)) {
      const file = new LogFile(path, this.config);
      try {
        file.look();
        const { steps, collectives, advice } = file.counts;
        if (advice !== null) cannotShow.add(advice);
        if (file.formatName === undefined) continue;
        if (steps > 0) found.push(`${file.formatName} (${steps} steps at its start)`);
        if (collectives > 0) found.push(`${file.formatName} (${collectives} collectives at its start)`);
        shows.add(collectives > 0 ? 'collectives' : 'steps');
      } catch (error) {
        return {
          ok: false,
          message: `${path}: ${reasonOf(error)}`,
          ...none,
        };
      } finally {
        file.dispose();
      }
    }
    const first = found[0];
    if (first !== undefined) {
      return { ok: true, message: `${paths.length} files, ${first}`, shows: [...shows], cannotShow: [...cannotShow] };
    }
    const why = cannotShow.size > 0 ? [...cannotShow].join('; ') : 'none with lines of a known format yet';
    return { ok: false, message: `${paths.length} files, ${why}`, ...none };
  }
}

/** Ours in words, the file system's by its code: it repeats the path otherwise. */
function reasonOf(error: unknown): string {
  const code = error instanceof FabricError ? undefined : (error as NodeJS.ErrnoException).code;
  return code ?? errorMessage(error);
}
