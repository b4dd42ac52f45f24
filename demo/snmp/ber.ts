/** BER as SNMP uses it, for an agent: what it must read of a request and write in an answer. @source ITU-T X.690, RFC 3416 */

export const TAG = {
  integer: 0x02,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  counter32: 0x41,
  gauge32: 0x42,
  timeTicks: 0x43,
  counter64: 0x46,
  noSuchObject: 0x80,
  noSuchInstance: 0x81,
  endOfMibView: 0x82,
  get: 0xa0,
  getNext: 0xa1,
  response: 0xa2,
  getBulk: 0xa5,
  report: 0xa8,
} as const;

/** One element: tag, length, value. */
export function tlv(tag: number, value: Buffer): Buffer {
  const length = value.length;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), value]);
  if (length < 0x100) return Buffer.concat([Buffer.from([tag, 0x81, length]), value]);
  return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 0xff]), value]);
}

/** Two's complement in as few octets as hold it. */
export function integer(value: number, tag: number = TAG.integer): Buffer {
  return unsigned64(BigInt(value), tag);
}

/** A non-negative integer up to 64 bits: a leading zero octet where the top bit is set. */
export function unsigned64(value: bigint, tag: number): Buffer {
  if (value < 0n) return tlv(tag, signed(value));
  let hex = value.toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  const bytes = Buffer.from(hex, 'hex');
  return tlv(tag, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function signed(value: bigint): Buffer {
  let octets = 1;
  while (value < -(1n << BigInt(octets * 8 - 1))) octets++;
  const hex = BigInt.asUintN(octets * 8, value)
    .toString(16)
    .padStart(octets * 2, '0');
  return Buffer.from(hex, 'hex');
}

export function octets(text: string | Buffer): Buffer {
  return tlv(TAG.octets, typeof text === 'string' ? Buffer.from(text, 'utf8') : text);
}

export function objectId(oid: readonly number[]): Buffer {
  const bytes: number[] = [(oid[0] ?? 0) * 40 + (oid[1] ?? 0)];
  for (const part of oid.slice(2)) {
    const groups = [part % 128];
    for (let rest = Math.floor(part / 128); rest > 0; rest = Math.floor(rest / 128)) groups.unshift((rest % 128) + 128);
    bytes.push(...groups);
  }
  return tlv(TAG.oid, Buffer.from(bytes));
}

/** Reads elements one after another. @throws RangeError where the bytes end early */
export class BerReader {
  offset = 0;
  constructor(private readonly bytes: Buffer) {}

  get done(): boolean {
    return this.offset >= this.bytes.length;
  }

  /** The next element: its value, and all of it as `bytes`. */
  next(): { tag: number; value: Buffer; bytes: Buffer } {
    const start = this.offset;
    const tag = this.byte();
    let length = this.byte();
    if (length >= 0x80) {
      let left = length & 0x7f;
      if (left === 0 || left > 4) throw new RangeError('length octets');
      for (length = 0; left > 0; left--) length = length * 256 + this.byte();
    }
    if (this.offset + length > this.bytes.length) throw new RangeError('element longer than the datagram');
    const value = this.bytes.subarray(this.offset, this.offset + length);
    this.offset += length;
    return { tag, value, bytes: this.bytes.subarray(start, this.offset) };
  }

  expect(tag: number): Buffer {
    const element = this.next();
    if (element.tag !== tag) throw new RangeError(`tag ${element.tag} where ${tag} belongs`);
    return element.value;
  }

  int(): number {
    const value = this.expect(TAG.integer);
    if (value.length === 0 || value.length > 5) throw new RangeError('integer size');
    return value.readIntBE(0, value.length);
  }

  private byte(): number {
    const byte = this.bytes[this.offset++];
    if (byte === undefined) throw new RangeError('datagram ends early');
    return byte;
  }
}

/** Sub-identifiers of an OBJECT IDENTIFIER's value. */
export function readObjectId(value: Buffer): number[] {
  const parts: number[] = [];
  let part = 0;
  for (const byte of value) {
    part = part * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (parts.length === 0) {
      const first = Math.min(2, Math.floor(part / 40));
      parts.push(first, part - first * 40);
    } else parts.push(part);
    part = 0;
  }
  return parts;
}
