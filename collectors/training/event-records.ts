import { errorMessage } from '../../lib/errors.ts';
import { ProtoReader } from '../../lib/protobuf/reader.ts';
import type { LineSource, RawLine } from './lines.ts';

/** Length, its checksum, then the event, then the event's checksum. @source tensorflow/core/lib/io/record_writer.h */
const HEADER_BYTES = 12;
const FOOTER_BYTES = 4;
/** Events of scalars are small; larger ones hold images, graphs and histograms. */
const LARGEST_EVENT_BYTES = 256 * 1024;
const LARGEST_RECORD_BYTES = 4 * 1024 ** 3;

/** What marks a scalar among lines: see formats/tensorboard.ts. */
export const SCALAR_PREFIX = '{"tfevent":';

/**
 * Cuts a TensorBoard event file into its scalars, each as a line of JSON, so that they take the way of log lines.
 * `line` counts records. After a record whose checksum is wrong nothing can be trusted: the rest of the file is left.
 */
export class EventRecords implements LineSource {
  line = 0;
  overlong = 0;
  longestBytes = LARGEST_EVENT_BYTES;
  private rest: Buffer = Buffer.alloc(0);
  /** Bytes of a large record still to be passed over. */
  private skip = 0;
  /** Bytes of it behind us: after a restart it has to be begun again. */
  private skipped = 0;
  private damaged = false;

  get pendingBytes(): number {
    return this.rest.length + (this.skip > 0 ? this.skipped : 0);
  }

  pushNumbered(bytes: Buffer): RawLine[] {
    const lines: RawLine[] = [];
    if (this.damaged) return lines;
    let buffer = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    while (!this.damaged) {
      if (this.skip > 0) {
        const passed = Math.min(this.skip, buffer.length);
        this.skip -= passed;
        this.skipped += passed;
        buffer = buffer.subarray(passed);
      }
      const taken = this.takeRecord(buffer, lines);
      if (taken === 0) break;
      buffer = buffer.subarray(taken);
    }
    // A copy: the bytes belong to the reader of the file.
    this.rest = this.damaged ? Buffer.alloc(0) : Buffer.from(buffer);
    return lines;
  }

  reset(): undefined {
    this.rest = Buffer.alloc(0);
    this.skip = 0;
    this.line = 0;
    this.damaged = false;
  }

  /** @returns bytes used; 0 where the record is not complete */
  private takeRecord(buffer: Buffer, lines: RawLine[]): number {
    if (this.skip > 0 || buffer.length < HEADER_BYTES) return 0;
    const length = Number(buffer.readBigUInt64LE(0));
    if (buffer.readUInt32LE(8) !== maskedCrc(buffer.subarray(0, 8)) || length > LARGEST_RECORD_BYTES) {
      return this.broken(lines, 'the length of the record is damaged');
    }
    if (length > LARGEST_EVENT_BYTES) {
      this.line++;
      this.skip = length + FOOTER_BYTES;
      this.skipped = HEADER_BYTES;
      return HEADER_BYTES;
    }
    const end = HEADER_BYTES + length;
    if (buffer.length < end + FOOTER_BYTES) return 0;
    this.line++;
    const event = buffer.subarray(HEADER_BYTES, end);
    if (buffer.readUInt32LE(end) !== maskedCrc(event)) return this.broken(lines, 'the record is damaged');
    try {
      for (const scalar of scalarsOf(event))
        lines.push({ text: SCALAR_PREFIX + JSON.stringify(scalar), number: this.line });
    } catch (error) {
      lines.push({ text: problemLine(errorMessage(error)), number: this.line });
    }
    return end + FOOTER_BYTES;
  }

  private broken(lines: RawLine[], message: string): number {
    this.damaged = true;
    lines.push({ text: problemLine(`${message}; the rest of the file is not read`), number: this.line });
    return 0;
  }
}

function problemLine(problem: string): string {
  return SCALAR_PREFIX + JSON.stringify({ problem });
}

/** A number logged under a name. */
export interface Scalar {
  tag: string;
  step: number;
  /** When it was logged, Unix s. */
  wallSeconds: number;
  /** Absent where it is no plain number; its time counts all the same. */
  value?: number;
}

/** @source tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto and tensor.proto */
function scalarsOf(event: Buffer): Scalar[] {
  const reader = new ProtoReader(event);
  let wallSeconds = Number.NaN;
  let step = 0;
  const values: { tag: string; value?: number }[] = [];
  while (reader.next()) {
    if (reader.field === 1) wallSeconds = reader.double();
    else if (reader.field === 2) step = Number(reader.int64());
    else if (reader.field === 5) {
      const summary = reader.message();
      while (summary.next()) if (summary.field === 1) values.push(readValue(summary.message()));
    }
  }
  if (!Number.isFinite(wallSeconds) || wallSeconds <= 0) return [];
  return values.filter(({ tag }) => tag !== '').map((value) => ({ ...value, step, wallSeconds }));
}

function readValue(message: ProtoReader): { tag: string; value?: number } {
  let tag = '';
  let value: number | undefined;
  while (message.next()) {
    if (message.field === 1) tag = message.text().slice(0, 256);
    else if (message.field === 2) value = message.float();
    else if (message.field === 8) value = tensorValue(message.message());
  }
  return value === undefined || !Number.isFinite(value) ? { tag } : { tag, value };
}

/** The one number of a tensor of type float, as TensorFlow 2 writes scalars. */
function tensorValue(tensor: ProtoReader): number | undefined {
  let type = 0n;
  let content: Buffer | undefined;
  while (tensor.next()) {
    if (tensor.field === 1) type = tensor.uint64();
    // tensor_content, or packed float_val: four bytes for one number in both.
    else if (tensor.field === 4 || tensor.field === 5) content = tensor.bytes();
  }
  return type === 1n && content?.length === 4 ? content.readFloatLE(0) : undefined;
}

const CRC32C = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  CRC32C[byte] = value >>> 0;
}

/** CRC-32C, rotated and shifted so that a checksum of checksums is none. @source tensorflow/core/lib/hash/crc32c.h */
export function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC32C[(crc ^ byte) & 0xff] ?? 0);
  crc = (crc ^ 0xffffffff) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
