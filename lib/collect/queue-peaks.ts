import type { GaugeColumn, ReadingFrame } from '../counters/reading.ts';
import type { SampleFrame } from '../samples/frame.ts';

/** A peak longer before a reading is not of its interval, ms. */
const LONGEST_MS = 60_000;
/** Ports and priorities of one device that are kept. */
const MOST = 32_768;

interface Peak {
  bytes: number;
  endMs: number;
}

/**
 * Depths of queues that one source tells of a device which another reads (LANZ beside gNMI or SNMP): kept until the next
 * reading, so that one frame has all that detectors compare.
 */
export class QueuePeaks {
  /** device -> priority -> port */
  readonly #devices = new Map<string, Map<number, Map<string, Peak>>>();
  #count = 0;

  note(frame: SampleFrame): void {
    for (const { field, priority, values } of frame.columns) {
      if (field !== 'queueWatermarkBytes') continue;
      for (const [index, port] of frame.ports.entries()) {
        const bytes = values[index] ?? Number.NaN;
        const endMs = frame.endMs[index] ?? Number.NaN;
        if (bytes >= 0 && !Number.isNaN(endMs)) this.#put(frame.device, priority, port, { bytes, endMs });
      }
    }
  }

  #put(device: string, priority: number, port: string, peak: Peak): void {
    const priorities = this.#devices.get(device) ?? new Map<number, Map<string, Peak>>();
    const ports = priorities.get(priority) ?? new Map<string, Peak>();
    const known = ports.get(port);
    // One that nobody took in time makes room.
    if (known !== undefined && known.bytes > peak.bytes && peak.endMs - known.endMs <= LONGEST_MS) return;
    if (known === undefined && this.#count >= MOST) return;
    if (known === undefined) this.#count++;
    ports.set(port, peak);
    priorities.set(priority, ports);
    this.#devices.set(device, priorities);
  }

  /** The reading with what was noted of its device since the last one; where both tell of a queue, the deeper counts. */
  joinTo(reading: ReadingFrame): ReadingFrame {
    const priorities = this.#devices.get(reading.device);
    if (priorities === undefined) return reading;
    this.forget(reading.device);
    const gauges = [...reading.gauges];
    for (const [priority, peaks] of priorities) {
      const at = gauges.findIndex((one) => one.gauge === 'queueWatermarkBytes' && one.priority === priority);
      const joined = columnOf(reading, priority, gauges[at]?.values, peaks);
      if (joined === undefined) continue;
      if (at < 0) gauges.push(joined);
      else gauges[at] = joined;
    }
    return { ...reading, gauges };
  }

  forget(device: string): void {
    for (const ports of this.#devices.get(device)?.values() ?? []) this.#count -= ports.size;
    this.#devices.delete(device);
  }
}

/** undefined where none of the peaks is of a port and the time of the reading. */
function columnOf(
  { ports, atMs }: ReadingFrame,
  priority: number,
  own: Float64Array | undefined,
  peaks: ReadonlyMap<string, Peak>,
): GaugeColumn | undefined {
  const values = new Float64Array(ports.length).fill(Number.NaN);
  if (own !== undefined) values.set(own);
  let any = false;
  for (const [index, port] of ports.entries()) {
    const peak = peaks.get(port);
    if (peak === undefined || !((atMs[index] ?? Number.NaN) - peak.endMs <= LONGEST_MS)) continue;
    any = true;
    if (!((values[index] ?? Number.NaN) >= peak.bytes)) values[index] = peak.bytes;
  }
  return any ? { gauge: 'queueWatermarkBytes', priority, values } : undefined;
}
