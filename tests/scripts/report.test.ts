import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { addCounts, countTests, summaryLine } from '../../scripts/setup/report.mjs';

const directory = mkdtempSync(join(tmpdir(), 'report-'));
afterAll(() => rmSync(directory, { recursive: true }));

function report(...files: { status: string; tests: string[] }[]): string {
  const path = join(directory, `${Math.random()}.json`);
  const testResults = files.map(({ status, tests }) => ({
    status,
    assertionResults: tests.map((test) => ({ status: test })),
  }));
  writeFileSync(path, JSON.stringify({ testResults }));
  return path;
}

it('counts tests, and what was not run as skipped', () => {
  const path = report(
    { status: 'passed', tests: ['passed', 'passed', 'skipped', 'todo'] },
    { status: 'failed', tests: ['failed', 'passed', 'pending'] },
  );
  expect(countTests(path)).toEqual({ passed: 3, failed: 1, skipped: 3 });
});

it('a file that could not be loaded is a failure', () => {
  expect(countTests(report({ status: 'failed', tests: [] }))).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

it('a failing hook is a failure although its tests passed', () => {
  expect(countTests(report({ status: 'failed', tests: ['passed'] }))).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

it('a missing report is a failure', () => {
  expect(countTests(join(directory, 'nothing.json'))).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

it('says the sum in one line', () => {
  const sum = addCounts({ passed: 5, failed: 0, skipped: 0 }, { passed: 2, failed: 1, skipped: 0 });
  expect(summaryLine(sum)).toBe('7 passed, 1 failed');
  expect(summaryLine({ passed: 1, failed: 0, skipped: 2 })).toBe('1 passed, 0 failed, 2 skipped');
});
