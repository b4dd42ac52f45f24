import { type Detector, type DeviceInterval, memoryOf } from '../detector.ts';
import type { Evidence } from '../episode.ts';
import { at, seen } from '../port-columns.ts';
import { isUnusual, unusualLevel } from '../unusual-level.ts';
import { leastBurstSeconds } from './duration.ts';

/** Load seen since the last interval that carried a watermark. */
interface Load {
  /** [port] utilisation x seconds, and seconds. */
  sum: Float64Array;
  seconds: Float64Array;
}

/**
 * Short bursts at a port that is otherwise idle enough: packets were marked and the queue stood higher than it does
 * once in a hundred intervals of this port, at less than half the load. Information only: how long it lasted is not
 * visible, only that it cannot have been shorter than the queue takes to fill and drain.
 * @source detection.md sections 3 and 13 item 7
 */
export const microburst: Detector = {
  family: 'burst',
  look(interval, memory, open, emit) {
    const { columns, frame, neighbours, config } = interval;
    if (neighbours.role === 'host') return;
    const { watermark, txUtil } = columns;
    if (watermark === undefined && !memory.perPort.has('burst.usual')) return;
    const load: Load = {
      sum: memoryOf(memory, 'burst.load', frame.ports.length),
      seconds: memoryOf(memory, 'burst.seconds', frame.ports.length),
    };
    const rates = memoryOf(memory, 'burst.rate', frame.ports.length);
    if (txUtil !== undefined) addLoad(interval, load, rates);
    if (watermark === undefined) return;
    const usual = unusualLevel(memory, 'burst.usual', frame.ports.length);
    for (let port = 0; port < frame.ports.length; port++) {
      const endMs = frame.endMs[port] ?? Number.NaN;
      const peak = at(watermark, port);
      if (Number.isNaN(endMs) || Number.isNaN(peak)) continue;
      const high = isUnusual(usual, port, peak, config.burstLearnIntervals, config.burstRatio);
      const util = (load.sum[port] ?? Number.NaN) / (load.seconds[port] ?? Number.NaN);
      load.sum[port] = Number.NaN;
      load.seconds[port] = Number.NaN;
      const marked = at(columns.ecnShare, port);
      const bad =
        high &&
        util < config.burstUtilBelow &&
        marked >= config.burstMarkFraction &&
        // A port that is held by its peer queues for that reason.
        seen(columns.rxPause, port) < config.pauseAllowedFraction;
      if (!bad && open(port) === undefined) continue;
      const startMs = frame.startMs[port] ?? endMs;
      emit(port, {
        startMs,
        endMs,
        scoreSeconds: bad ? 1 : -1,
        bad,
        confirmed: true,
        openSeconds: 1,
        kind: 'microburst',
        severity: 'info',
        priority: -1,
        evidence: () => evidenceOf(interval, port, { peak, util, marked, rate: rates[port] ?? Number.NaN }),
      });
    }
  },
};

/** Queue counters may come more rarely than port counters: the load is that of all the time between. */
function addLoad(interval: DeviceInterval, load: Load, rates: Float64Array): void {
  const { columns, frame } = interval;
  for (let port = 0; port < frame.ports.length; port++) {
    const util = at(columns.txUtil, port);
    const seconds = ((frame.endMs[port] ?? Number.NaN) - (frame.startMs[port] ?? Number.NaN)) / 1000;
    if (!(util * seconds >= 0)) continue;
    load.sum[port] = (Number.isNaN(load.sum[port] ?? Number.NaN) ? 0 : (load.sum[port] ?? 0)) + util * seconds;
    load.seconds[port] = (Number.isNaN(load.seconds[port] ?? Number.NaN) ? 0 : (load.seconds[port] ?? 0)) + seconds;
    const rate = at(columns.linkRate, port);
    if (rate > 0) rates[port] = rate;
  }
}

/** Most links of the port's own rate that can have sent to it at once: every other port that received anything. */
function mostSenders(interval: DeviceInterval, port: number, rate: number): number {
  const { columns, frame } = interval;
  if (columns.rxBytes === undefined) return Number.NaN;
  let bits = 0;
  for (let other = 0; other < frame.ports.length; other++) {
    if (other === port || seen(columns.rxBytes, other) === 0) continue;
    bits += at(columns.linkRate, other);
  }
  return bits / rate;
}

function evidenceOf(
  interval: DeviceInterval,
  port: number,
  burst: { peak: number; util: number; marked: number; rate: number },
): Evidence[] {
  const { frame, config } = interval;
  const { peak, util, marked, rate } = burst;
  const where = {
    startMs: frame.startMs[port] ?? 0,
    endMs: frame.endMs[port] ?? 0,
    port: { device: frame.device, port: frame.ports[port] ?? '' },
  };
  const told: Evidence[] = [
    {
      text: `the queue reached ${Math.round(peak / 1024)} KiB, more than it usually does, at ${Math.round(util * 100)} % load`,
      metric: 'queueWatermarkBytes',
      value: peak,
      unit: 'bytes',
      basis: 'measured',
      ...where,
    },
    {
      text: `${(marked * 100).toFixed(1)} % of its packets were marked`,
      metric: 'ecnMarkFraction',
      value: marked,
      threshold: config.burstMarkFraction,
      unit: 'fraction',
      basis: 'measured',
      ...where,
    },
  ];
  const least = leastBurstSeconds(peak, rate, mostSenders(interval, port, rate));
  if (least > 0) {
    told.push({
      text: `it lasted at least ${(least * 1e6).toFixed(0)} µs: filling and draining that queue takes as long`,
      metric: 'burstSeconds',
      value: least,
      unit: 'seconds',
      basis: 'inferred',
      ...where,
    });
  }
  return told;
}
