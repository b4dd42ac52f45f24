import { QUALITIES, type Quality, type SampleField } from '../samples/fields.ts';
import type { SampleColumn, SampleFrame } from '../samples/frame.ts';
import type { ColumnSource } from './columns.ts';
import { deriveColumns } from './derive.ts';
import type { DeviceState, GroupName } from './device-state.ts';
import { type GroupDeltas, PORT_STATES } from './group-deltas.ts';
import type { GaugeName, ReadingFrame } from './reading.ts';

/**
 * Adds the samples of one group to a poll's frames: to the port frame where it shares its intervals, else as frames of
 * its own; what is bounded or in doubt always stands apart.
 * @param shared the port group's deltas, where this group rides in its frame
 */
export function addFrames(
  frames: SampleFrame[],
  device: DeviceState,
  reading: ReadingFrame,
  deltas: GroupDeltas,
  name: GroupName,
  shared: GroupDeltas | undefined,
  problems: string[],
  source: ColumnSource,
): void {
  if (
    !deltas.state.some((state, port) => state !== PORT_STATES.none && !Number.isNaN(deltas.endMs[port] ?? Number.NaN))
  ) {
    return;
  }
  // A marked share needs the packets sent in the same interval.
  const packets = shared?.grown.filter((entry) => entry.column.counter === 'txPackets') ?? [];
  const own = deriveColumns(device, reading, { ...deltas, grown: [...deltas.grown, ...packets] }, problems, source);
  const exact = own.exact.filter((column) => packets.length === 0 || column.field !== 'txPacketsPerSec');
  const main = shared === undefined ? undefined : frames.find((frame) => frame.startMs === shared.startMs);
  if (main !== undefined) {
    for (const column of [...exact, ...stateColumns(device, reading, deltas, name, source)]) put(main.columns, column);
  } else {
    if (name === 'port') clearFlapped(deltas, exact, own);
    exact.push(...stateColumns(device, reading, deltas, name, source));
    if (exact.length > 0) frames.push(frameOf(reading, deltas, exact, 'exact'));
  }
  if (own.bounded.length > 0) frames.push(frameOf(reading, deltas, own.bounded, 'bounded'));
  if (own.suspect.length > 0) frames.push(frameOf(reading, deltas, own.suspect, 'suspect_unit'));
}

/** What is counted outranks what the device states of itself (bit error ratio): one column a field and priority. */
function put(columns: SampleColumn[], column: SampleColumn): void {
  const known = columns.find(({ field, priority }) => field === column.field && priority === column.priority);
  if (known === undefined) columns.push(column);
  else for (const [port, value] of column.values.entries()) if (!Number.isNaN(value)) known.values[port] = value;
}

/** An interval with a link flap is never used for pause or bit errors. @source detection.md section 1 item 3 */
function clearFlapped(deltas: GroupDeltas, exact: SampleColumn[], own: { bounded: SampleColumn[] }): void {
  const downs = deltas.grown.find((entry) => entry.column.counter === 'linkDowns')?.growth;
  if (downs === undefined) return;
  for (let port = 0; port < downs.length; port++) {
    if (!((downs[port] ?? 0) > 0)) continue;
    for (const column of [...exact, ...own.bounded]) {
      if (column.field.includes('PauseFraction') || column.field === 'preFecBer') column.values[port] = Number.NaN;
    }
  }
}

const QUEUE_GAUGES: ReadonlySet<GaugeName> = new Set([
  'queueBytes',
  'queueWatermarkBytes',
  'ingressWatermarkBytes',
  'headroomWatermarkBytes',
]);

/** Gauges, link state and link rate. Queue gauges go with the queue counters where those have their own rhythm. */
function stateColumns(
  device: DeviceState,
  reading: ReadingFrame,
  deltas: GroupDeltas,
  name: GroupName,
  source: ColumnSource,
): SampleColumn[] {
  const columns: SampleColumn[] = [];
  const queueRides = device.groups.queue.staircase.refreshMs === 0;
  for (const gauge of reading.gauges) {
    const home: GroupName = QUEUE_GAUGES.has(gauge.gauge) && !queueRides ? 'queue' : 'port';
    if (home === name)
      columns.push(stateColumn(source, gauge.gauge, gauge.priority, deltas, (port) => gauge.values[port]));
  }
  if (name === 'port') {
    const downs = deltas.grown.find((entry) => entry.column.counter === 'linkDowns')?.growth;
    columns.push(stateColumn(source, 'linkRateBitsPerSec', -1, deltas, (port) => reading.linkRateBitsPerSec[port]));
    columns.push(
      stateColumn(source, 'linkUp', -1, deltas, (port) => {
        const up = reading.linkUp[port] ?? 255;
        if ((downs?.[port] ?? 0) > 0) return 0;
        return up === 255 ? Number.NaN : up;
      }),
    );
  }
  return columns.filter((column) => column.values.some((value) => !Number.isNaN(value)));
}

function stateColumn(
  source: ColumnSource,
  field: SampleField,
  priority: number,
  deltas: GroupDeltas,
  value: (port: number) => number | undefined,
): SampleColumn {
  const values = source.take(deltas.state.length).fill(Number.NaN);
  for (let port = 0; port < values.length; port++) {
    if (Number.isNaN(deltas.endMs[port] ?? Number.NaN)) continue;
    values[port] = value(port) ?? Number.NaN;
  }
  return { field, priority, values };
}

function frameOf(reading: ReadingFrame, deltas: GroupDeltas, columns: SampleColumn[], quality: Quality): SampleFrame {
  return {
    device: reading.device,
    ports: reading.ports,
    startMs: deltas.startMs,
    endMs: deltas.endMs,
    quality: new Uint8Array(reading.ports.length).fill(QUALITIES.indexOf(quality)),
    columns,
  };
}
