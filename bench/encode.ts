import { Point } from '@influxdata/influxdb-client';
import { FrameEncoder } from '../lib/samples/encode.ts';
import { fieldToSnake, SAMPLE_FIELDS } from '../lib/samples/fields.ts';
import type { SampleFrame } from '../lib/samples/frame.ts';
import { type BenchResult, readOptions } from './benchmark.ts';

/**
 * Samples to line protocol: 128 ports with every field, and the same through the official client's Point, in turns in
 * one process. CPU time; medians of --runs. Option: --ports 128 --runs 5 --polls 200.
 */
export function* run(args: string[]): Generator<BenchResult> {
  const options = readOptions(args, { ports: '128', runs: '5', polls: '200' });
  const frame = frameOf(Number(options.ports));
  const encoder = new FrameEncoder();
  const ours: number[] = [];
  const peer: number[] = [];
  const polls = Number(options.polls);
  let bytes = 0;
  for (let round = 0; round < Number(options.runs); round++) {
    ours.push(
      cpuMicroseconds(() => {
        for (let poll = 0; poll < polls; poll++) bytes = encoder.encode([move(frame, poll)]).bytes.length;
      }),
    );
    peer.push(
      cpuMicroseconds(() => {
        for (let poll = 0; poll < polls / 10; poll++) byPoint(move(frame, poll));
      }) * 10,
    );
  }
  const lines = polls * frame.ports.length;
  yield {
    bench: 'encode',
    ports: frame.ports.length,
    fields: frame.columns.length,
    bytesPerLine: Math.round(bytes / frame.ports.length),
    microsecondsPerLine: round2(median(ours) / lines),
    peer: '@influxdata/influxdb-client Point',
    peerMicrosecondsPerLine: round2(median(peer) / lines),
    ratio: round2(median(peer) / median(ours)),
  };
}

function frameOf(ports: number): SampleFrame {
  const names = Array.from({ length: ports }, (_, port) => `Ethernet1/${port + 1}`);
  return {
    device: 'leaf1',
    ports: names,
    startMs: new Float64Array(ports).fill(0),
    endMs: new Float64Array(ports).fill(5000),
    quality: new Uint8Array(ports),
    columns: SAMPLE_FIELDS.map((field) => ({ field, priority: -1, values: new Float64Array(ports) })),
  };
}

/** New numbers as a real poll has them: rates of bytes, small fractions, many zeros. */
function move(frame: SampleFrame, poll: number): SampleFrame {
  for (const [index, column] of frame.columns.entries()) {
    const { values } = column;
    for (let port = 0; port < values.length; port++) {
      if (index % 3 === 0) values[port] = 0;
      else if (index % 3 === 1) values[port] = (port * 1_234_567.89 * (poll + 1)) / 5.0003;
      else values[port] = ((port + poll) % 1000) / 1000.7;
    }
  }
  return frame;
}

function byPoint(frame: SampleFrame): number {
  let length = 0;
  for (const [port, name] of frame.ports.entries()) {
    const point = new Point('port').tag('device', frame.device).tag('port', name);
    for (const { field, values } of frame.columns) point.floatField(fieldToSnake(field), values[port]);
    point.floatField('interval_ms', (frame.endMs[port] ?? 0) - (frame.startMs[port] ?? 0));
    point.timestamp(frame.endMs[port]);
    length += point.toLineProtocol()?.length ?? 0;
  }
  return length;
}

function cpuMicroseconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const round2 = (value: number) => Math.round(value * 100) / 100;
