import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOSTILE_PORT } from '../app/fake-fabric.ts';
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

  for (const colorScheme of ['dark', 'light'] as const) {
    it.each(PAGES)(`has no serious accessibility violation on %s (${colorScheme})`, async (path) => {
      const context = await dashboard.browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme });
      const page = await context.newPage();
      await page.goto(dashboard.base + path);
      await page.locator('[data-testid=connection-state][data-state=live]').waitFor();
      await page.locator('[data-state=loading]').first().waitFor({ state: 'detached' });
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
        .analyze();
      const serious = violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(
          ({ id, nodes }) =>
            `${id}: ${nodes
              .slice(0, 3)
              .map((node) => `${node.html} ${node.failureSummary}`)
              .join('\n')}`,
        );
      expect(serious).toEqual([]);
      await context.close();
    });
  }

  it.each(PAGES)('fits a phone without scrolling sideways: %s', async (path) => {
    const context = await dashboard.browser.newContext({ viewport: { width: 390, height: 844 } });
    const page = await context.newPage();
    await page.goto(dashboard.base + path);
    await page.locator('[data-testid=connection-state][data-state=live]').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await context.close();
  });
});
