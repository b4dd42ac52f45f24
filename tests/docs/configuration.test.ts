import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configReference } from '../../scripts/config-reference.ts';

it('docs/configuration.md is what the schemas say (npm run config-docs writes it)', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
  expect(page).toBe(configReference());
});
