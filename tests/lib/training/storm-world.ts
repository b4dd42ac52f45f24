import type { ImpactSegment } from '../../../lib/diagnosis/incident.ts';
import type { StepRecord } from '../../../lib/training/step.ts';
import { drawFrom, gauss } from './make-steps.ts';

/** A job of 2 s steps whose port is paused by storms, and that has late ranks of its own, both at random. */
export interface World {
  records: StepRecord[];
  /** Per step: seconds lost to storms and to late ranks. */
  truth: { network: number; local: number }[];
  storms: { startMs: number; endMs: number; share: number }[];
}

export interface WorldOptions {
  seed: number;
  steps: number;
  /** Mean distance of storms, and of late steps, seconds. */
  everySeconds: number;
  noise?: number;
}

/** A step waits for as long as its port is paused while it runs. */
export function makeWorld({ seed, steps, everySeconds, noise = 0.01 }: WorldOptions): World {
  const draw = drawFrom(seed);
  const storms: World['storms'] = [];
  for (let at = 60_000; at < steps * 2500; at += 1000 * everySeconds * (0.5 + draw())) {
    storms.push({ startMs: at, endMs: at + 300 + 5700 * draw(), share: 0.3 + 0.7 * draw() });
  }
  const records: StepRecord[] = [];
  const truth: World['truth'] = [];
  let startMs = 0;
  for (let step = 0; step < steps; step++) {
    const local = draw() < 2 / everySeconds ? 0.2 + 1.8 * draw() : 0;
    const work = 1000 * (2 * Math.exp(noise * gauss(draw)) + local);
    let endMs = startMs + work;
    for (let pass = 0; pass < 60; pass++) {
      const next = startMs + work + pausedMs(storms, startMs, endMs);
      if (next - endMs < 0.01) break;
      endMs = next;
    }
    records.push({ job: 'job', step, startMs, endMs });
    truth.push({ network: pausedMs(storms, startMs, endMs) / 1000, local });
    startMs = endMs;
  }
  return { records, truth, storms };
}

function pausedMs(storms: World['storms'], fromMs: number, toMs: number): number {
  let sum = 0;
  for (const storm of storms) {
    if (storm.startMs >= toMs) break;
    sum += storm.share * Math.max(0, Math.min(toMs, storm.endMs) - Math.max(fromMs, storm.startMs));
  }
  return sum;
}

/** What a poller sees of the storms: pause seconds per interval, on a clock that is off by `skewMs`. One incident per storm. */
export function polled(world: World, pollMs: number, phaseMs: number, skewMs = 0, errorMs = 0): ImpactSegment[][] {
  return world.storms.map((storm) => {
    const segments: ImpactSegment[] = [];
    let at = Math.floor((storm.startMs - phaseMs) / pollMs) * pollMs + phaseMs;
    for (; at < storm.endMs; at += pollMs) {
      const seconds = pausedMs([storm], at, at + pollMs) / 1000;
      if (seconds > 0.005) {
        segments.push({ startMs: at + skewMs, endMs: at + pollMs + skewMs, evidenceSeconds: seconds, errorMs });
      }
    }
    return segments;
  });
}
