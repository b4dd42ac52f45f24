import { renameSync, writeFileSync } from 'node:fs';
import { type AcceptedAnswer, acceptedAnswer } from '../fabric/accept.ts';
import type { Fault } from '../fabric/faults.ts';
import type { JobSpec } from '../fabric/job.ts';
import type { FabricTopology } from '../fabric/topology.ts';
import type { JudgedStep } from '../fabric/truth.ts';

interface TruthFault extends AcceptedAnswer {
  strength: number;
  startMs: number;
  endMs: number;
  /** True until a step has been seen to suffer, for congestion that may hurt nobody. */
  optional: boolean;
  affectedSteps: Record<string, number[]>;
}

/** A step counts as slowed by a fault when the fault adds at least this share of what the step takes without it. */
export const AFFECTED_SHARE = 0.07;

/** `demo-truth.json`: what was injected and what it did, for checks only. Times are Unix ms. */
export class TruthFile {
  private readonly faults = new Map<number, TruthFault>();

  constructor(
    private readonly file: string,
    private readonly topology: FabricTopology,
    private readonly jobs: readonly JobSpec[],
    private readonly epochMs: number,
  ) {
    this.save();
  }

  /** A fault has begun. */
  begun(fault: Fault): void {
    const answer = acceptedAnswer(this.topology, fault, this.jobs);
    this.faults.set(fault.id, {
      ...answer,
      strength: fault.strength,
      startMs: this.epochMs + fault.startMs,
      endMs: this.epochMs + fault.endMs,
      optional: fault.kind === 'incast' || fault.kind === 'ecmp-collision',
      affectedSteps: {},
    });
    this.save();
  }

  judged(step: JudgedStep): void {
    const job = this.jobs[step.finished.job]?.name ?? '';
    let changed = false;
    for (const [id, addedMs] of step.addedMs) {
      const fault = this.faults.get(id);
      if (!fault || addedMs < AFFECTED_SHARE * (step.durationMs - addedMs)) continue;
      const steps = fault.affectedSteps[job] ?? [];
      fault.affectedSteps[job] = [...steps, step.finished.step];
      fault.optional = false;
      changed = true;
    }
    if (changed) this.save();
  }

  private save(): void {
    writeFileSync(`${this.file}.new`, `${JSON.stringify({ faults: [...this.faults.values()] }, null, 1)}\n`);
    renameSync(`${this.file}.new`, this.file);
  }
}
