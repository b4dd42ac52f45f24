/** Builds one protobuf message: only the few kinds of fields that gNMI requests have. Requests are rare: plain and small. */
export class ProtoWriter {
  private readonly bytes: number[] = [];

  /** A varint field; 0 is protobuf's default and is left out. */
  uint(field: number, value: number): this {
    if (value === 0) return this;
    this.varint(field * 8);
    this.varint(value);
    return this;
  }

  text(field: number, value: string): this {
    return value === '' ? this : this.raw(field, Buffer.from(value));
  }

  /** A message, written even when it is empty: its presence says something. */
  message(field: number, inner: ProtoWriter): this {
    return this.raw(field, inner.finish());
  }

  finish(): Buffer {
    return Buffer.from(this.bytes);
  }

  private raw(field: number, value: Uint8Array): this {
    this.varint(field * 8 + 2);
    this.varint(value.length);
    for (const byte of value) this.bytes.push(byte);
    return this;
  }

  /** Up to 2^53: enough for nanoseconds of any interval. */
  private varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.bytes.push(rest);
  }
}
