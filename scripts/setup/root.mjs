import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout this script belongs to, wherever it is called from. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
