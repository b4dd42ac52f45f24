import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const sources = fileURLToPath(new URL('../../../lib/store/', import.meta.url));
const tests = fileURLToPath(new URL('./', import.meta.url));
const adapters = readdirSync(sources, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe('store adapters', () => {
  it('are found', () => {
    expect(adapters).toContain('duckdb');
  });

  it.each(adapters)('%s runs the contract suite', async (name) => {
    const file = `${tests}${name}.test.ts`;
    expect(existsSync(file)).toBe(true);
    const { readFileSync } = await import('node:fs');
    expect(readFileSync(file, 'utf8')).toMatch(/describeStore\(/);
  });
});
