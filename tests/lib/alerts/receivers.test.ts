import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NOTIFIERS } from '../../../lib/alerts/receivers.ts';

const ALERTS = join(import.meta.dirname, '../../../lib/alerts');
const kinds = readdirSync(ALERTS, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

it.each(kinds)('receiver %s has its files, is registered and runs the contract', (kind) => {
  for (const file of ['config.ts', 'notify.ts', 'README.md']) expect(existsSync(join(ALERTS, kind, file))).toBe(true);
  expect(Object.keys(NOTIFIERS)).toContain(kind);
  expect(existsSync(join(import.meta.dirname, kind, 'notify.test.ts'))).toBe(true);
});
