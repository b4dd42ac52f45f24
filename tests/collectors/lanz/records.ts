import { block, number } from '../gnmi/messages.ts';

/** Records of LANZ for tests: written from lanz.proto and not with the collector's own code. */

export interface TestCongestion {
  atMs: number;
  port?: string;
  /** START 1, UPDATE 2, END 3, POLLING 4. */
  entry: number;
  segments: number;
  drops?: number;
  trafficClass?: number;
}

export const config = (segmentBytes: number, ports: readonly string[] = ['Ethernet1', 'Ethernet2']): Buffer =>
  block(
    1,
    Buffer.concat([
      ...[number(1, 1n), number(2, 1n), number(3, BigInt(ports.length))],
      ...[number(4, BigInt(segmentBytes)), number(5, 524_288n)],
      ...ports.map((name) => block(6, Buffer.concat([block(1, name), number(2, 0n), number(3, 7n), number(4, 0n)]))),
    ]),
  );

export const congestion = ({ atMs, port, entry, segments, drops, trafficClass }: TestCongestion): Buffer =>
  block(
    2,
    Buffer.concat([
      number(1, BigInt(Math.round(atMs * 1000))),
      block(2, port ?? 'Ethernet1'),
      ...[number(3, 0n), number(4, 7n), number(5, BigInt(segments)), number(6, BigInt(entry))],
      number(7, BigInt(trafficClass ?? 3)),
      ...[number(8, 0n), number(9, 105n)],
      ...(drops === undefined ? [] : [number(10, BigInt(drops))]),
    ]),
  );

export const complaint = (message: string): Buffer => block(3, Buffer.concat([number(1, 1n), block(2, message)]));

/** As on the wire: behind its length. */
export function framed(record: Uint8Array): Buffer {
  const head: number[] = [];
  let rest = record.length;
  for (; rest > 0x7f; rest >>= 7) head.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...head, rest]), record]);
}
