/** A typed array as it stands in a JSON snapshot: element kind and base64 of its bytes (little endian). */
export interface PackedArray {
  kind: 'f64' | 'f32' | 'u32' | 'i32' | 'u8';
  bytes: string;
}

type Packable = Float64Array | Float32Array | Uint32Array | Int32Array | Uint8Array;

/** Packs a typed array for a snapshot; NaN survives, which JSON alone would lose. */
export function packArray(values: Packable): PackedArray {
  return {
    kind: kindOf(values),
    bytes: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
  };
}

function kindOf(values: Packable): PackedArray['kind'] {
  if (values instanceof Float64Array) return 'f64';
  if (values instanceof Float32Array) return 'f32';
  if (values instanceof Uint32Array) return 'u32';
  if (values instanceof Int32Array) return 'i32';
  return 'u8';
}

function bytesOf(packed: PackedArray): ArrayBuffer {
  const bytes = Buffer.from(packed.bytes, 'base64');
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
}

/** Unpacks what packArray made of a Float64Array. */
export function unpackFloat64(packed: PackedArray): Float64Array {
  return new Float64Array(bytesOf(packed));
}

/** Unpacks what packArray made of a Float32Array. */
export function unpackFloat32(packed: PackedArray): Float32Array {
  return new Float32Array(bytesOf(packed));
}

/** Unpacks what packArray made of a Uint32Array. */
export function unpackUint32(packed: PackedArray): Uint32Array {
  return new Uint32Array(bytesOf(packed));
}

/** Unpacks what packArray made of an Int32Array. */
export function unpackInt32(packed: PackedArray): Int32Array {
  return new Int32Array(bytesOf(packed));
}

/** Unpacks what packArray made of a Uint8Array. */
export function unpackUint8(packed: PackedArray): Uint8Array {
  return new Uint8Array(bytesOf(packed));
}
