import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkNode, packagesAreCurrent } from '../../scripts/setup/packages.mjs';

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});

type Packages = Record<string, { version: string; optional?: boolean }>;

function checkout(wanted: Packages, present?: Packages): string {
  const directory = mkdtempSync(join(tmpdir(), 'packages-'));
  directories.push(directory);
  const write = (name: string, packages: Packages) =>
    writeFileSync(join(directory, name), JSON.stringify({ packages: { '': { version: '1.0.0' }, ...packages } }));
  write('package-lock.json', wanted);
  if (present) {
    mkdirSync(join(directory, 'node_modules'));
    write('node_modules/.package-lock.json', present);
  }
  return directory;
}

describe('packagesAreCurrent', () => {
  const zod = { 'node_modules/zod': { version: '4.0.0' } };
  it.each([
    ['nothing is installed', checkout(zod), false],
    ['all is installed', checkout(zod, zod), true],
    ['one is missing', checkout({ ...zod, 'node_modules/yaml': { version: '2.0.0' } }, zod), false],
    ['one is older', checkout(zod, { 'node_modules/zod': { version: '3.9.0' } }), false],
    [
      'one is for another platform',
      checkout({ ...zod, 'node_modules/x-darwin': { version: '1.0.0', optional: true } }, zod),
      true,
    ],
  ])('%s', (_, directory, current) => {
    expect(packagesAreCurrent(directory)).toBe(current);
  });

  it('a checkout without a lock file is refused in words', () => {
    const directory = mkdtempSync(join(tmpdir(), 'packages-'));
    directories.push(directory);
    expect(() => packagesAreCurrent(directory)).toThrow('not a whole checkout');
  });
});

it.each([
  ['20.9.0', true],
  ['20.20.2', true],
  ['22.0.0', true],
  ['20.8.1', false],
  ['18.20.0', false],
])('Node %s may run it: %s', (version, good) => {
  if (good) expect(() => checkNode(version)).not.toThrow();
  else expect(() => checkNode(version)).toThrow(`Node 20.9 or newer is needed; this is ${version}`);
});
