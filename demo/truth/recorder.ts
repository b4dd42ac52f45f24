import type { Fabric } from '../fabric/fabric.ts';
import { type Fault, isNetworkFault } from '../fabric/faults.ts';
import type { FinishedStep } from '../fabric/job.ts';

/** A queue filled by a fault may take this long to drain after its end, ms. */
const AFTERMATH_MS = 2000;
/** A step without the fault that has not ended after this long is given up, ms of model time. */
const LONGEST_STEP_MS = 300_000;

/** What a finished step would have been without the faults in its way. */
export interface JudgedStep {
  finished: FinishedStep;
  durationMs: number;
  /** Without any of the faults that overlap it. */
  cleanMs: number;
  /** Without those of the network alone. */
  withoutNetworkMs: number;
  /** What each overlapping fault adds by itself: duration less the duration without it alone. */
  addedMs: Map<number, number>;
}

/** One alternative run of one step: from the state at the step's start, without some faults. */
class Alternative {
  durationMs: number | undefined;
  private readonly run: Fabric;

  constructor(
    snapshot: Fabric,
    private readonly finished: FinishedStep,
    without: ReadonlySet<number>,
  ) {
    this.run = snapshot.clone(without);
  }

  /** @returns ticks used; `durationMs` is set when the step has ended. */
  advance(maxTicks: number): number {
    for (let tick = 1; tick <= maxTicks; tick++) {
      const ended = this.run.tick().find((step) => step.job === this.finished.job);
      if (ended) this.durationMs = ended.endMs - ended.startMs;
      else if (this.run.nowMs - this.finished.startMs > LONGEST_STEP_MS) this.durationMs = LONGEST_STEP_MS;
      if (this.durationMs !== undefined) return tick;
    }
    return maxTicks;
  }
}

/** The alternatives of one step, computed in slices so that a live run is not held up. */
class Judgement {
  private readonly faults: Fault[];
  private readonly alternatives = new Map<string, Alternative>();

  constructor(
    private readonly snapshot: Fabric,
    private readonly finished: FinishedStep,
    faults: readonly Fault[],
  ) {
    this.faults = [...faults];
    this.want(this.faults);
    this.want(this.faults.filter((fault) => isNetworkFault(fault.kind)));
    for (const fault of this.faults) this.want([fault]);
  }

  private want(faults: readonly Fault[]): void {
    const key = keyOf(faults);
    if (key === '' || this.alternatives.has(key)) return;
    this.alternatives.set(key, new Alternative(this.snapshot, this.finished, new Set(faults.map((fault) => fault.id))));
  }

  advance(maxTicks: number): number {
    let used = 0;
    for (const alternative of this.alternatives.values()) {
      if (alternative.durationMs !== undefined) continue;
      used += alternative.advance(maxTicks - used);
      if (used >= maxTicks) break;
    }
    return used;
  }

  result(): JudgedStep | undefined {
    const durationMs = this.finished.endMs - this.finished.startMs;
    const without = (faults: readonly Fault[]): number =>
      faults.length === 0 ? durationMs : (this.alternatives.get(keyOf(faults))?.durationMs ?? Number.NaN);
    for (const alternative of this.alternatives.values()) if (alternative.durationMs === undefined) return undefined;
    return {
      finished: this.finished,
      durationMs,
      cleanMs: without(this.faults),
      withoutNetworkMs: without(this.faults.filter((fault) => isNetworkFault(fault.kind))),
      addedMs: new Map(this.faults.map((fault) => [fault.id, durationMs - without([fault])])),
    };
  }
}

function keyOf(faults: readonly Fault[]): string {
  return faults.map((fault) => fault.id).join(',');
}

/**
 * Tells what each fault cost each step, by running the step again from its own start without the fault: every other
 * draw, queue and tenant burst is the same, so the difference is the fault's doing and nothing else's.
 */
export class TruthRecorder {
  private readonly snapshots = new Map<number, Fabric>();
  private readonly queue: Judgement[] = [];

  constructor(private readonly onJudged: (step: JudgedStep) => void) {}

  /** Call before each tick. */
  beforeTick(fabric: Fabric): void {
    fabric.jobs.forEach((job, index) => {
      if (!job.stepStarted && fabric.nowMs >= job.stepStartMs) this.snapshots.set(index, fabric.clone());
    });
  }

  /** Call with each step that ended. */
  ended(fabric: Fabric, finished: FinishedStep): void {
    const snapshot = this.snapshots.get(finished.job);
    this.snapshots.delete(finished.job);
    const faults = fabric.faults.filter(
      (fault) => fault.startMs < finished.endMs && fault.endMs + AFTERMATH_MS > finished.startMs,
    );
    if (snapshot && faults.length > 0) this.queue.push(new Judgement(snapshot, finished, faults));
  }

  /** Works on what is queued for at most this many ticks of model time; leave it out to finish everything. */
  work(maxTicks = Number.POSITIVE_INFINITY): void {
    let left = maxTicks;
    for (let judgement = this.queue[0]; judgement && left > 0; judgement = this.queue[0]) {
      left -= Math.max(1, judgement.advance(left));
      const result = judgement.result();
      if (!result) return;
      this.queue.shift();
      this.onJudged(result);
    }
  }
}
