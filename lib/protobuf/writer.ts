/** Builds one protobuf message, field by field. What is written with it is rare or short: plain and small. */
export class ProtoWriter {
  private readonly content: number[] = [];

  /** A varint field of up to 64 bits (a number: up to 2^53); 0 is protobuf's default and is left out. */
  uint(field: number, value: number | bigint): this {
    return value === 0 || value === 0n ? this : this.member(field, value);
  }

  /** A varint field that is written even when it is 0: a member of a oneof says by its presence which one is meant. */
  member(field: number, value: number | bigint): this {
    this.varint(field * 8);
    this.varint(value);
    return this;
  }

  text(field: number, value: string): this {
    return value === '' ? this : this.bytes(field, Buffer.from(value));
  }

  /** A message, written even when it is empty: its presence says something. */
  message(field: number, inner: ProtoWriter): this {
    return this.block(field, inner.content);
  }

  /** Bytes, or a message that is encoded already; written even when it is empty. */
  bytes(field: number, value: Uint8Array): this {
    return this.block(field, value);
  }

  /** Fields that are encoded already. */
  fields(encoded: Uint8Array): this {
    for (const byte of encoded) this.content.push(byte);
    return this;
  }

  finish(): Buffer {
    return Buffer.from(this.content);
  }

  private block(field: number, value: ArrayLike<number> & Iterable<number>): this {
    this.varint(field * 8 + 2);
    this.varint(value.length);
    for (const byte of value) this.content.push(byte);
    return this;
  }

  private varint(value: number | bigint): void {
    let rest = 0;
    if (typeof value === 'number') rest = value;
    else {
      let wide = BigInt.asUintN(64, value);
      for (; wide > Number.MAX_SAFE_INTEGER; wide >>= 7n) this.content.push(Number(wide & 0x7fn) | 0x80);
      rest = Number(wide);
    }
    while (rest > 0x7f) {
      this.content.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.content.push(rest);
  }
}

/** Encodes a message of a few fields: the small answers servers give. Defaults (0, "") are left out, messages are not. */
export function encodeProto(fields: readonly (readonly [field: number, value: bigint | string | Buffer])[]): Buffer {
  const writer = new ProtoWriter();
  for (const [field, value] of fields) {
    if (typeof value === 'bigint') writer.uint(field, value);
    else if (typeof value === 'string') writer.text(field, value);
    else writer.bytes(field, value);
  }
  return writer.finish();
}
