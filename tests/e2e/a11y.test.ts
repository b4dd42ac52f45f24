import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOSTILE_PORT } from '../app/fake-fabric/index.ts';
import { CHROMIUM, type Dashboard, openDashboard } from './dashboard-browser.ts';

const PAGES = [
  '/',
  '/fabric',
  '/incidents',
  '/incidents/inc-storm',
  '/ports',
  '/ports/leaf3/Ethernet1%2F5',
  `/ports/${HOSTILE_PORT.device}/${encodeURIComponent(HOSTILE_PORT.port)}`,
  '/jobs',
  '/jobs/llama-70b',
  '/jobs/llama-70b/steps/331',
  '/alerts',
  '/sources',
  '/no-such-page',
];

describe.skipIf(CHROMIUM === undefined)('the dashboard for everyone', () => {
  let dashboard: Dashboard;
  beforeAll(async () => {
    dashboard = await openDashboard();
  });
  afterAll(() => dashboard?.close());

  it.each(PAGES)('reads well in dark and light, and fits a phone: %s', async (path) => {
    // axe opens pages of its own in the same context.
    const context = await dashboard.browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      if (page.url() === 'about:blank') await page.goto(dashboard.base + path);
      await page.locator('[data-testid=connection-state][data-state=live]').waitFor();
      await page.locator('[data-state=loading]').first().waitFor({ state: 'detached' });
      await page.locator(colorScheme === 'dark' ? 'html.dark' : 'html.light').waitFor();
      expect(await seriousViolations(page), colorScheme).toEqual([]);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForFunction(() => window.innerWidth === 390);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await context.close();
  });
});

async function seriousViolations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
    .analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary} (${nodes.length} places)`);
}
