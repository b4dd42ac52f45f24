import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const MOST_FILES = 4096;

const COMPRESSED = /\.(?:gz|bz2|xz|zst)$/;

/** Files a path with `*` in any of its parts stands for, in order; a path without stands for itself if it exists.
 * Compressed files are logs of the past: no pattern means them. */
export function matchingFiles(pattern: string): string[] {
  if (!pattern.includes('*')) return existsSync(pattern) ? [pattern] : [];
  const parts = pattern.split('/');
  let found = [pattern.startsWith('/') ? '/' : '.'];
  for (const part of parts) {
    if (part === '' || part === '.') continue;
    found = found.flatMap((directory) => below(directory, part)).slice(0, MOST_FILES);
  }
  return found.filter((path) => !COMPRESSED.test(path)).sort();
}

function below(directory: string, part: string): string[] {
  if (!part.includes('*')) {
    const path = join(directory, part);
    return existsSync(path) ? [path] : [];
  }
  const regex = new RegExp(`^${part.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')}$`);
  try {
    return readdirSync(directory)
      .filter((name) => regex.test(name) && (!name.startsWith('.') || part.startsWith('.')))
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}
