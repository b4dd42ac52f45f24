import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes JSON so that a reader, or a restart after kill -9, sees the old or the new document, never half of one. */
export function writeStateFile(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  const next = `${path}.next`;
  writeFileSync(next, JSON.stringify(value), { mode: 0o640 });
  renameSync(next, path);
}

/** The document, or undefined where there is none or it cannot be read: state is a help, never a must. */
export function readStateFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A file name for any key: readable, bounded, and different for different keys. */
export function stateFileName(key: string): string {
  const readable = key.replace(/[^A-Za-z0-9._-]+/g, '_').slice(-60);
  let hash = 0n;
  for (const byte of Buffer.from(key)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n + 1n);
  return `${readable}-${hash.toString(16).padStart(16, '0')}.json`;
}
