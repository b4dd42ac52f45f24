import type { CounterName, GaugeName, ReadingFrame } from '../counters/reading.ts';
import type { RecordedColumn, Recording } from './recording.ts';

/** How each recorded counter is called in a reading. PFC counters belong to the recording's lossless priority. */
const COUNTER_OF: Partial<Record<RecordedColumn, { counter: CounterName; pfc?: true }>> = {
  tx_bytes: { counter: 'txBytes' },
  rx_bytes: { counter: 'rxBytes' },
  tx_packets: { counter: 'txPackets' },
  rx_packets: { counter: 'rxPackets' },
  tx_pause_frames: { counter: 'txPauseFrames', pfc: true },
  rx_pause_frames: { counter: 'rxPauseFrames', pfc: true },
  rx_pause_us: { counter: 'rxPauseUs', pfc: true },
  tx_pause_us: { counter: 'txPauseUs', pfc: true },
  ecn_marked_packets: { counter: 'ecnMarkedPackets' },
  drops: { counter: 'drops' },
  cnp_handled: { counter: 'cnpHandled' },
  out_of_sequence: { counter: 'outOfSequence' },
};

const GAUGE_OF: Partial<Record<RecordedColumn, GaugeName>> = {
  queue_bytes: 'queueBytes',
  queue_watermark_bytes: 'queueWatermarkBytes',
};

const TWO_32 = 4_294_967_296;

/** Reads a recording as a poller with its own interval would: only the rows it would have seen. */
export class RecordingPoller {
  private readonly devices: DevicePoller[];

  constructor(recording: Recording) {
    const portsOf = new Map<string, number[]>();
    for (const [index, port] of recording.counters.ports.entries()) {
      const list = portsOf.get(port.device);
      if (list === undefined) portsOf.set(port.device, [index]);
      else list.push(index);
    }
    this.devices = [...portsOf].map(([device, ports]) => new DevicePoller(recording, device, ports));
  }

  /** What every device answers at a time, ms. A device without a new row since the last poll answers nothing. */
  poll(atMs: number): ReadingFrame[] {
    const frames: ReadingFrame[] = [];
    for (const device of this.devices) {
      const frame = device.poll(atMs);
      if (frame !== null) frames.push(frame);
    }
    return frames;
  }
}

class DevicePoller {
  private readonly names: readonly string[];
  /** [port] how many of its rows have been passed. */
  private readonly cursor: Uint32Array;
  private readonly declaredRate: Float64Array;

  constructor(
    private readonly recording: Recording,
    private readonly device: string,
    private readonly ports: readonly number[],
  ) {
    this.names = ports.map((port) => recording.counters.ports[port]?.port ?? '');
    this.cursor = new Uint32Array(ports.length);
    this.declaredRate = Float64Array.from(
      this.names,
      (name) => recording.declaredRateBitsPerSec.get(`${device}/${name}`) ?? Number.NaN,
    );
  }

  poll(atMs: number): ReadingFrame | null {
    const { atMs: rowAtMs, rowsOf, columns } = this.recording.counters;
    const ports = this.ports.length;
    const frame = this.emptyFrame();
    const watermark = columns.get('queue_watermark_bytes');
    const watermarks = frame.gauges.find((gauge) => gauge.gauge === 'queueWatermarkBytes')?.values;
    let any = false;
    for (let slot = 0; slot < ports; slot++) {
      const rows = rowsOf[this.ports[slot] ?? 0] ?? new Uint32Array();
      let next = this.cursor[slot] ?? 0;
      const from = next;
      let highest = Number.NaN;
      while (next < rows.length && (rowAtMs[rows[next] ?? 0] ?? 0) <= atMs) {
        const row = rows[next] ?? 0;
        if (watermark?.present[row] === 1) {
          const value = (watermark.high[row] ?? 0) * TWO_32 + (watermark.low[row] ?? 0);
          if (!(value <= highest)) highest = value;
        }
        next++;
      }
      if (next === from) continue;
      any = true;
      this.cursor[slot] = next;
      if (watermarks !== undefined) watermarks[slot] = highest;
      this.copyRow(frame, slot, rows[next - 1] ?? 0);
    }
    return any ? frame : null;
  }

  private emptyFrame(): ReadingFrame {
    const { columns } = this.recording.counters;
    const ports = this.ports.length;
    const frame: ReadingFrame = {
      device: this.device,
      ports: this.names,
      atMs: new Float64Array(ports).fill(Number.NaN),
      clockErrorMs: 0,
      linkRateBitsPerSec: new Float64Array(ports).fill(Number.NaN),
      linkUp: new Uint8Array(ports).fill(255),
      counters: [],
      gauges: [],
    };
    for (const name of columns.keys()) {
      const counter = COUNTER_OF[name];
      if (counter !== undefined) {
        frame.counters.push({
          counter: counter.counter,
          priority: counter.pfc === true ? this.recording.pfcPriority : -1,
          widthBits: 64,
          high: new Uint32Array(ports),
          low: new Uint32Array(ports),
          present: new Uint8Array(ports),
        });
      }
      const gauge = GAUGE_OF[name];
      if (gauge !== undefined) {
        frame.gauges.push({ gauge, priority: -1, values: new Float64Array(ports).fill(Number.NaN) });
      }
    }
    return frame;
  }

  private copyRow(frame: ReadingFrame, slot: number, row: number): void {
    const { atMs, columns } = this.recording.counters;
    frame.atMs[slot] = atMs[row] ?? Number.NaN;
    let counter = 0;
    let gauge = 0;
    for (const [name, values] of columns) {
      const present = values.present[row] === 1;
      if (COUNTER_OF[name] !== undefined) {
        const column = frame.counters[counter++];
        if (column === undefined || !present) continue;
        column.high[slot] = values.high[row] ?? 0;
        column.low[slot] = values.low[row] ?? 0;
        column.present[slot] = 1;
      } else if (GAUGE_OF[name] !== undefined) {
        const column = frame.gauges[gauge++];
        if (column === undefined || !present || name === 'queue_watermark_bytes') continue;
        column.values[slot] = (values.high[row] ?? 0) * TWO_32 + (values.low[row] ?? 0);
      }
    }
    this.setRate(frame, slot, row);
  }

  /** A rate of 0 is a link that is down; a recording without the column runs at its declared rate. */
  private setRate(frame: ReadingFrame, slot: number, row: number): void {
    const values = this.recording.counters.columns.get('link_rate_bps');
    const declared = this.declaredRate[slot] ?? Number.NaN;
    if (values === undefined || values.present[row] !== 1) {
      frame.linkRateBitsPerSec[slot] = declared;
      return;
    }
    const rate = (values.high[row] ?? 0) * TWO_32 + (values.low[row] ?? 0);
    frame.linkUp[slot] = rate > 0 ? 1 : 0;
    frame.linkRateBitsPerSec[slot] = rate > 0 ? rate : declared;
  }
}
