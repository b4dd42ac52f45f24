/**
 * Bytes that are compared with a part of every message: four at a time, because that comparison is most of the work of
 * reading a stream.
 */
export class KnownBytes {
  readonly bytes: Uint8Array;
  private readonly length: number;
  private readonly words: Int32Array;
  /** The last four bytes, which overlap the last whole word. */
  private readonly tail: number;

  /** Copies `bytes` from `start` to `end`: the message they came in is not kept. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.length = end - start;
    this.bytes = new Uint8Array(this.length);
    this.bytes.set(bytes.subarray(start, end));
    const view = viewOf(this.bytes);
    this.words = Int32Array.from({ length: this.length >> 2 }, (_, index) => view.getInt32(4 * index, true));
    this.tail = this.length < 4 ? 0 : view.getInt32(this.length - 4, true);
  }

  /** @param view of the message; `start` and `end` are offsets in it */
  equals(view: DataView, start: number, end: number): boolean {
    const { length, words } = this;
    if (length !== end - start) return false;
    if (length < 4) return this.equalsShort(view, start);
    // Paths of one device differ at their ends.
    if (view.getInt32(end - 4, true) !== this.tail) return false;
    for (let index = words.length - 1; index >= 0; index--)
      if (words[index] !== view.getInt32(start + 4 * index, true)) return false;
    return true;
  }

  private equalsShort(view: DataView, start: number): boolean {
    return this.bytes.every((byte, index) => byte === view.getUint8(start + index));
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
