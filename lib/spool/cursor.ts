import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from './crc32.ts';

/** A place in the queue: everything before it has been acknowledged. */
export interface SpoolPosition {
  segment: number;
  offset: number;
}

const SLOT_BYTES = 32;

/**
 * The acknowledged position on disk: two slots written in turn, each with a sequence number and a checksum, so that a
 * process killed in the middle of a write leaves the other slot. Losing both means re-sending, never losing.
 */
export class CursorFile {
  private sequence = 0;
  private readonly fd: number;

  constructor(path: string) {
    this.fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o640);
    // Both slots have their place on disk before it is full.
    if (fstatSync(this.fd).size >= 2 * SLOT_BYTES) return;
    try {
      writeSync(this.fd, Buffer.alloc(2 * SLOT_BYTES), 0, 2 * SLOT_BYTES, 0);
    } catch {
      // It is full already: nothing has been acknowledged that a slot would have to hold.
      return;
    }
  }

  read(): SpoolPosition | undefined {
    const bytes = Buffer.alloc(2 * SLOT_BYTES);
    readSync(this.fd, bytes, 0, bytes.length, 0);
    let newest: SpoolPosition | undefined;
    for (const slot of [bytes.subarray(0, SLOT_BYTES), bytes.subarray(SLOT_BYTES)]) {
      if (slot.readUInt32LE(0) !== crc32(slot.subarray(4, 28))) continue;
      const sequence = slot.readDoubleLE(4);
      if (sequence <= this.sequence) continue;
      this.sequence = sequence;
      newest = { segment: slot.readDoubleLE(12), offset: slot.readDoubleLE(20) };
    }
    return newest;
  }

  write(position: SpoolPosition): void {
    this.sequence++;
    const slot = Buffer.alloc(SLOT_BYTES);
    slot.writeDoubleLE(this.sequence, 4);
    slot.writeDoubleLE(position.segment, 12);
    slot.writeDoubleLE(position.offset, 20);
    slot.writeUInt32LE(crc32(slot.subarray(4, 28)), 0);
    writeSync(this.fd, slot, 0, SLOT_BYTES, (this.sequence % 2) * SLOT_BYTES);
  }

  close(): void {
    closeSync(this.fd);
  }
}
