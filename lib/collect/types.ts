import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { CounterName, ReadingFrame } from '../counters/reading.ts';
import type { TargetHealth, TargetPathHealth } from '../events/events.ts';
import type { Logger } from '../logger.ts';
import type { SampleFrame } from '../samples/frame.ts';
import type { DeviceInfo, JobPlacement, Link } from '../topology/types.ts';
import type { CollectiveRecord } from '../training/collective.ts';
import type { StepRecord } from '../training/step.ts';

/** A path as its source tells it. */
export interface ReportedPath extends TargetPathHealth {
  /**
   * Counters that come this way: what is found out about them afterwards is told with the path. None = a path without
   * counters; absent = the source cannot tell, and the path may carry any.
   */
  counters?: readonly CounterName[];
}

/** A target's health as its source tells it. */
export interface ReportedHealth extends Omit<TargetHealth, 'paths'> {
  paths: ReportedPath[];
}

/** What a source hands on: each call returns at once, and what the spool has no room for pushes out what is oldest in it. */
export interface CollectSink {
  /** True while much waits to be sent: who can come back for what it reads (a file) waits as well. Absent: never. */
  isBehind?(channel: 'steps' | 'collectives'): boolean;
  readings(frame: ReadingFrame): void;
  /**
   * What is known between two moments and not of a counter: stored as it is, beside what another source reads of the
   * device. Depths of queues also join the next reading of it, for detectors.
   */
  samples?(frames: readonly SampleFrame[]): void;
  links(device: string, devices: DeviceInfo[], links: Link[]): void;
  steps(records: StepRecord[]): void;
  collectives(records: CollectiveRecord[]): void;
  /** Where jobs run; a placement replaces what was said of the job before. */
  jobs(placements: JobPlacement[]): void;
  health(health: ReportedHealth): void;
}

export interface CollectorContext {
  sink: CollectSink;
  clock: Clock;
  logger: Logger;
  /** Who we are, for TargetHealth.collectedBy. */
  collectorId: string;
  /** Directory for what should survive a restart (row maps, file offsets). */
  stateDir: string;
}

/** What a probe found: for `stallscope check`. */
export interface ProbeResult {
  ok: boolean;
  /** One sentence: what answered, or what failed and what to do next. */
  message: string;
  device?: string;
  ports?: number;
  /** Canonical fields the target gives, and does not give. */
  shows: string[];
  cannotShow: string[];
  /** Leaves that were asked for by name and never came: path, leaf and the fields it would give, one a sentence. */
  neverSent?: string[];
}

/** A running source: one target (switch, host, log file). `create` is inert; `start` runs until the signal says stop. */
export interface Source {
  start(signal: AbortSignal): Promise<void>;
  probe(signal: AbortSignal): Promise<ProbeResult>;
}

/** A kind of source: what `collectors/<name>/index.ts` exports. */
export interface CollectorPlugin<Schema extends z.ZodType = z.ZodType> {
  name: string;
  configSchema: Schema;
  create(config: z.output<Schema>, context: CollectorContext): Source;
}
