import { CollectorError } from '../../lib/errors.ts';

/** A switch of a thousand ports tells its configuration in some 50 KiB. */
const MAX_RECORD_BYTES = 1024 * 1024;

/** Cuts a stream into records: each comes behind its length, a varint. */
export class RecordFraming {
  #length = 0;
  #shift = 0;
  /** The record being received, and how much of it has come; null between records and in a length. */
  #record: Buffer | null = null;
  #filled = 0;

  /** True while a record has begun and is not whole. */
  get isWithin(): boolean {
    return this.#record !== null || this.#shift > 0;
  }

  /**
   * @returns the records that are whole with this chunk
   * @throws CollectorError `too_large` where a length cannot be one: the stream is none of LANZ, or out of step
   */
  push(chunk: Buffer): Buffer[] {
    const whole: Buffer[] = [];
    let position = 0;
    while (position < chunk.length) {
      if (this.#record === null) this.#lengthByte(chunk[position++] ?? 0);
      else {
        const copied = chunk.copy(this.#record, this.#filled, position);
        this.#filled += copied;
        position += copied;
        if (this.#filled < this.#record.length) continue;
        whole.push(this.#record);
        this.#record = null;
      }
    }
    return whole;
  }

  #lengthByte(byte: number): void {
    this.#length += (byte & 0x7f) * 2 ** this.#shift;
    this.#shift += 7;
    if (this.#length > MAX_RECORD_BYTES || this.#shift > 35) {
      const message = 'the stream is none of LANZ: a record of more than 1 MiB';
      throw new CollectorError('too_large', message);
    }
    if (byte >= 0x80) return;
    // An empty record says nothing.
    if (this.#length > 0) this.#record = Buffer.allocUnsafe(this.#length);
    this.#filled = 0;
    this.#length = 0;
    this.#shift = 0;
  }
}
