import { closeSync, constants, openSync, readdirSync, readFileSync, readSync, statfsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { CollectorError } from '../../lib/errors.ts';

const SYSFS_MAGIC = 0x62656572;
const LARGEST_FILE_BYTES = 4096;
/** A pipe nobody writes to is empty; opened in the plain way it would stop the process. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;
/** A file of a healthy driver answers within milliseconds. */
const PROBE_MS = 1000;
/** Reads that hang keep a thread of the process each, of four: with so many of them nothing more is tried. */
const MOST_HANGING = 2;

/**
 * Reads the small files of a tree. In the kernel's sysfs a file stays open and is read again from its start, which is
 * half the cost; files of a recorded tree may be replaced, so they are opened each time.
 */
export class TreeReader {
  /** What the last `read` read, up to its return value. Latin-1 text. */
  readonly buffer = Buffer.alloc(LARGEST_FILE_BYTES);
  private readonly kept = new Map<string, number>();
  private readonly keep: boolean;
  /** Files whose read has not come back: a driver that is stuck, a file system that is away. */
  private readonly hanging = new Set<string>();
  /** False for the kernel's own tree. */
  readonly recorded: boolean;

  /** @param readOff reads a file off the main thread; it may hang */
  constructor(
    readonly root: string,
    private readonly readOff: (path: string) => Promise<void> = readOffThread,
  ) {
    this.keep = isSysfs(root);
    this.recorded = !this.keep;
  }

  /**
   * Finds out which files do not answer, without waiting for them any longer than `waitMs`: from then on `read` leaves
   * them alone, until their answer has come after all.
   */
  async probe(paths: Iterable<string>, waitMs = PROBE_MS): Promise<void> {
    if (this.hanging.size >= MOST_HANGING) return;
    const stop = new AbortController();
    const reads: Promise<void>[] = [];
    for (const path of paths) {
      if (this.hanging.has(path)) continue;
      this.hanging.add(path);
      // What it says is not asked here: a file that cannot be read is told of when it is.
      const done = (): void => void this.hanging.delete(path);
      reads.push(this.readOff(path).then(done, done));
    }
    const patience = delay(waitMs, undefined, { signal: stop.signal, ref: false }).catch(() => {});
    await Promise.race([Promise.all(reads), patience]);
    stop.abort();
  }

  /**
   * Reads a file into `buffer`.
   * @returns its length
   * @throws the file system's error, the file is then opened anew the next time; CollectorError where it hangs
   */
  read(path: string): number {
    if (this.hanging.size > 0 && this.hanging.has(path)) throw new CollectorError('timeout', 'does not answer');
    const known = this.kept.get(path);
    const fd = known ?? openSync(path, READ);
    let failed = true;
    try {
      const length = readSync(fd, this.buffer, 0, LARGEST_FILE_BYTES, this.keep ? 0 : null);
      failed = false;
      return length;
    } finally {
      if (this.keep && !failed) this.kept.set(path, fd);
      else {
        this.kept.delete(path);
        closeSync(fd);
      }
    }
  }

  /** A short text without blanks around it, or undefined where it cannot be read. */
  text(path: string): string | undefined {
    try {
      return this.buffer.toString('latin1', 0, this.read(path)).trim();
    } catch {
      return undefined;
    }
  }

  close(): void {
    for (const fd of this.kept.values()) closeSync(fd);
    this.kept.clear();
  }
}

async function readOffThread(path: string): Promise<void> {
  const file = await open(path, READ);
  try {
    await file.read(Buffer.alloc(LARGEST_FILE_BYTES), 0, LARGEST_FILE_BYTES);
  } finally {
    await file.close();
  }
}

function isSysfs(root: string): boolean {
  try {
    return statfsSync(root).type === SYSFS_MAGIC;
  } catch {
    return false;
  }
}

/** Names in a directory, sorted by name and number; none where there is no such directory. */
export function namesIn(path: string): string[] {
  try {
    return readdirSync(path).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  } catch {
    return [];
  }
}

/** All of a file outside the tree's hot paths; undefined where it cannot be read. */
export function bytesOf(path: string): Buffer | undefined {
  try {
    const fd = openSync(path, READ);
    try {
      return readFileSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/**
 * Reads a file into a buffer.
 * @returns how much; all of the buffer where there may be more; undefined where it cannot be read
 */
export function readInto(path: string, buffer: Buffer): number | undefined {
  try {
    const fd = openSync(path, READ);
    try {
      return readSync(fd, buffer, 0, buffer.length, null);
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** Whether there is such a file: asking is cheaper than an error for a file that is never there. */
export function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** The same as text without blanks around it. */
export function textOf(path: string): string | undefined {
  return bytesOf(path)?.toString('latin1').trim();
}
