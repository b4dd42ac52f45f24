import type { RankMap, StepExplanation } from '../../../lib/api/types.ts';
import { incidentsOf } from './incidents.ts';
import type { FakeJob } from './jobs.ts';
import { type Scene, wave } from './scene.ts';
import { stepsOf } from './steps.ts';

/** How late each rank was; of rank 7 a step in fifty is unknown. A job that is not known has no ranks. */
export function rankMapOf(scene: Scene, job: FakeJob | undefined, steps: number): RankMap {
  const shown = job === undefined ? [] : stepsOf(scene, job).slice(-steps);
  const hosts = shown.length === 0 ? [] : (job?.hosts ?? []);
  return {
    basis: shown.length === 0 ? null : 'compute',
    steps: shown.map(({ step, startMs, endMs, slow }) => ({ step, startMs, endMs, slow })),
    ranks: hosts.map((host, rank) => ({
      rank,
      host,
      latenessSeconds: shown.map((step) => {
        if (rank === 7 && step.step % 50 === 3) return null;
        if (step.lateRank?.rank === rank) return step.lateRank.latenessSeconds;
        return Math.round(40 * (wave(rank * 31 + step.step, step.startMs, 9000) - 0.5)) / 1000;
      }),
    })),
    allRanks: hosts.length,
    unreported: [],
  };
}

export function explanationOf(scene: Scene, job: FakeJob, step: number): StepExplanation | undefined {
  const steps = stepsOf(scene, job);
  const verdict = steps[step];
  if (verdict === undefined) return undefined;
  const slow = steps.filter((one) => one.slow);
  return {
    verdict,
    incidents: incidentsOf(scene).filter(({ id }) => verdict.causes.some(({ incident }) => incident === id)),
    ranks: job.hosts.map((host, rank) => {
      const late = verdict.lateRank?.rank === rank ? verdict.lateRank.latenessSeconds : 0;
      return {
        rank,
        host,
        durationSeconds: verdict.durationSeconds - 0.02 * wave(rank, verdict.startMs, 7000),
        computeSeconds: 1.4 + 0.05 * wave(rank + step, verdict.startMs, 5000) + late,
      };
    }),
    waits: verdict.lateRank
      ? [{ commId: '0x7f8c496ae9f661', rank: verdict.lateRank.rank, last: 41, of: 48, waitedSeconds: 0.73 }]
      : [],
    collectives: {
      operations: 48 * job.hosts.length,
      missing: 3,
      longest: [
        { collectiveKind: 'AllReduce', messageBytes: 1.2e9, execTimeUs: 31_200, busGBPerSec: 38.4, rank: 3 },
        { collectiveKind: 'ReduceScatter', messageBytes: 3.1e8, execTimeUs: 9100, busGBPerSec: null, rank: 5 },
      ],
    },
    neighbours: {
      previousSlow: slow.findLast((one) => one.step < step)?.step ?? null,
      nextSlow: slow.find((one) => one.step > step)?.step ?? null,
    },
    text: `${job.name} step ${step}: ${verdict.verdict ?? 'not slow'}, ${verdict.excessSeconds.toFixed(2)} s over baseline\n${verdict.reasons.join('\n')}`,
  };
}
