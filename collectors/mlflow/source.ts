import { join } from 'node:path';
import { IntervalMeter, pollLoop } from '../../lib/collect/poll-loop.ts';
import { plainPath, portlessHealth } from '../../lib/collect/portless-health.ts';
import { readStateFile, stateFileName, writeStateFile } from '../../lib/collect/state-file.ts';
import { Trouble } from '../../lib/collect/trouble.ts';
import type { CollectorContext, ProbeResult, Source } from '../../lib/collect/types.ts';
import { CollectorError, errorMessage } from '../../lib/errors.ts';
import type { StepRecord } from '../../lib/training/step.ts';
import { type AssemblyState, assemble, type Draft, finish, newAssembly } from '../training/assemble.ts';
import { problemOf } from '../training/record-problem.ts';
import type { MlflowConfig } from './config.ts';
import { MetricHistory } from './history.ts';
import { type MetricValue, stepOf } from './parse.ts';

/** Pages of one look: a long history is read over several. */
const MOST_PAGES = 20;

/** What survives a restart. */
interface State {
  version: 1;
  /** Where the last page began: only what is behind it is asked for. */
  page: string | null;
  /** The newest value told; what is not newer has been told before. */
  last: { timestampMs: number; step: number } | null;
  assembly: AssemblyState;
}

/** The steps of one run, from one metric it logs. */
export class MlflowSource implements Source {
  private readonly meter: IntervalMeter;
  private readonly history: MetricHistory;
  private readonly statePath: string;
  private readonly name: string;
  /** Read at the first look: creating a source touches nothing. */
  private state: State = { version: 1, page: null, last: null, assembly: newAssembly() };
  private readonly trouble: Trouble;
  private refused = 0;
  private lastRefused = '';
  private lastSuccessMs: number | null = null;

  constructor(
    private readonly config: MlflowConfig,
    private readonly context: CollectorContext,
  ) {
    const { name, url, job, run, metric, interval } = config;
    this.name = name ?? url;
    this.meter = new IntervalMeter(interval);
    this.trouble = new Trouble(context.clock, context.logger, 'metric cannot be read');
    this.history = new MetricHistory(config);
    this.statePath = join(context.stateDir, 'mlflow', stateFileName(`${job} ${url} ${run} ${metric}`));
  }

  async start(signal: AbortSignal): Promise<void> {
    const saved = readStateFile(this.statePath) as State | undefined;
    if (saved?.version === 1) this.state = saved;
    await pollLoop({
      key: this.name,
      intervalMs: this.config.interval,
      clock: this.context.clock,
      signal,
      meter: this.meter,
      poll: (loopSignal) => this.poll(loopSignal),
      failed: (error) => {
        // A place that is refused may be one of another version of the server: everything is asked for again.
        if (error instanceof CollectorError && error.code === 'unavailable') this.state.page = null;
        this.trouble.add(errorMessage(error));
        this.report();
      },
    });
    this.history.close();
  }

  private async poll(signal: AbortSignal): Promise<void> {
    for (let count = 0; count < MOST_PAGES; count++) {
      const { values, refused, next } = await this.history.page(this.state.page, signal);
      // The last page is read again and again: what is broken in it counts once it is full.
      if (next !== undefined && refused > 0) this.refuse(`${refused} entries of a page are no values`, refused);
      this.take(values);
      if (next === undefined || next === this.state.page) break;
      this.state.page = next;
    }
    this.lastSuccessMs = this.context.clock.now();
    this.report();
  }

  private take(values: readonly MetricValue[]): void {
    const drafts: Draft[] = [];
    // A copy, taken over once its steps are handed on: values that were not are read again.
    const state = structuredClone(this.state);
    for (const value of values) {
      const { last } = state;
      const { timestampMs, step } = value;
      if (last !== null && (timestampMs - last.timestampMs || step - last.step) <= 0) continue;
      state.last = { timestampMs, step };
      drafts.push(...assemble(state.assembly, stepOf(value, this.config.stepTimeUnit), 0));
    }
    const records = finish(drafts, this.context.clock.now(), this.config).filter((record) => this.isStep(record));
    if (records.length > 0) this.context.sink.steps(records);
    // A kill in between tells them once more, the same to the last digit.
    this.state = state;
    if (this.state.last !== null) writeStateFile(this.statePath, this.state);
  }

  private isStep(record: StepRecord): boolean {
    const problem = problemOf(record);
    if (problem !== undefined) this.refuse(problem, 1);
    return problem === undefined;
  }

  private refuse(problem: string, count: number): void {
    this.refused += count;
    this.lastRefused = problem;
  }

  private report(): void {
    const { job, host, url, run, metric, interval } = this.config;
    const health = portlessHealth(this.context, {
      target: this.name,
      device: host ?? job,
      collector: 'mlflow',
      address: url,
      state: this.health(),
      lastSuccessMs: this.lastSuccessMs,
      lastError: this.trouble.last,
      polls: this.meter.polls,
      failures: this.trouble.failures,
      paths: [plainPath(metric, interval, this.meter)],
      refused: [
        ...(this.lastSuccessMs !== null && this.state.last === null ? [noValues(run, metric)] : []),
        ...(this.refused > 0 ? [`${this.refused} values refused, the last: ${this.lastRefused}`] : []),
      ],
    });
    this.context.sink.health(health);
  }

  private health(): 'starting' | 'ok' | 'degraded' | 'down' {
    if (this.lastSuccessMs === null) return this.trouble.last === null ? 'starting' : 'down';
    const failing = this.trouble.isSince(this.lastSuccessMs);
    return failing || this.state.last === null ? 'degraded' : 'ok';
  }

  async probe(signal: AbortSignal): Promise<ProbeResult> {
    const { run, metric, stepTimeUnit } = this.config;
    try {
      const { values, next } = await this.history.page(null, signal);
      if (values.length === 0) return { ok: false, message: noValues(run, metric), shows: [], cannotShow: [] };
      const cannotShow = stepTimeUnit === undefined ? ['single steps, where not every step is logged'] : [];
      const message = `${values.length}${next === undefined ? '' : ' or more'} values of ${metric}`;
      return { ok: true, message, shows: ['steps'], cannotShow };
    } catch (error) {
      return { ok: false, message: errorMessage(error), shows: [], cannotShow: [] };
    } finally {
      this.history.close();
    }
  }
}

/** The server says the same of a run it does not know and of a metric nobody has logged. */
function noValues(run: string, metric: string): string {
  return `run ${run} has no value of ${metric} yet: are both written as MLflow shows them?`;
}
