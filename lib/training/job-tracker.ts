import type { IncidentImpact, JobCoverage } from '../diagnosis/incident.ts';
import type { JobPlacement } from '../topology/types.ts';
import { rowCount, StepAssembly, settle } from './assembly.ts';
import type { AcceptedStep } from './baseline.ts';
import type { TrainingConfig } from './config.ts';
import type { IncidentCost, NetworkView, TrainingChanges } from './contract.ts';
import { type Evaluation, evaluateSteps, isSuspect } from './evaluate.ts';
import { judgeHang } from './hang.ts';
import { ImpactMemory } from './impact-memory.ts';
import { checkStep, type StepProblem } from './intake.ts';
import type { Suspect } from './periodic.ts';
import { Published, type PublishedState } from './published.ts';
import { rankFeatures } from './rank-features.ts';
import { type PlacedStep, placeSteps, type SegmentCarry } from './segments.ts';
import type { HangFinding, JobSummary, StepRecord, StepVerdict } from './step.ts';
import { type RankFeatures, type RankRow, type StepEntry, stepTimes } from './step-entry.ts';
import type { StepWork } from './step-work.ts';
import { addCosts, addTotals, type JobTotals, NO_TOTALS, summarize } from './totals.ts';

/** Where the open steps of a job continue from: everything that final steps left behind. Plain data. */
export interface JobCarry {
  segment: SegmentCarry | null;
  accepted: AcceptedStep[];
  /** Time of the newest final step; records before it come too late. */
  finalEndMs: number | null;
  /** The last slow steps that were not the network's. */
  suspects: Suspect[];
  totals: JobTotals;
  costs: IncidentCost[];
}

/** State of one job as plain JSON. */
export interface JobTrackerState extends PublishedState {
  job: string;
  placement: JobPlacement | null;
  entries: StepEntry[];
  impacts: IncidentImpact[];
  coverage: [step: string, JobCoverage][];
  carry: JobCarry;
  nowMs: number;
  hang?: HangFinding;
}

/** Everything known of one job's steps: assembles them, judges the open ones, keeps what the final ones left. */
export class JobTracker {
  private assembly: StepAssembly;
  private placement: JobPlacement | null = null;
  private readonly impacts = new ImpactMemory();
  private carry: JobCarry = {
    segment: null,
    accepted: [],
    finalEndMs: null,
    suspects: [],
    totals: NO_TOTALS,
    costs: [],
  };
  private coverage = new Map<string, JobCoverage>();
  private published = new Published();
  private latest: Evaluation = { verdicts: [], work: [] };
  private readonly features = new WeakMap<StepEntry, RankFeatures>();
  private changed = true;
  private judgedOpen = 0;
  private nowMs = 0;
  private hang: HangFinding | undefined;

  constructor(
    readonly job: string,
    private readonly config: TrainingConfig,
  ) {
    this.assembly = new StepAssembly(config);
  }

  setPlacement(placement: JobPlacement | undefined): void {
    if (JSON.stringify(placement ?? null) === JSON.stringify(this.placement)) return;
    this.placement = placement ?? null;
    this.changed = true;
  }

  /** null when it was taken. */
  add(record: StepRecord): StepProblem | 'duplicate' | null {
    const problem = checkStep(record, this.config);
    if (problem) return problem;
    const { finalEndMs, segment } = this.carry;
    if (finalEndMs !== null && record.endMs <= finalEndMs && record.step <= (segment?.lastStep ?? -1)) {
      return { code: 'too_late', detail: `step ${record.step} came after its verdict was final` };
    }
    const entry = this.assembly.add(record);
    if (!entry) return 'duplicate';
    this.features.delete(entry);
    this.changed = true;
    return null;
  }

  judge(nowMs: number, view: NetworkView, flush: boolean, changes: TrainingChanges): void {
    this.nowMs = Math.max(this.nowMs, nowMs);
    const ready = this.readySteps(nowMs, flush);
    if (ready.length !== this.judgedOpen) this.changed = true;
    this.judgedOpen = ready.length;
    const placed = placeSteps(ready, this.carry.segment);
    const first = placed.reduce((least, step) => Math.min(least, step.times.startMs), nowMs);
    const range = { startMs: Math.max(nowMs - this.config.reviseMs, first), endMs: nowMs };
    const last = placed.reduce((most, step) => Math.max(most, step.times.endMs), Number.NEGATIVE_INFINITY);
    if (last >= range.startMs && range.endMs > range.startMs) {
      if (this.impacts.update(view.impactsOf(this.job, range), range)) this.changed = true;
      this.impacts.prune(first);
    }
    if (this.changed) {
      this.latest = evaluateSteps(
        {
          job: this.job,
          steps: placed,
          features: (step) => this.featuresOf(step.entry),
          impacts: this.impacts.all(),
          coverage: (step) => this.coverageOf(step, nowMs, view),
          accepted: this.carry.accepted,
          acceptedSegment: this.carry.segment?.segment ?? 0,
          suspects: this.carry.suspects,
          warmupSteps: this.placement?.warmupSteps ?? this.config.warmupSteps,
        },
        this.config,
      );
      this.changed = false;
      this.latest.verdicts.forEach((verdict, n) => {
        const step = this.latest.work[n]?.step;
        if (step) this.published.verdict(keyOf(step), verdict, changes);
      });
      this.thinOut();
      this.finalize();
    }
    this.lookAtHang(nowMs, view);
    const costs = addCosts(this.carry.costs, this.job, this.latest.verdicts);
    this.published.totals(this.summary(), costs, changes);
  }

  /** A job that has stopped stepping: what the network showed since. */
  private lookAtHang(nowMs: number, view: NetworkView): void {
    const { state, lastStepEndMs, baselineSeconds } = this.summary();
    if (state !== 'stalled' || lastStepEndMs === null) {
      this.hang = undefined;
      return;
    }
    const before = this.hang?.sinceMs === lastStepEndMs ? this.hang : undefined;
    const span = { sinceMs: lastStepEndMs, nowMs, stepSeconds: baselineSeconds ?? 0 };
    this.hang = judgeHang(this.job, span, view, before, this.config);
  }

  summary(): JobSummary {
    const totals = addTotals(this.carry.totals, this.latest.verdicts);
    const summary = summarize(this.job, totals, this.placement, this.nowMs, this.config);
    return this.hang && summary.state === 'stalled' ? { ...summary, hang: this.hang } : summary;
  }

  /** What each rank said of an open step, by rank; the newest step where a restart repeated the id. */
  ranksOf(step: number): RankRow[] {
    const entry = this.assembly.newest(step);
    return entry ? structuredClone(entry.rows) : [];
  }

  snapshot(): JobTrackerState {
    return structuredClone({
      job: this.job,
      placement: this.placement,
      entries: [...this.assembly.entries()],
      impacts: this.impacts.all(),
      coverage: [...this.coverage],
      carry: this.carry,
      ...this.published.state(),
      nowMs: this.nowMs,
      ...(this.hang ? { hang: this.hang } : {}),
    });
  }

  static restore(state: JobTrackerState, config: TrainingConfig): JobTracker {
    const tracker = new JobTracker(state.job, config);
    tracker.placement = state.placement;
    for (const entry of structuredClone(state.entries)) tracker.assembly.insert(entry);
    tracker.impacts.restore(state.impacts);
    tracker.coverage = new Map(state.coverage);
    tracker.carry = structuredClone(state.carry);
    tracker.published = Published.restore(state);
    const verdicts = state.published.map(([, text]) => JSON.parse(text) as StepVerdict);
    tracker.latest = { verdicts: verdicts.sort((a, b) => a.startMs - b.startMs), work: [] };
    tracker.nowMs = state.nowMs;
    tracker.hang = state.hang;
    return tracker;
  }

  /** Steps that have ended and that all ranks have told, or that waited long enough for the missing ones. */
  private readySteps(nowMs: number, flush: boolean): StepEntry[] {
    const ready: StepEntry[] = [];
    let newestComplete = Number.NEGATIVE_INFINITY;
    const waiting: { entry: StepEntry; endMs: number }[] = [];
    const expected = this.expectedRanks();
    for (const entry of this.assembly.entries()) {
      const { startMs, endMs } = stepTimes(entry);
      if (flush || (endMs <= nowMs && rowCount(entry) >= expected)) {
        ready.push(entry);
        newestComplete = Math.max(newestComplete, startMs);
      } else if (endMs <= nowMs) waiting.push({ entry, endMs });
    }
    for (const { entry, endMs } of waiting) {
      if (endMs + this.config.lateRankGraceMs <= nowMs) ready.push(entry);
    }
    return ready;
  }

  /** Rows that make a step complete: as many as the best told of the open steps. */
  private expectedRanks(): number {
    let most = 1;
    for (const entry of this.assembly.entries()) most = Math.max(most, rowCount(entry));
    return most;
  }

  private featuresOf(entry: StepEntry): RankFeatures {
    let features = this.features.get(entry);
    if (!features) {
      features = rankFeatures(entry);
      this.features.set(entry, features);
    }
    return features;
  }

  private coverageOf(step: PlacedStep, nowMs: number, view: NetworkView): JobCoverage | undefined {
    const key = keyOf(step);
    const known = this.coverage.get(key);
    if (known && step.times.endMs < nowMs - this.config.settleRanksMs) return known;
    const told = view.coverageOf(this.job, { startMs: step.times.startMs, endMs: step.times.endMs });
    if (told) this.coverage.set(key, { ...told });
    return told ?? known;
  }

  private thinOut(): void {
    for (const { step } of this.latest.work) {
      if (step.times.endMs < this.nowMs - this.config.settleRanksMs) settle(step.entry, this.config.keepRows);
    }
  }

  /** Makes the oldest steps final when there are more open than allowed. */
  private finalize(): void {
    const excess = this.assembly.size - this.config.openSteps;
    if (excess <= 0) return;
    const count = Math.min(this.latest.work.length, excess + (this.config.openSteps >> 3));
    const verdicts = this.latest.verdicts.slice(0, count);
    for (const item of this.latest.work.slice(0, count)) this.forget(item);
    const suspects = verdicts.filter(isSuspect).map(({ step, excessSeconds }) => ({ step, excessSeconds }));
    this.carry.suspects = [...this.carry.suspects, ...suspects].slice(-MAX_SUSPECTS);
    this.carry.totals = addTotals(this.carry.totals, verdicts);
    this.carry.costs = [...addCosts(this.carry.costs, this.job, verdicts).values()].slice(-MAX_COSTS);
    this.latest = { verdicts: this.latest.verdicts.slice(count), work: this.latest.work.slice(count) };
    this.judgedOpen -= count;
  }

  private forget(item: StepWork): void {
    const { segment, index, entry, times } = item.step;
    const { carry } = this;
    if (segment !== (carry.segment?.segment ?? 0)) carry.accepted = [];
    if (item.learned) carry.accepted = [...carry.accepted, item.learned].slice(-this.config.baselineSteps);
    carry.segment = { segment, nextIndex: index + 1, lastStep: entry.step };
    carry.finalEndMs = times.endMs;
    const key = keyOf(item.step);
    this.published.forget(key);
    this.coverage.delete(key);
    this.assembly.remove(entry);
  }
}

/** Slow final steps per job that periods are still found from. */
const MAX_SUSPECTS = 64;
/** Incidents per job whose cost is kept after their steps are final. */
const MAX_COSTS = 1000;

const keyOf = (step: PlacedStep) => `${step.segment}:${step.entry.step}`;
