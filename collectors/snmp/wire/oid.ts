import { ParseError } from '../../../lib/errors.ts';

/**
 * Contents octets of an OBJECT IDENTIFIER, without tag and length.
 * @param oid sub-identifiers; the first two share one octet
 * @source ITU-T X.690 8.19
 */
export function encodeOid(oid: readonly number[]): Buffer {
  if (oid.length < 2) throw new ParseError('an object identifier has at least two parts');
  const bytes: number[] = [];
  pushSubId(bytes, (oid[0] ?? 0) * 40 + (oid[1] ?? 0));
  for (let i = 2; i < oid.length; i++) pushSubId(bytes, oid[i] ?? 0);
  return Buffer.from(bytes);
}

/** Octets of a row index alone, as they follow a column's octets in an instance OID. */
export function encodeIndex(index: readonly number[]): Buffer {
  const bytes: number[] = [];
  for (const part of index) pushSubId(bytes, part);
  return Buffer.from(bytes);
}

/** "1.3.6.1.2.1" (a leading dot is allowed) as sub-identifiers. */
export function parseOid(text: string): number[] {
  return text.replace(/^\./, '').split('.').map(Number);
}

/** Sub-identifiers of OID contents octets `[start, end)`; an unfinished or over-long sub-identifier throws. */
export function decodeOid(bytes: Uint8Array, start: number, end: number): number[] {
  const oid: number[] = [];
  let value = 0;
  let octets = 0;
  for (let at = start; at < end; at++) {
    const octet = bytes[at] ?? 0;
    value = value * 128 + (octet & 0x7f);
    octets++;
    if (octets > 5 || value > 0xffff_ffff) throw new ParseError('object identifier part is larger than 32 bits');
    if ((octet & 0x80) !== 0) continue;
    if (oid.length === 0) oid.push(...splitFirst(value));
    else oid.push(value);
    value = 0;
    octets = 0;
  }
  if (octets !== 0 || oid.length === 0) throw new ParseError('object identifier ends in the middle of a part');
  return oid;
}

/** Sub-identifiers of index octets `[start, end)`, which carry no shared first octet; null when malformed. */
export function decodeIndex(bytes: Uint8Array, start: number, end: number): number[] | null {
  const index: number[] = [];
  let value = 0;
  let open = false;
  for (let at = start; at < end; at++) {
    const octet = bytes[at] ?? 0;
    value = value * 128 + (octet & 0x7f);
    if (value > 0xffff_ffff) return null;
    open = (octet & 0x80) !== 0;
    if (open) continue;
    index.push(value);
    value = 0;
  }
  // A copy has no room to spare: a fabric has a million of these.
  return open ? null : index.slice();
}

/** Whether `oid` lies below `prefix`. */
export function startsWith(oid: readonly number[], prefix: readonly number[]): boolean {
  if (oid.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (oid[i] !== prefix[i]) return false;
  return true;
}

/** Lexicographic order of sub-identifiers, as GetNext walks them: negative, 0 or positive. */
export function compareOids(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function splitFirst(value: number): [number, number] {
  if (value < 40) return [0, value];
  if (value < 80) return [1, value - 40];
  return [2, value - 80];
}

function pushSubId(bytes: number[], value: number): void {
  const groups = [value % 128];
  let rest = Math.floor(value / 128);
  while (rest > 0) {
    groups.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  for (let i = groups.length - 1; i >= 0; i--) bytes.push(groups[i] ?? 0);
}
