import { readFile } from 'node:fs/promises';
import { CollectorError } from '../../lib/errors.ts';

/** A file that somebody else writes. @throws CollectorError naming it */
export async function readText(file: string, signal: AbortSignal): Promise<string> {
  try {
    return await readFile(file, { encoding: 'utf8', signal });
  } catch (error) {
    throw new CollectorError('unavailable', `${file}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
}
