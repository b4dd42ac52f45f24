import { ParseError } from '../errors.ts';
import { Cursor, FIXED32, FIXED64, LENGTH, VARINT } from './cursor.ts';

/**
 * Reads one protobuf message of a body in place. Fields come one after the other with `next()`; a field that is not
 * read is skipped. Every read checks the wire type, so that a message of another schema is an error and not a number.
 * @throws ParseError from every method where the bytes are no such message
 */
export class ProtoReader {
  private readonly cursor = new Cursor();
  private unread = false;

  constructor(
    private readonly body: Buffer,
    position = 0,
    private readonly end = body.length,
  ) {
    this.cursor.reset(body, position);
  }

  /** Number of the field `next()` stands at. */
  get field(): number {
    return this.cursor.field;
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    const { cursor } = this;
    if (this.unread) cursor.skip(this.end);
    this.unread = false;
    if (cursor.position >= this.end) return false;
    cursor.tag(this.end);
    this.unread = true;
    return true;
  }

  /** A message in a field. */
  message(): ProtoReader {
    const start = this.span();
    return new ProtoReader(this.body, start, this.cursor.position);
  }

  text(): string {
    const start = this.span();
    return this.body.toString('utf8', start, this.cursor.position);
  }

  /** The bytes of a field, not copied. */
  bytes(): Buffer {
    const start = this.span();
    return this.body.subarray(start, this.cursor.position);
  }

  double(): number {
    return this.body.readDoubleLE(this.fixed(FIXED64));
  }

  fixed64(): bigint {
    return this.body.readBigUInt64LE(this.fixed(FIXED64));
  }

  sfixed64(): bigint {
    return BigInt.asIntN(64, this.fixed64());
  }

  fixed32(): number {
    return this.body.readUInt32LE(this.fixed(FIXED32));
  }

  float(): number {
    return this.body.readFloatLE(this.fixed(FIXED32));
  }

  uint64(): bigint {
    const { cursor } = this;
    this.expect(VARINT);
    cursor.varint(this.end);
    return cursor.high === 0 ? BigInt(cursor.low) : (BigInt(cursor.high) << 32n) | BigInt(cursor.low);
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64());
  }

  /** Goes past a length-delimited field. @returns where it starts */
  private span(): number {
    const { cursor } = this;
    this.expect(LENGTH);
    const stop = cursor.length(this.end);
    const start = cursor.position;
    cursor.position = stop;
    return start;
  }

  /** Goes past a field of fixed width. @returns where it starts */
  private fixed(wire: number): number {
    const { cursor } = this;
    this.expect(wire);
    const start = cursor.position;
    cursor.skip(this.end);
    return start;
  }

  private expect(wire: number): void {
    const { cursor } = this;
    if (cursor.wire !== wire) {
      throw new ParseError(
        `field ${cursor.field} has wire type ${cursor.wire} at byte ${cursor.position}, not ${wire}`,
      );
    }
    this.unread = false;
  }
}
