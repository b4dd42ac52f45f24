import { ParseError } from '../../../lib/errors.ts';
import { BerReader, TAG } from './ber.ts';
import { decodeOid } from './oid.ts';

/** A value of the rare path (discovery); `missing` covers noSuchObject, noSuchInstance and endOfMibView. */
export type SnmpValue =
  | { kind: 'number'; value: number }
  | { kind: 'bytes'; value: Buffer }
  | { kind: 'oid'; value: number[] }
  | { kind: 'missing'; end: boolean };

/** One variable of an answer. */
export interface Varbind {
  oid: number[];
  value: SnmpValue;
}

const MISSING: SnmpValue = { kind: 'missing', end: false };
const END: SnmpValue = { kind: 'missing', end: true };

/** Reads the variables between two offsets of an answer. Counter64 beyond 2^53 is rounded: hot counters do not come this way. */
export function readVarbinds(bytes: Buffer, start: number, end: number): Varbind[] {
  const reader = new BerReader(bytes, start, end);
  const varbinds: Varbind[] = [];
  while (reader.at < end) {
    reader.enter(TAG.sequence, 'variable');
    const after = reader.at + reader.length;
    reader.enter(TAG.oid, 'variable name');
    const oidEnd = reader.at + reader.length;
    const oid = decodeOid(bytes, reader.at, oidEnd);
    reader.at = oidEnd;
    const value = readValue(reader);
    if (reader.at !== after) throw new ParseError(`variable ends at byte ${reader.at} instead of ${after}`);
    varbinds.push({ oid, value });
  }
  return varbinds;
}

/** Reads the value the reader stands at. */
export function readValue(reader: BerReader): SnmpValue {
  const tag = reader.header();
  switch (tag) {
    case TAG.integer:
      return { kind: 'number', value: reader.signed('value') };
    case TAG.counter32:
    case TAG.gauge32:
    case TAG.timeTicks:
    case TAG.counter64:
      return { kind: 'number', value: unsigned(reader.take()) };
    case TAG.oid: {
      const start = reader.at;
      reader.at += reader.length;
      return { kind: 'oid', value: decodeOid(reader.bytes, start, reader.at) };
    }
    case TAG.noSuchObject:
    case TAG.noSuchInstance:
    case TAG.null:
      reader.take();
      return MISSING;
    case TAG.endOfMibView:
      reader.take();
      return END;
    default:
      return { kind: 'bytes', value: Buffer.from(reader.take()) };
  }
}

function unsigned(bytes: Buffer): number {
  if (bytes.length === 0 || bytes.length > 9) throw new ParseError(`a counter of ${bytes.length} bytes`);
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}
