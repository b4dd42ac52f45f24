import { readFileSync, statSync } from 'node:fs';
import { CollectorError } from '../errors.ts';
import { readTargetEntries, type TargetEntry } from './entries.ts';

/** JSON, and YAML, which takes a hundred times as long to read. */
const LARGEST_BYTES = { json: 16 * 1024 * 1024, yaml: 1024 * 1024 };

/** A file of targets, read again when it has changed. */
export class TargetFile {
  private stamp = '';

  constructor(readonly path: string) {}

  /**
   * @param read what an entry means; it may throw a CollectorError
   * @returns what its entries mean, or null where the file is as it was when it was read last
   * @throws CollectorError naming the file; the next call reads it again
   */
  readIfChanged<T>(read: (entry: TargetEntry) => T): T[] | null {
    const { path } = this;
    try {
      const { mtimeMs, size, ino } = statSync(path);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (stamp === this.stamp) return null;
      const form = path.endsWith('.json') ? 'json' : 'yaml';
      if (size > LARGEST_BYTES[form]) {
        const advice = form === 'yaml' ? ': write it as a .json file' : '';
        throw new CollectorError('too_large', `${path}: larger than ${LARGEST_BYTES[form]} bytes${advice}`);
      }
      const found = readTargetEntries(readFileSync(path, 'utf8'), path, form).map(read);
      this.stamp = stamp;
      return found;
    } catch (error) {
      if (error instanceof CollectorError) throw error;
      const code = (error as NodeJS.ErrnoException).code;
      throw new CollectorError('not_found', `${path} cannot be read (${code ?? 'unknown reason'})`, { cause: error });
    }
  }
}
