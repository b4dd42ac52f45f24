import type { StepRecord } from '../../lib/training/step.ts';
import type { FinishedStep, JobSpec } from '../fabric/job.ts';
import type { FabricTopology } from '../fabric/topology.ts';

/** Fetching a batch that has been prepared, ms: part of what the model calls compute. */
const FETCH_MS = 5;

/** A finished step as its ranks report it. `epochMs` is the wall time of model time 0. */
export function stepRecords(
  finished: FinishedStep,
  spec: JobSpec,
  topology: FabricTopology,
  epochMs: number,
): StepRecord[] {
  return finished.ranks.map((rank) => {
    const dataLoadMs = rank.dataWaitMs + FETCH_MS;
    const computeMs = rank.computeEndMs - finished.startMs - dataLoadMs;
    const communicationMs = rank.endMs - rank.computeEndMs - finished.checkpointMs;
    return {
      job: spec.name,
      step: finished.step,
      rank: rank.rank,
      host: topology.devices[spec.hosts[rank.rank] ?? -1]?.name ?? '',
      startMs: round(epochMs + finished.startMs),
      endMs: round(epochMs + rank.endMs),
      computeEndMs: round(epochMs + rank.computeEndMs),
      phasesMs: {
        compute: round(computeMs),
        communication: round(Math.max(0, communicationMs)),
        dataLoad: round(dataLoadMs),
        ...(finished.checkpointMs > 0 ? { checkpoint: round(finished.checkpointMs) } : {}),
      },
      ...(finished.checkpointMs > 0 ? { tags: ['checkpoint'] } : {}),
    };
  });
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
