import { encodeProto } from '../../../lib/protobuf/writer.ts';

export type Labels = Record<string, string>;
export interface SentSeries {
  labels: Labels;
  samples: [value: number | 'stale', atMs: number][];
}

/** What Prometheus writes for a series that is gone. */
export const STALE_NAN = 0x7ff0_0000_0000_0002n;

/** A WriteRequest as Prometheus encodes it: labels sorted, then samples. */
export function writeRequest(series: readonly SentSeries[]): Buffer {
  return encodeProto(
    series.map(({ labels, samples }) => {
      const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
      return [
        1,
        encodeProto([
          ...sorted.map(([name, value]): [number, Buffer] => [
            1,
            encodeProto([
              [1, name],
              [2, value],
            ]),
          ]),
          ...samples.map(([value, atMs]): [number, Buffer] => [2, sample(value, atMs)]),
        ]),
      ] as const;
    }),
  );
}

function sample(value: number | 'stale', atMs: number): Buffer {
  const double = Buffer.alloc(9);
  double[0] = 0x09;
  if (value === 'stale') double.writeBigUInt64LE(STALE_NAN, 1);
  else double.writeDoubleLE(value, 1);
  return Buffer.concat([double, encodeProto([[2, BigInt(atMs)]])]);
}

/** Packs with snappy, literals only: every reader has to take that. */
export function snappyLiterals(body: Buffer): Buffer {
  const parts: Buffer[] = [varint(body.length)];
  for (let at = 0; at < body.length; at += 65_536) {
    const piece = body.subarray(at, at + 65_536);
    parts.push(Buffer.from([61 << 2, (piece.length - 1) & 0xff, (piece.length - 1) >> 8]), piece);
  }
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
