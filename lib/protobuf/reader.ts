import { ParseError } from '../errors.ts';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/**
 * Reads one protobuf message of a body in place. Fields come one after the other with `next()`; a field that is not
 * read is skipped. Every read checks the wire type, so that a message of another schema is an error and not a number.
 * @throws ParseError from every method where the bytes are no such message
 */
export class ProtoReader {
  /** Number of the field `next()` stands at. */
  field = 0;
  private wire = VARINT;
  private unread = false;

  constructor(
    private readonly body: Buffer,
    private position = 0,
    private readonly end = body.length,
  ) {}

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.unread) this.skip();
    if (this.position >= this.end) return false;
    const tag = this.varint();
    this.field = Number(tag >> 3n);
    this.wire = Number(tag & 7n);
    if (this.field === 0) throw new ParseError(`field number 0 at byte ${this.position}`);
    this.unread = true;
    return true;
  }

  /** A message in a field. */
  message(): ProtoReader {
    const start = this.span();
    return new ProtoReader(this.body, start, this.position);
  }

  text(): string {
    const start = this.span();
    return this.body.toString('utf8', start, this.position);
  }

  /** The bytes of a field, not copied. */
  bytes(): Buffer {
    const start = this.span();
    return this.body.subarray(start, this.position);
  }

  double(): number {
    this.take(FIXED64, 8);
    return this.body.readDoubleLE(this.position - 8);
  }

  fixed64(): bigint {
    this.take(FIXED64, 8);
    return this.body.readBigUInt64LE(this.position - 8);
  }

  sfixed64(): bigint {
    return BigInt.asIntN(64, this.fixed64());
  }

  fixed32(): number {
    this.take(FIXED32, 4);
    return this.body.readUInt32LE(this.position - 4);
  }

  float(): number {
    this.take(FIXED32, 4);
    return this.body.readFloatLE(this.position - 4);
  }

  uint64(): bigint {
    this.expect(VARINT);
    return this.varint();
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64());
  }

  private skip(): void {
    if (this.wire === VARINT) this.uint64();
    else if (this.wire === FIXED64) this.take(FIXED64, 8);
    else if (this.wire === LENGTH) this.span();
    else if (this.wire === FIXED32) this.take(FIXED32, 4);
    else throw new ParseError(`wire type ${this.wire} at byte ${this.position}`);
  }

  /** Goes past a length-delimited field. @returns where it starts */
  private span(): number {
    this.expect(LENGTH);
    const length = this.varint();
    const start = this.position;
    if (length > BigInt(this.end - start)) {
      throw new ParseError(`field ${this.field} is longer than its message at byte ${start}`);
    }
    this.position = start + Number(length);
    return start;
  }

  private take(wire: number, length: number): void {
    this.expect(wire);
    if (this.position + length > this.end) {
      throw new ParseError(`field ${this.field} is cut short at byte ${this.position}`);
    }
    this.position += length;
  }

  private expect(wire: number): void {
    if (this.wire !== wire) {
      throw new ParseError(`field ${this.field} has wire type ${this.wire} at byte ${this.position}, not ${wire}`);
    }
    this.unread = false;
  }

  private varint(): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new ParseError(`a number of more than ten bytes at byte ${this.position}`);
  }

  private byte(): number {
    if (this.position >= this.end) throw new ParseError(`a number is cut short at byte ${this.position}`);
    return this.body[this.position++] ?? 0;
  }
}
