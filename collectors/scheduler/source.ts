import { join } from 'node:path';
import { IntervalMeter, pollLoop } from '../../lib/collect/poll-loop.ts';
import { plainPath, portlessHealth } from '../../lib/collect/portless-health.ts';
import { readStateFile, stateFileName, writeStateFile } from '../../lib/collect/state-file.ts';
import { Trouble } from '../../lib/collect/trouble.ts';
import type { CollectorContext, ProbeResult, Source } from '../../lib/collect/types.ts';
import { errorMessage } from '../../lib/errors.ts';
import type { JobPlacement } from '../../lib/topology/types.ts';
import { placementsOf, type ScheduledJobs, type SchedulerKind } from './placements.ts';

/** Problems shown with the target. */
const MOST_PROBLEMS = 20;

/** A scheduler as the source sees it. */
export interface Scheduler {
  kind: SchedulerKind;
  /** The one host it speaks of; the whole cluster without. */
  ofHost?: string;
  /** How pages call it: a command, a file, an address. */
  address: string;
  /** Jobs that run now. @throws FabricError in one sentence */
  running(signal: AbortSignal): Promise<ScheduledJobs>;
  close(): void;
}

interface SchedulerState {
  version: 1;
  /** Jobs told as running. */
  told: JobPlacement[];
}

/** Tells where the jobs of a scheduler run: each when it starts, when its hosts change and when it has ended. */
export class SchedulerSource implements Source {
  private readonly meter: IntervalMeter;
  private readonly statePath: string;
  /** As told, by job; undefined before the first look. */
  private told: Map<string, JobPlacement> | undefined;
  private readonly trouble: Trouble;
  private lastSuccessMs: number | null = null;
  private problems: string[] = [];

  constructor(
    private readonly config: { name: string; interval: number; jobName: string },
    private readonly scheduler: Scheduler,
    private readonly context: CollectorContext,
  ) {
    this.meter = new IntervalMeter(config.interval);
    this.trouble = new Trouble(context.clock, context.logger, 'list of jobs cannot be read');
    this.statePath = join(context.stateDir, 'scheduler', stateFileName(config.name));
  }

  async start(signal: AbortSignal): Promise<void> {
    await pollLoop({
      key: this.config.name,
      intervalMs: this.config.interval,
      clock: this.context.clock,
      signal,
      meter: this.meter,
      poll: (loopSignal) => this.poll(loopSignal),
      failed: (error) => {
        this.trouble.add(errorMessage(error));
        this.report();
      },
    });
    this.scheduler.close();
  }

  private async poll(signal: AbortSignal): Promise<void> {
    const { jobs, problems } = await this.scheduler.running(signal);
    if (signal.aborted) return;
    const { placements, problems: names } = placementsOf(
      jobs,
      this.config.jobName,
      this.scheduler.kind,
      this.scheduler.ofHost,
    );
    this.problems = [...names, ...problems];
    this.tell(placements);
    this.lastSuccessMs = this.context.clock.now();
    this.report();
  }

  private tell(placements: readonly JobPlacement[]): void {
    const first = this.told === undefined;
    const before = this.told ?? this.restored();
    const now = new Map(placements.map((placement) => [placement.job, placement]));
    const news: JobPlacement[] = [];
    for (const [job, placement] of now) {
      const known = before.get(job);
      if (first || known === undefined || JSON.stringify(known) !== JSON.stringify(placement)) news.push(placement);
    }
    const endMs = this.context.clock.now();
    for (const [job, placement] of before) if (!now.has(job)) news.push({ ...placement, endMs });
    if (news.length > 0) this.context.sink.jobs(news);
    this.told = now;
    // After it was handed on: a kill in between tells it once more.
    if (news.length > 0)
      writeStateFile(this.statePath, { version: 1, told: [...now.values()] } satisfies SchedulerState);
  }

  private restored(): Map<string, JobPlacement> {
    const state = readStateFile(this.statePath) as SchedulerState | undefined;
    return new Map(state?.version === 1 ? state.told.map((placement) => [placement.job, placement]) : []);
  }

  private report(): void {
    const { name, interval } = this.config;
    const health = portlessHealth(this.context, {
      target: name,
      device: name,
      collector: this.scheduler.kind,
      address: this.scheduler.address,
      state: this.state(),
      lastSuccessMs: this.lastSuccessMs,
      lastError: this.trouble.last,
      polls: this.meter.polls,
      failures: this.trouble.failures,
      paths: [plainPath('jobs', interval, this.meter)],
      refused: this.problems.slice(0, MOST_PROBLEMS),
    });
    this.context.sink.health(health);
  }

  private state(): 'starting' | 'ok' | 'degraded' | 'down' {
    if (this.lastSuccessMs === null) return this.trouble.last === null ? 'starting' : 'down';
    return this.trouble.isSince(this.lastSuccessMs) ? 'degraded' : 'ok';
  }

  async probe(signal: AbortSignal): Promise<ProbeResult> {
    try {
      const { jobs, problems } = await this.scheduler.running(signal);
      const hosts = new Set(jobs.flatMap((job) => job.hosts));
      const trouble = problems.length === 0 ? '' : `; ${problems.length} cannot be read, the first: ${problems[0]}`;
      const message = `${jobs.length} running jobs on ${hosts.size} hosts${trouble}`;
      return { ok: true, message, shows: ['job placements'], cannotShow: ['which rank runs where'] };
    } catch (error) {
      return { ok: false, message: errorMessage(error), shows: [], cannotShow: [] };
    } finally {
      this.scheduler.close();
    }
  }
}
