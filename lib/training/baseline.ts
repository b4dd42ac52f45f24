import type { TrainingConfig } from './config.ts';
import { SortedWindow } from './sorted-window.ts';
import type { RankFeatures } from './step-entry.ts';

/** What a step is compared with. */
export interface Baseline {
  /** Usual step time, seconds: exp of the median ln(duration). */
  seconds: number;
  /** Robust standard deviation of ln(duration). */
  spread: number;
  /** The same of the steps longer than usual: step times lean to the right. Never below `spread`. */
  upperSpread: number;
  /** Accepted steps behind it. */
  steps: number;
  /** Usual largest compute, data loading and checkpoint time and start over the ranks with their spreads, ms; absent when unknown. */
  compute?: Usual;
  dataLoad?: Usual;
  checkpoint?: Usual;
  start?: Usual;
}

/** A usual value and its robust spread, ms. */
export interface Usual {
  ms: number;
  spreadMs: number;
}

/** One step the baseline learns from. */
export interface AcceptedStep {
  lnSeconds: number;
  computeMs: number | null;
  dataLoadMs: number | null;
  checkpointMs: number | null;
  startMs: number | null;
}

/** Median and spread of the last accepted steps. */
export class BaselineWindow {
  private readonly ln: SortedWindow;
  private readonly compute: SortedWindow;
  private readonly dataLoad: SortedWindow;
  private readonly checkpoint: SortedWindow;
  private readonly start: SortedWindow;
  private readonly accepted: AcceptedStep[] = [];

  constructor(private readonly config: TrainingConfig) {
    this.ln = new SortedWindow(config.baselineSteps);
    this.compute = new SortedWindow(config.baselineSteps);
    this.dataLoad = new SortedWindow(config.baselineSteps);
    this.checkpoint = new SortedWindow(config.baselineSteps);
    this.start = new SortedWindow(config.baselineSteps);
  }

  get size(): number {
    return this.ln.size;
  }

  push(step: AcceptedStep): void {
    this.accepted.push(step);
    if (this.accepted.length > this.config.baselineSteps) this.accepted.shift();
    this.ln.push(step.lnSeconds);
    if (step.computeMs !== null) this.compute.push(step.computeMs);
    if (step.dataLoadMs !== null) this.dataLoad.push(step.dataLoadMs);
    if (step.checkpointMs !== null) this.checkpoint.push(step.checkpointMs);
    if (step.startMs !== null) this.start.push(step.startMs);
  }

  /** Undefined below `provisionalSteps`. */
  baseline(): Baseline | undefined {
    const center = this.ln.median();
    if (center === undefined || this.ln.size < this.config.provisionalSteps) return undefined;
    const baseline: Baseline = {
      seconds: Math.exp(center),
      spread: this.ln.spread(center, this.config.spreadFloor),
      upperSpread: this.ln.upperSpread(center, this.config.spreadFloor),
      steps: this.ln.size,
    };
    const compute = this.usual(this.compute);
    const dataLoad = this.usual(this.dataLoad);
    const checkpoint = this.usual(this.checkpoint);
    if (compute) baseline.compute = compute;
    if (dataLoad) baseline.dataLoad = dataLoad;
    if (checkpoint) baseline.checkpoint = checkpoint;
    const start = this.usual(this.start);
    if (start) baseline.start = start;
    return baseline;
  }

  /** Oldest first, for a snapshot. */
  steps(): AcceptedStep[] {
    return [...this.accepted];
  }

  private usual(window: SortedWindow): Usual | undefined {
    const ms = window.median();
    if (ms === undefined || window.size < this.config.provisionalSteps) return undefined;
    return { ms, spreadMs: window.spread(ms, this.config.spreadFloor * ms) };
  }
}

/** A step as the baseline learns it: a slow one is drawn in to `winsorSpreads` above the median. */
export function acceptedStep(
  seconds: number,
  features: RankFeatures,
  baseline: Baseline | undefined,
  config: TrainingConfig,
): AcceptedStep {
  const ln = Math.log(seconds);
  const ceiling = baseline ? Math.log(baseline.seconds) + config.winsorSpreads * baseline.spread : ln;
  return {
    lnSeconds: Math.min(ln, ceiling),
    computeMs: features.compute?.maxMs ?? null,
    dataLoadMs: features.dataLoad?.maxMs ?? null,
    checkpointMs: features.checkpoint?.maxMs ?? null,
    startMs: features.start?.maxMs ?? null,
  };
}
