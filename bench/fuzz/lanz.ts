import { Congestion } from '../../collectors/lanz/congestion.ts';
import { RecordFraming } from '../../collectors/lanz/framing.ts';
import { parseLanzRecord } from '../../collectors/lanz/parse.ts';
import { SwitchClock } from '../../collectors/lanz/switch-clock.ts';
import { complaint, config, congestion, framed } from '../../tests/collectors/lanz/records.ts';
import { mutate } from './mutate.ts';
import type { FuzzSubject } from './run.ts';

const NOW = 1_800_000_000_000;
const GOOD = [
  config(480),
  congestion({ atMs: NOW - 200, entry: 1, segments: 90, drops: 0 }),
  congestion({ atMs: NOW, entry: 2, segments: 900, drops: 4 }),
  complaint('no more memory'),
];
const STREAM = Buffer.concat(GOOD.map(framed));

/** Mutated records of LANZ, alone and as a stream, through to samples. */
export function lanzSubject(): FuzzSubject {
  const queues = new Congestion('leaf1');
  const clock = new SwitchClock();
  const use = (record: Buffer): boolean => {
    const { config: told, congestion: found } = parseLanzRecord(record);
    if (told !== undefined) queues.segmentBytes = told.segmentBytes;
    if (found === undefined) return false;
    const atMs = clock.toLocal(found.atMs, NOW);
    if (atMs !== null) queues.add(found, atMs);
    for (const { startMs, endMs, columns } of queues.take()) {
      for (const { values } of columns)
        for (const [port, value] of values.entries())
          if (value < 0 || (value >= 0 && !((startMs[port] ?? 0) < (endMs[port] ?? 0))))
            throw new Error(`a sample of ${value} from ${startMs[port]} to ${endMs[port]}`);
    }
    return true;
  };
  const stream = (bytes: Buffer): boolean => {
    const framing = new RecordFraming();
    const half = bytes.length >> 1;
    const whole = [...framing.push(bytes.subarray(0, half)), ...framing.push(bytes.subarray(half))];
    return whole.map(use).some(Boolean);
  };
  return {
    next: (random) => {
      const [good, read] = random.pick<[Buffer, (bytes: Buffer) => boolean]>([
        [random.pick(GOOD), use],
        [STREAM, stream],
      ]);
      const bytes = mutate(good, random);
      return { describe: () => bytes.toString('hex').slice(0, 400), run: () => read(bytes) };
    },
    isWell: () => queues.ports <= 4096 && new RecordFraming().push(STREAM).length === GOOD.length,
  };
}
