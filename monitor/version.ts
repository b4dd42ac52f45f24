import { readFileSync } from 'node:fs';

const manifest: { version?: unknown } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** The version in package.json. */
export const VERSION = typeof manifest.version === 'string' ? manifest.version : '0.0.0';
