import { closeSync, openSync, readdirSync, readFileSync, readSync, statfsSync } from 'node:fs';

const SYSFS_MAGIC = 0x62656572;
const LARGEST_FILE_BYTES = 4096;

/**
 * Reads the small files of a tree. In the kernel's sysfs a file stays open and is read again from its start, which is
 * half the cost; files of a recorded tree may be replaced, so they are opened each time.
 */
export class TreeReader {
  /** What the last `read` read, up to its return value. Latin-1 text. */
  readonly buffer = Buffer.alloc(LARGEST_FILE_BYTES);
  private readonly kept = new Map<string, number>();
  private readonly keep: boolean;
  /** False for the kernel's own tree. */
  readonly recorded: boolean;

  constructor(readonly root: string) {
    this.keep = isSysfs(root);
    this.recorded = !this.keep;
  }

  /**
   * Reads a file into `buffer`.
   * @returns its length
   * @throws the file system's error; the file is then opened anew the next time
   */
  read(path: string): number {
    const known = this.kept.get(path);
    const fd = known ?? openSync(path, 'r');
    let failed = true;
    try {
      const length = readSync(fd, this.buffer, 0, LARGEST_FILE_BYTES, 0);
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

/** A short text file outside the tree's hot paths. */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return undefined;
  }
}
