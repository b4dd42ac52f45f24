/**
 * Bytes that are compared with a part of every message: four at a time, because that comparison is most of the work of
 * reading a stream.
 */
export class KnownBytes {
  private readonly words: Int32Array;

  /** @param bytes a copy of its own */
  constructor(readonly bytes: Uint8Array) {
    const view = viewOf(bytes);
    this.words = Int32Array.from({ length: bytes.length >> 2 }, (_, index) => view.getInt32(4 * index, true));
  }

  /** @param view of the message; `start` and `end` are offsets in it */
  equals(view: DataView, start: number, end: number): boolean {
    const { bytes, words } = this;
    if (bytes.length !== end - start) return false;
    // Paths of one device differ at their ends.
    for (let index = bytes.length - 1; index >= 4 * words.length; index--)
      if (bytes[index] !== view.getUint8(start + index)) return false;
    for (let index = words.length - 1; index >= 0; index--)
      if (words[index] !== view.getInt32(start + 4 * index, true)) return false;
    return true;
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
