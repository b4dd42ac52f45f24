import { leadingClock } from './clock.ts';
import type { FormatContext, LineFormat, LineReading, ParsedStep } from './types.ts';

const ENGINE = /global_step=(\d+), RunningAvgSamplesPerSec=(?:[\d.e+-]+|-?inf), CurrSamplesPerSec=([\d.e+-]+)/;
const NUMBER = String.raw`(\d{1,12}(?:\.\d{1,9})?)`;
const COMM = new RegExp(
  String.raw`comm op: (\S{1,128})(?: \| \[Caller Func: [^|]{0,128}\])? \| time \(ms\): ${NUMBER} \| ` +
    String.raw`msg size: ${NUMBER} ?([KMGT]?B) \| algbw \(Gbps\): [\d.]{1,16} \| busbw \(Gbps\): ${NUMBER}`,
);
const RANK = /\[Rank (\d{1,7})\]/;
const UNITS: Readonly<Record<string, number>> = { B: 0, KB: 1, MB: 2, GB: 3, TB: 4 };

/**
 * DeepSpeed's engine, with `steps_per_print`: the global batch over samples per second is the time of the step it is
 * printed at. Without `trainBatchSize` only the clocks of two lines tell. With `comms_logger: {enabled, verbose}` each
 * collective of rank 0 has a line of its own, printed as it ends.
 * @source deepspeedai/DeepSpeed deepspeed/utils/timer.py, ThroughputTimer.stop; deepspeed/utils/comms_logging.py
 */
export const deepspeed: LineFormat = {
  name: 'deepspeed',
  read(line, context) {
    const match = ENGINE.exec(line);
    if (!match) return collective(line, context);
    const { trainBatchSize } = context;
    const perSecond = Number(match[2]);
    const known = trainBatchSize !== undefined && perSecond > 0 && Number.isFinite(perSecond);
    return {
      step: Number(match[1]),
      ...leadingClock(line, context),
      ...(known ? { durationMs: (trainBatchSize / perSecond) * 1000 } : {}),
    };
  },
};

/** The size is rounded to two decimals of its unit, bandwidth is in bits, and the group is not told. */
function collective(line: string, context: FormatContext): LineReading {
  const match = COMM.exec(line);
  if (!match) return undefined;
  const [, collectiveKind = '', ms, size, unit = 'B', busbw] = match;
  const execTimeUs = Number(ms) * 1000;
  const { endMs } = leadingClock(line, context);
  const rank = RANK.exec(line)?.[1];
  return {
    collective: {
      commId: 'deepspeed, group not told',
      collectiveKind,
      messageBytes: Math.round(Number(size) * 1024 ** (UNITS[unit] ?? 0)),
      execTimeUs,
      busGBPerSec: Number(busbw) / 8,
      ...(rank === undefined ? {} : { rank: Number(rank) }),
      ...(endMs === undefined ? {} : { timestampMs: endMs, endUs: endMs * 1000, startUs: endMs * 1000 - execTimeUs }),
      timingSource: 'deepspeed',
    },
  };
}

const PIPELINE =
  /^(?:.{0,120}?\s)?steps: (\d+) loss: (?:[\d.]{1,24}|nan)\s.*?iter time \(s\): ([\d.]{1,24}) samples\/sec: [\d.]/;

/** DeepSpeed's pipeline engine: the mean over `steps_per_print` steps. @source deepspeed/runtime/pipe/engine.py */
export const deepspeedPipeline: LineFormat = {
  name: 'deepspeed-pipeline',
  read(line, context) {
    const match = PIPELINE.exec(line);
    if (!match) return collective(line, context);
    return { step: Number(match[1]), durationMs: Number(match[2]) * 1000, mean: true, ...leadingClock(line, context) };
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
    if (!match) return collective(line, context);
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
  // bwd_allreduce is not all that is communicated: ZeRO reduces in the backward pass and gathers in both. Called so, it
  // would make the rest computing, and clear the network of what it may have done.
  const phasesMs: NonNullable<ParsedStep['phasesMs']> = { forward, backward, optimizer };
  context.counted++;
  return {
    step: context.counted,
    durationMs: forward + backward + optimizer,
    phasesMs,
    ...leadingClock(line, context),
  };
}
