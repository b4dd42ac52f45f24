import { FabricError, ParseError } from '../errors.ts';

const LITERAL = 0;
const COPY_SHORT = 1;
const COPY_MIDDLE = 2;

/**
 * Unpacks a snappy block (not the framed format): its length, then literals and copies of what is already there.
 * @param mostBytes a block that says it is longer is refused before anything is reserved for it
 * @throws FabricError `too_large` where it is too long
 * @throws ParseError where it is no such block
 * @source google/snappy format_description.txt
 */
export function unsnappy(block: Buffer, { maxOutputLength }: { maxOutputLength: number }): Buffer {
  const { value: length, next } = readLength(block);
  if (length > maxOutputLength) {
    throw new FabricError('too_large', `the snappy block says it is ${length} bytes, more than ${maxOutputLength}`);
  }
  // Three bytes give at most 64: a small body must not reserve a large buffer.
  if (length > 64 * block.length) throw new ParseError('the snappy block is too short for its length');
  const out = Buffer.allocUnsafe(length);
  let at = next;
  let written = 0;
  while (at < block.length) {
    const tag = block[at++] ?? 0;
    const kind = tag & 3;
    if (kind === LITERAL) {
      const { size, from } = literal(block, tag >> 2, at);
      if (from + size > block.length || written + size > length) throw cut(at);
      written += block.copy(out, written, from, from + size);
      at = from + size;
      continue;
    }
    const bytes = kind === COPY_SHORT ? 1 : kind === COPY_MIDDLE ? 2 : 4;
    if (at + bytes > block.length) throw cut(at);
    const low = block.readUIntLE(at, bytes);
    const size = kind === COPY_SHORT ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const offset = kind === COPY_SHORT ? ((tag >> 5) << 8) | low : low;
    at += bytes;
    if (offset === 0 || offset > written || written + size > length) throw cut(at);
    written = copyBack(out, written, offset, size);
  }
  if (written !== length) throw new ParseError(`the snappy block ends at ${written} of ${length} bytes`);
  return out;
}

/** A copy may reach into what it writes: then it repeats. */
function copyBack(out: Buffer, written: number, offset: number, size: number): number {
  if (offset >= size) out.copyWithin(written, written - offset, written - offset + size);
  else for (let n = 0; n < size; n++) out[written + n] = out[written - offset + n] ?? 0;
  return written + size;
}

/** Lengths of 61 and more stand in the one to four bytes behind the tag. */
function literal(block: Buffer, code: number, at: number): { size: number; from: number } {
  if (code < 60) return { size: code + 1, from: at };
  const bytes = code - 59;
  if (at + bytes > block.length) throw cut(at);
  return { size: block.readUIntLE(at, bytes) + 1, from: at + bytes };
}

function readLength(block: Buffer): { value: number; next: number } {
  let value = 0;
  for (let n = 0; n < 5 && n < block.length; n++) {
    const byte = block[n] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * n);
    if (byte < 0x80) return { value, next: n + 1 };
  }
  throw new ParseError('the snappy block does not begin with its length');
}

function cut(at: number): ParseError {
  return new ParseError(`the snappy block is broken at byte ${at}`);
}
