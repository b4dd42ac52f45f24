import type { StepCause, StepVerdict } from '../../../lib/training/step.ts';
import { type FakeJob, LLAMA } from './jobs.ts';
import { type Scene, wave } from './scene.ts';

/** Why a step took longer, and what was not visible of it. */
export interface Delay {
  excessSeconds: number;
  causes: StepCause[];
  notVisible: string[];
  lateRank?: NonNullable<StepVerdict['lateRank']>;
}

/** What delayed a step: now and then a rank, a checkpoint or nobody knows what, and in the storm the network. */
export function delayOf(scene: Scene, job: FakeJob, step: number, startMs: number): Delay | undefined {
  const troubled = scene.mode !== 'quiet';
  if (troubled && step % 97 === 40) return straggler(job.hosts[5] ?? '');
  if (troubled && step % 120 === 90) return checkpoint();
  if (troubled && step % 173 === 12) return unexplained();
  return scene.storming(startMs) && job === LLAMA ? storm(1.3 + 0.7 * wave(step, startMs, 23_000)) : undefined;
}

function straggler(host: string): Delay {
  const cause: StepCause = {
    kind: 'compute-straggler',
    incident: null,
    seconds: 0.79,
    rank: 5,
    host,
    label: 'confirmed',
    text: `rank 5 on ${host} finished its compute 790 ms after the median rank; its network wait was the shortest of all`,
  };
  const lateRank = { rank: 5, host, latenessSeconds: 0.79 };
  return { excessSeconds: 0.82, causes: [cause], notVisible: [], lateRank };
}

function checkpoint(): Delay {
  const cause: StepCause = {
    kind: 'checkpoint',
    incident: null,
    seconds: 4.1,
    label: 'confirmed',
    text: 'the step is tagged checkpoint',
  };
  return { excessSeconds: 4.2, causes: [cause], notVisible: [] };
}

function unexplained(): Delay {
  const notVisible = ['spine4 was not polled in this step', 'ranks do not report when their compute ends'];
  return { excessSeconds: 0.6, causes: [], notVisible };
}

function storm(excessSeconds: number): Delay {
  const pause: StepCause = {
    kind: 'pause-storm',
    incident: 'inc-storm',
    seconds: excessSeconds * 0.9,
    secondsHigh: excessSeconds * 0.97,
    label: 'confirmed',
    text: 'leaf3/Ethernet1/5 was told to stop for 66 % of this step; its pause reached the job through spine1 to spine4',
  };
  const loading: StepCause = {
    kind: 'data-stall',
    incident: null,
    seconds: excessSeconds * 0.04,
    label: 'possible',
    text: 'loading took 60 ms longer than usual',
  };
  return { excessSeconds, causes: [pause, loading], notVisible: [] };
}
