import type { StepVerdict } from '../../../lib/training/step.ts';
import { step as quickStep } from '../../findings.ts';
import { type Delay, delayOf } from './delays.ts';
import type { FakeJob } from './jobs.ts';
import { type Scene, STEP_MS, wave } from './scene.ts';

/** Every step of a job that has ended, oldest first. */
export function stepsOf(scene: Scene, job: FakeJob): StepVerdict[] {
  const count = scene.mode === 'empty' ? 0 : Math.floor((scene.now() - scene.startMs) / STEP_MS);
  return Array.from({ length: count }, (_, step) => stepOf(scene, job, step));
}

function stepOf(scene: Scene, job: FakeJob, step: number): StepVerdict {
  const startMs = scene.startMs + step * STEP_MS;
  const { baselineSeconds } = job;
  const delay = delayOf(scene, job, step, startMs);
  const spread = 0.06 * (wave(step + job.name.length, startMs, 47_000) - 0.5);
  const durationSeconds = baselineSeconds + spread + (delay?.excessSeconds ?? 0);
  return quickStep(step, {
    job: job.name,
    startMs,
    endMs: startMs + durationSeconds * 1000,
    durationSeconds,
    baselineSeconds,
    ranks: job.hosts.length,
    flags: step < 2 ? ['warmup'] : [],
    ...(delay === undefined ? {} : judged(delay, Math.max(0, durationSeconds - baselineSeconds))),
  });
}

function judged({ causes, notVisible, lateRank }: Delay, excessSeconds: number): Partial<StepVerdict> {
  const [first] = causes;
  return {
    excessSeconds,
    slow: true,
    verdict: first === undefined ? 'unknown' : first.incident === null ? 'not-network' : 'network',
    label: first?.label ?? 'possible',
    confidence: 0.86,
    causes,
    reasons: [
      'The step took longer than baseline plus five times its spread.',
      first?.text ?? 'No cause reaches half of the excess.',
    ],
    notVisible,
    ...(lateRank === undefined ? {} : { lateRank }),
  };
}
