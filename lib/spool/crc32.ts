import * as zlib from 'node:zlib';

const TABLE = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  TABLE[byte] = value >>> 0;
}

function tableCrc32(bytes: Uint8Array, before = 0): number {
  let crc = (before ^ 0xffffffff) >>> 0;
  for (let index = 0; index < bytes.length; index++) {
    crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[index] ?? 0)) & 0xff] ?? 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const native = (zlib as { crc32?: (data: Uint8Array, value?: number) => number }).crc32;

/**
 * CRC-32 as in gzip and Ethernet (reflected 0xEDB88320). zlib's own where this Node has it (20.15 and later).
 * @param before the checksum of what stands before these bytes
 * @source RFC 1952 section 8
 */
export const crc32: (bytes: Uint8Array, before?: number) => number = native ?? tableCrc32;

/** The same without zlib: exported so that a test compares the two. */
export const crc32ByTable = tableCrc32;
