import { leadingClock } from './clock.ts';
import type { FormatContext, LineFormat, LineReading, ParsedStep } from './types.ts';

const ENGINE = /global_step=(\d+), RunningAvgSamplesPerSec=(?:[\d.e+-]+|-?inf), CurrSamplesPerSec=([\d.e+-]+)/;
const COMM = /comm op: \S+ \| time \(ms\): [\d.]+ \| msg size: [\d.]+ \w+ \| algbw/;

/**
 * DeepSpeed's engine, with `steps_per_print`: the global batch over samples per second is the time of the step it is
 * printed at. Without `trainBatchSize` only the clocks of two lines tell.
 * @source deepspeedai/DeepSpeed deepspeed/utils/timer.py, ThroughputTimer.stop
 */
export const deepspeed: LineFormat = {
  name: 'deepspeed',
  read(line, { tz, trainBatchSize }) {
    const match = ENGINE.exec(line);
    if (!match) return COMM.test(line) ? 'known' : undefined;
    const perSecond = Number(match[2]);
    const known = trainBatchSize !== undefined && perSecond > 0 && Number.isFinite(perSecond);
    return {
      step: Number(match[1]),
      ...leadingClock(line, tz),
      ...(known ? { durationMs: (trainBatchSize / perSecond) * 1000 } : {}),
    };
  },
};

const PIPELINE =
  /^(?:.{0,120}?\s)?steps: (\d+) loss: (?:[\d.]{1,24}|nan)\s.*?iter time \(s\): ([\d.]{1,24}) samples\/sec: [\d.]/;

/** DeepSpeed's pipeline engine: the mean over `steps_per_print` steps. @source deepspeed/runtime/pipe/engine.py */
export const deepspeedPipeline: LineFormat = {
  name: 'deepspeed-pipeline',
  read(line, { tz }) {
    const match = PIPELINE.exec(line);
    if (!match) return undefined;
    return { step: Number(match[1]), durationMs: Number(match[2]) * 1000, mean: true, ...leadingClock(line, tz) };
  },
};

const WALL = /(?:\[Rank (-?\d+)\] )?time \(ms\)((?: \| \w+: [\d.]+)+)/;

/**
 * DeepSpeed with `wall_clock_breakdown: true`: forward, backward and optimizer of every step. The lines have no step
 * number, so rank 0's are counted. Lines whose names end in `_microstep` are parts of a step.
 * @source deepspeed/runtime/engine.py, _write_monitor and timers.log
 */
export const deepspeedWallClock: LineFormat = {
  name: 'deepspeed-wall-clock',
  read(line, context) {
    const match = WALL.exec(line);
    if (!match) return undefined;
    const times = new Map(
      [...(match[2] ?? '').matchAll(/ \| (\w+): ([\d.]+)/g)].map(([, name, ms]) => [name, Number(ms)]),
    );
    return Number(match[1] ?? 0) > 0 ? 'known' : wallClockStep(times, line, context);
  },
};

function wallClockStep(
  times: ReadonlyMap<string | undefined, number>,
  line: string,
  context: FormatContext,
): LineReading {
  const forward = times.get('fwd');
  const backward = times.get('bwd');
  const optimizer = times.get('step');
  if (forward === undefined || backward === undefined || optimizer === undefined) return 'known';
  const reduce = times.get('bwd_allreduce');
  const phasesMs: NonNullable<ParsedStep['phasesMs']> = {
    forward,
    optimizer,
    backward: Math.max(0, backward - (reduce ?? 0)),
  };
  if (reduce !== undefined) phasesMs.communication = reduce;
  context.counted++;
  return {
    step: context.counted,
    durationMs: forward + backward + optimizer,
    phasesMs,
    ...leadingClock(line, context.tz),
  };
}
