import type { IncidentCost, TrainingChanges } from './contract.ts';
import type { JobSummary, StepVerdict } from './step.ts';
import { sameCost } from './totals.ts';

/** What was last told of a job, as plain data. */
export interface PublishedState {
  /** Open steps as last told, in time order. */
  published: [step: string, verdict: string][];
  publishedSummary: string;
  publishedCosts: IncidentCost[];
}

/** Remembers what was told of a job, so that only what changed is told again. */
export class Published {
  private verdicts = new Map<string, string>();
  private summary = '';
  private costs = new Map<string, IncidentCost>();

  verdict(key: string, verdict: StepVerdict, changes: TrainingChanges): void {
    const text = JSON.stringify(verdict);
    if (this.verdicts.get(key) === text) return;
    this.verdicts.set(key, text);
    changes.verdicts.push(verdict);
  }

  /** The step is final: it is not told again. */
  forget(key: string): void {
    this.verdicts.delete(key);
  }

  totals(summary: JobSummary, costs: Map<string, IncidentCost>, changes: TrainingChanges): void {
    const text = JSON.stringify(summary);
    if (text !== this.summary) {
      this.summary = text;
      changes.jobs.push(summary);
    }
    for (const [id, cost] of costs) {
      if (!sameCost(this.costs.get(id), cost)) changes.incidentCosts.push(cost);
    }
    const nothing = { job: summary.job, lostSeconds: 0, lostSecondsLow: 0, lostSecondsHigh: 0, steps: 0 };
    for (const id of this.costs.keys()) {
      if (!costs.has(id)) changes.incidentCosts.push({ incidentId: id, ...nothing });
    }
    this.costs = costs;
  }

  state(): PublishedState {
    return {
      published: [...this.verdicts],
      publishedSummary: this.summary,
      publishedCosts: [...this.costs.values()],
    };
  }

  static restore(state: PublishedState): Published {
    const published = new Published();
    published.verdicts = new Map(state.published);
    published.summary = state.publishedSummary;
    published.costs = new Map(state.publishedCosts.map((cost) => [cost.incidentId, cost]));
    return published;
  }
}
