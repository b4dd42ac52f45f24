import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CollectorError } from '../../lib/errors.ts';

const CHUNK_BYTES = 256 * 1024;
/** The header of a table that is written anew with one more column differs within so much. */
const FINGERPRINT_BYTES = 1024;
/** Files beside a log that are looked at for the copy of it. */
const MOST_COPIES = 64;

/** Where a reader of a file stands; survives restarts. */
export interface TailPosition {
  /** Inode, as text: it may be larger than 2^53. */
  inode: string;
  /** Everything before has been read for good. */
  offset: number;
  /** Of the first bytes, as many as `fingerprintBytes`: tells a rewritten file from a grown one. */
  fingerprint: string;
  fingerprintBytes: number;
}

/** What one look at the file gave. */
export interface TailChunk {
  bytes: Buffer;
  /** The bytes are the start of a file: what was left of a line before them belongs to another one. */
  fresh: boolean;
  /** Nothing more to read now. */
  atEnd: boolean;
  /** When the file was last written, Unix ms. */
  modifiedMs: number;
  /** truncated or rotated, where this happened before these bytes. */
  event?: 'truncated' | 'rotated';
}

/**
 * Follows one file by name through rotation (a new file under the name: the old one is read to its end first),
 * truncation and restarts.
 */
export class FileTail {
  private fd = -1;
  private inode = '';
  private offset = 0;
  private fingerprint = '';
  private fingerprintBytes = 0;
  private resumed: TailPosition | undefined;

  constructor(
    readonly path: string,
    position?: TailPosition,
  ) {
    this.resumed = position;
  }

  /** Where the next read begins. */
  get position(): TailPosition {
    const { inode, offset, fingerprint, fingerprintBytes } = this;
    return { inode, offset, fingerprint, fingerprintBytes };
  }

  /**
   * The next bytes; undefined where there is no such file.
   * @throws the file system's error where the file cannot be read
   */
  read(): TailChunk | undefined {
    let event: TailChunk['event'];
    let fresh = false;
    if (this.fd < 0) {
      const opened = this.open();
      if (opened === undefined) return undefined;
      fresh = opened === 'start';
    }
    let stats = fstatSync(this.fd);
    if (stats.size < this.offset || !this.sameHead()) {
      // copytruncate: what was written since the last look is in the copy, which is read as if it were the old file.
      if (this.openCopy()) stats = fstatSync(this.fd);
      else {
        event = 'truncated';
        fresh = true;
        this.offset = 0;
        this.fingerprintBytes = 0;
      }
    }
    if (stats.size <= this.offset && this.moved()) {
      this.close();
      if (this.openPath(0)) {
        event = 'rotated';
        fresh = true;
        stats = fstatSync(this.fd);
      } else return undefined;
    }
    const bytes = Buffer.allocUnsafe(CHUNK_BYTES);
    const length = readSync(this.fd, bytes, 0, CHUNK_BYTES, this.offset);
    this.offset += length;
    this.learnHead();
    const atEnd = this.offset >= stats.size && !this.moved();
    return {
      bytes: bytes.subarray(0, length),
      fresh,
      atEnd,
      modifiedMs: stats.mtimeMs,
      ...(event === undefined ? {} : { event }),
    };
  }

  private open(): 'start' | 'middle' | undefined {
    const { resumed } = this;
    this.resumed = undefined;
    if (resumed === undefined || resumed.inode === '') return this.openPath(0) ? 'start' : undefined;
    if (this.openPath(resumed.offset, resumed)) return 'middle';
    // Rotated while nobody looked: its rest is still there under another name.
    const old = this.findInode(resumed.inode);
    if (old !== undefined && this.openPath(resumed.offset, resumed, old)) return 'middle';
    return this.openPath(0) ? 'start' : undefined;
  }

  /** Opens a file; with `expected`, only where it is that file (or, without an inode, one that begins like it). */
  private openPath(offset: number, expected?: TailPosition, path = this.path): boolean {
    let fd: number;
    try {
      // A pipe that nobody writes to must not hold up the process.
      fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
    this.fd = fd;
    const stats = fstatSync(fd, { bigint: true });
    if (!stats.isFile()) {
      this.close();
      throw new CollectorError('unsupported', 'this is no file of lines');
    }
    this.inode = String(stats.ino);
    this.offset = offset;
    this.fingerprint = expected?.fingerprint ?? '';
    this.fingerprintBytes = expected?.fingerprintBytes ?? 0;
    const isWanted = expected?.inode === '' || this.inode === expected?.inode;
    if (expected === undefined || (isWanted && stats.size >= BigInt(offset) && this.sameHead())) return true;
    this.close();
    return false;
  }

  /** Opens a file beside this one that begins as this one did and has more than was read of it, at the place of the reader. */
  private openCopy(): boolean {
    const { fd, inode, offset, fingerprint, fingerprintBytes } = this;
    if (fingerprintBytes === 0) return false;
    for (const path of this.beside()) {
      try {
        // The inode of a copy is not known before.
        const copy = { inode: '', offset, fingerprint, fingerprintBytes };
        if (this.openPath(offset, copy, path) && fstatSync(this.fd).size > offset) {
          closeSync(fd);
          return true;
        }
      } catch {
        // A directory, or a file of somebody else: no copy for us.
      }
      if (this.fd !== fd) this.close();
    }
    Object.assign(this, { fd, inode, offset, fingerprint, fingerprintBytes });
    return false;
  }

  private beside(): string[] {
    const directory = dirname(this.path);
    const name = basename(this.path);
    try {
      const names = readdirSync(directory).filter((other) => other !== name && other.startsWith(name));
      return names.slice(0, MOST_COPIES).map((other) => join(directory, other));
    } catch {
      return [];
    }
  }

  private findInode(inode: string): string | undefined {
    const directory = dirname(this.path);
    try {
      for (const name of readdirSync(directory)) {
        const path = join(directory, name);
        if (String(statSync(path, { bigint: true }).ino) === inode) return path;
      }
    } catch {
      // A directory that cannot be listed has nothing for us.
    }
    return undefined;
  }

  /**
   * True when the name now stands for another file that has something in it: before, the program may well write on in
   * the one it has open (a rotation that creates the new file, and a program that does not open it).
   */
  private moved(): boolean {
    try {
      const { ino, size } = statSync(this.path, { bigint: true });
      return String(ino) !== this.inode && size > 0n;
    } catch {
      return false;
    }
  }

  private head(length: number): string {
    const bytes = Buffer.alloc(length);
    const read = readSync(this.fd, bytes, 0, length, 0);
    return createHash('sha256').update(bytes.subarray(0, read)).digest('hex').slice(0, 32);
  }

  private sameHead(): boolean {
    return this.fingerprintBytes === 0 || this.head(this.fingerprintBytes) === this.fingerprint;
  }

  private learnHead(): void {
    const length = Math.min(FINGERPRINT_BYTES, this.offset);
    if (length <= this.fingerprintBytes) return;
    this.fingerprintBytes = length;
    this.fingerprint = this.head(length);
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
  }
}
