import { ParseError } from '../errors.ts';

/** Wire types of protobuf. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const FIXED32 = 5;

/**
 * Reads protobuf from bytes in place. 64-bit varints come as two words, so no counter loses a bit and nothing is
 * allocated: for streams of messages. Where a few messages are read, ProtoReader is easier to use.
 */
export class Cursor {
  body: Uint8Array = new Uint8Array(0);
  position = 0;
  /** Words of the last varint. */
  high = 0;
  low = 0;
  /** Of the last tag. */
  field = 0;
  wire = 0;

  reset(body: Uint8Array, position = 0): void {
    this.body = body;
    this.position = position;
  }

  /** @throws ParseError where the varint is cut short or longer than ten bytes */
  varint(end: number): void {
    const { body } = this;
    let position = this.position;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (position >= end) throw new ParseError(`a number is cut short at byte ${position}`);
      const byte = body[position++] ?? 0;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        this.position = position;
        return;
      }
    }
    throw new ParseError(`a number of more than ten bytes at byte ${this.position}`);
  }

  tag(end: number): void {
    this.varint(end);
    this.field = (this.low >>> 3) + this.high * 0x2000_0000;
    this.wire = this.low & 7;
    if (this.field === 0) throw new ParseError(`field number 0 at byte ${this.position}`);
  }

  /** Reads the length of a field and returns where the field ends; the cursor stands at its start. */
  length(end: number): number {
    this.varint(end);
    const stop = this.position + this.low;
    if (this.high !== 0 || stop > end)
      throw new ParseError(`field ${this.field} is longer than its message at byte ${this.position}`);
    return stop;
  }

  skip(end: number): void {
    if (this.wire === VARINT) {
      this.varint(end);
      return;
    }
    let stop = this.position;
    if (this.wire === LENGTH) stop = this.length(end);
    else if (this.wire === FIXED64) stop += 8;
    else if (this.wire === FIXED32) stop += 4;
    else throw new ParseError(`wire type ${this.wire} at byte ${this.position}`);
    if (stop > end) throw new ParseError(`field ${this.field} is cut short at byte ${this.position}`);
    this.position = stop;
  }

  /** The field of the last tag as text. */
  text(end: number): string {
    const stop = this.span(end);
    const text = utf8(this.body, this.position, stop);
    this.position = stop;
    return text;
  }

  /** End of a field that must be length-delimited. */
  span(end: number): number {
    if (this.wire !== LENGTH)
      throw new ParseError(`field ${this.field} has wire type ${this.wire} at byte ${this.position}`);
    return this.length(end);
  }
}

const decoder = new TextDecoder();

export function utf8(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}
