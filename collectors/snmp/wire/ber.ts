import { ParseError } from '../../../lib/errors.ts';

/**
 * Tags of SNMP's subset of BER.
 * @source RFC 3416 section 3, RFC 2578 section 7.1
 */
export const TAG = {
  integer: 0x02,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  ipAddress: 0x40,
  counter32: 0x41,
  gauge32: 0x42,
  timeTicks: 0x43,
  opaque: 0x44,
  counter64: 0x46,
  noSuchObject: 0x80,
  noSuchInstance: 0x81,
  endOfMibView: 0x82,
  get: 0xa0,
  response: 0xa2,
  getBulk: 0xa5,
  report: 0xa8,
} as const;

/** One tag-length-value with the given contents. */
export function tlv(tag: number, ...contents: Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), encodeLength(body.length), body]);
}

/** A non-negative or negative INTEGER in the fewest octets. */
export function integer(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.unshift(rest & 0xff);
    rest = Math.floor(rest / 256);
  } while (rest !== 0 && rest !== -1);
  const first = bytes[0] ?? 0;
  if (value >= 0 && first >= 0x80) bytes.unshift(0);
  if (value < 0 && first < 0x80) bytes.unshift(0xff);
  return tlv(TAG.integer, Buffer.from(bytes));
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  if (length < 0x100) return Buffer.from([0x81, length]);
  return Buffer.from([0x82, length >> 8, length & 0xff]);
}

/**
 * Reads one datagram front to back. Every length is checked against what is there, so hostile bytes end in a
 * ParseError that says at which byte, never in a read outside the datagram.
 */
export class BerReader {
  /** Length of the contents of the element whose header was read last. */
  length = 0;

  constructor(
    readonly bytes: Buffer,
    public at = 0,
    public end = bytes.length,
  ) {}

  /** Reads tag and length and stands at the contents. */
  enter(tag: number, what: string): void {
    const start = this.at;
    const found = this.header();
    if (found !== tag) {
      throw new ParseError(`${what} at byte ${start} has tag 0x${found.toString(16)} instead of 0x${tag.toString(16)}`);
    }
  }

  /** Reads any tag and its length; answers the tag. */
  header(): number {
    const { bytes, end } = this;
    let at = this.at;
    if (at + 2 > end) throw new ParseError(`the answer is cut short at byte ${at}`);
    const tag = bytes[at++] ?? 0;
    let length = bytes[at++] ?? 0;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      if (octets === 0 || octets > 4)
        throw new ParseError(`length at byte ${at - 1} is in a form that SNMP does not use`);
      if (at + octets > end) throw new ParseError(`the answer is cut short at byte ${end}`);
      length = 0;
      for (let i = 0; i < octets; i++) length = length * 256 + (bytes[at++] ?? 0);
    }
    if (length > end - at) {
      throw new ParseError(`the answer is cut short: byte ${at} announces ${length} bytes, ${end - at} are there`);
    }
    this.at = at;
    this.length = length;
    return tag;
  }

  /** A signed INTEGER of at most 32 bits (some agents pad with zeros, so up to 8 octets are read). */
  integer(what: string): number {
    this.enter(TAG.integer, what);
    return this.signed(what);
  }

  /** The contents just entered as a signed number. */
  signed(what: string): number {
    const { length } = this;
    if (length === 0 || length > 8) throw new ParseError(`${what} at byte ${this.at} is an integer of ${length} bytes`);
    let value = (this.bytes[this.at] ?? 0) >= 0x80 ? -1 : 0;
    for (let i = 0; i < length; i++) value = value * 256 + (this.bytes[this.at + i] ?? 0);
    this.at += length;
    return value;
  }

  /** An OCTET STRING, as a view into the datagram. */
  octets(what: string): Buffer {
    this.enter(TAG.octetString, what);
    return this.take();
  }

  /** Steps over an element of this tag. */
  skip(tag: number, what: string): void {
    this.enter(tag, what);
    this.at += this.length;
  }

  /** The contents just entered, as a view; stands behind them. */
  take(): Buffer {
    const view = this.bytes.subarray(this.at, this.at + this.length);
    this.at += this.length;
    return view;
  }
}
