import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOSTILE_PORT } from '../app/fake-fabric/index.ts';
import { CHROMIUM, type Dashboard, openDashboard } from './dashboard-browser.ts';

describe.skipIf(CHROMIUM === undefined)('the dashboard in a browser', () => {
  let dashboard: Dashboard;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    dashboard = await openDashboard();
  });
  afterAll(() => dashboard?.close());

  beforeEach(async () => {
    await dashboard.setMode('storm');
    page = await dashboard.browser.newPage({ viewport: { width: 1440, height: 900 } });
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => {
      complaints.push(`a script ran: ${dialog.message()}`);
      void dialog.dismiss();
    });
  });
  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  const open = async (path: string) => {
    await page.goto(dashboard.base + path);
    await page.locator('[data-testid=connection-state][data-state=live]').waitFor();
  };

  it('shows Overview of a storm at 1440 px without scrolling, root port first', async () => {
    await open('/');
    const size = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.scrollHeight,
    ]);
    expect(size).toEqual([1440, 900]);
    const first = page.getByTestId('incident-row').first();
    expect(await first.getAttribute('data-root')).toBe('leaf3/Ethernet1/5');
    expect(await first.getAttribute('data-kind')).toBe('pause-storm');
    expect(await page.getByTestId('heat-cell').count()).toBe(20);
  });

  it('has the sentence in the HTML the server sends', async () => {
    const html = await (await fetch(`${dashboard.base}/`)).text();
    expect(html).toContain('leaf3/Ethernet1/5 is paused');
  });

  it('moves without a reload', async () => {
    await open('/');
    const newest = () => page.getByTestId('slow-step').first().getAttribute('data-step');
    const before = await newest();
    await page.waitForFunction(
      (old) => document.querySelector('[data-testid=slow-step]')?.getAttribute('data-step') !== old,
      before,
      { timeout: 15_000 },
    );
    expect(Number(await newest())).toBeGreaterThan(Number(before));
  });

  it('says that it is not live when the stream breaks, and comes back by itself', async () => {
    await open('/');
    await dashboard.dropStreams();
    await page.locator('[data-testid=connection-state][data-state=reconnecting]').waitFor();
    await page.locator('[data-testid=connection-state][data-state=live]').waitFor();
  });

  it('shows hostile names as text, and their links lead to the right page', async () => {
    await open('/');
    const name = `${HOSTILE_PORT.device}/${HOSTILE_PORT.port}`;
    await page.getByTestId('incident-row').getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await page.getByRole('heading', { name: 'Utilisation' }).waitFor();
  });

  it('leads from the verdict to the port in single clicks: step, cause, incident, port', async () => {
    await open('/');
    await page.locator('[data-testid=slow-step][data-cause=pause-storm]').first().getByRole('link').click();
    await page.locator('[data-testid=step-verdict][data-verdict=network]').waitFor();
    await page.getByRole('link', { name: 'incident', exact: true }).click();
    await page.getByRole('heading', { name: 'Propagation' }).waitFor();
    await page.getByRole('link', { name: 'leaf3/Ethernet1/5' }).first().click();
    // The incident's own heading names the port too: only the address tells that the port page is there.
    await page.waitForURL('**/ports/leaf3/Ethernet1%2F5');
    await page.getByRole('heading', { level: 1, name: 'leaf3/Ethernet1/5', exact: true }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Propagation' }).waitFor();
  });

  it('goes everywhere by keyboard', async () => {
    await open('/');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.waitForURL('**/sources');
    await page.keyboard.press('/');
    await page.getByRole('combobox').fill('leaf3/ethernet1/5');
    await page.getByRole('option', { name: /leaf3\/Ethernet1\/5/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/ports/leaf3/Ethernet1%2F5');
  });

  it('steps through slow steps with the bracket keys', async () => {
    await open('/jobs/llama-70b/steps/40');
    await page.locator('[data-testid=step-verdict][data-verdict=not-network]').waitFor();
    await page.keyboard.press(']');
    await page.waitForURL('**/steps/90');
    await page.locator('[data-testid=step-verdict]').waitFor();
    await page.getByRole('heading', { level: 1, name: /step 90/ }).waitFor();
    await page.keyboard.press('[');
    await page.waitForURL('**/steps/40');
  });

  it('shows the collectives of a step, what is not on record and for whom the others waited', async () => {
    await open('/jobs/llama-70b/steps/40');
    const panel = page.getByRole('region', { name: 'Collectives', exact: true });
    await panel.getByText('3 operations are not on record').waitFor();
    expect(await panel.getByRole('row', { name: /AllReduce rank 3/ }).innerText()).toMatch(
      /1.20 GB\s+31.2 ms\s+38.4 GB\/s/,
    );
    expect(await panel.getByRole('row', { name: /ReduceScatter/ }).innerText()).toContain('not told');
    expect(await panel.getByRole('row', { name: /41 of 48/ }).count()).toBe(1);
  });

  it('tells by keyboard how late a rank was, and opens its step', async () => {
    await open('/jobs/llama-70b');
    await page.getByTestId('rank-map').focus();
    await page.keyboard.press('ArrowLeft');
    await page
      .getByTestId('rank-map-cell')
      .getByText(/^rank 0 on gpu01, step \d+/)
      .waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Home');
    await page
      .getByTestId('rank-map-cell')
      .getByText(/^rank 1 on gpu02, step \d+/)
      .waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/jobs\/llama-70b\/steps\/\d+$/);
  });

  it('says of steps without a verdict why there is none', async () => {
    await open('/jobs/llama-70b');
    await page.locator('[data-testid=job-note][data-kind=unknown]').getByText('No cause reaches half').waitFor();
  });

  it('keeps a gap a gap: the table of a chart says no data, not zero', async () => {
    await open('/ports/leaf2/Ethernet1%2F1');
    await page.getByRole('button', { name: 'Utilisation as a table' }).click();
    const table = page.getByRole('region', { name: 'Utilisation' }).locator('table');
    await table.getByText('no data').first().waitFor();
    expect(await table.getByText('0 %', { exact: true }).count()).toBe(0);
  });

  it('keeps sorting and filter of the ports in the URL', async () => {
    await open('/ports');
    await page.getByRole('button', { name: /^port/ }).click();
    await page.getByRole('searchbox').fill('device:spine2');
    await page.waitForURL(/q=device:spine2/);
    expect(page.url()).toContain('sort=port');
    const url = page.url();
    await page.goto(url);
    await page.getByText('4 of 96 ports').waitFor();
    expect(await page.locator('tbody tr[aria-rowindex]').first().innerText()).toContain('spine2/Ethernet1/1');
  });

  it('falls back and says so where the range of the URL cannot be read', async () => {
    await open('/ports/leaf1/Ethernet1%2F1?from=yesterday&to=now');
    await page.getByText('The time range "yesterday" to "now" cannot be read').waitFor();
  });

  it('looks different when empty, stale and failed, and gives a way on', async () => {
    await dashboard.setMode('empty');
    await open('/');
    await page.locator('[data-state=empty]').first().waitFor();
    await page.getByText('Nothing is polled yet.').waitFor();

    await dashboard.setMode('stale');
    await open('/ports');
    await page.locator('[data-state=stale]').first().waitFor();

    await dashboard.setMode('broken');
    await open('/sources');
    const failed = page.locator('[data-state=failed]', { hasText: 'The list of targets could not be read' });
    await failed.getByText('the store does not answer').waitFor();
    await failed.getByRole('button', { name: 'Copy error id' }).waitFor();
    await dashboard.setMode('storm');
    await failed.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('40 targets').waitFor();
  });

  it('opens a target to its paths by keyboard, worst first, fifty of 240 a page', async () => {
    await dashboard.setMode('large');
    await open('/sources');
    await page.getByText('1 to 50 of 240').waitFor();
    const first = page.locator('[data-testid=target]').first();
    expect(await first.getAttribute('data-state')).toBe('down');
    await first.getByRole('button', { name: /details of/ }).focus();
    await page.keyboard.press('Enter');
    await first.getByRole('region', { name: /^Paths of/ }).waitFor();
    await first.getByText('not known before the second answer').waitFor();
    await first.getByRole('row', { name: /^ECN marks .* not served/ }).waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('51 to 100 of 240').waitFor();
    await page.getByLabel('order').selectOption('clock');
    await page.getByText('1 to 50 of 240').waitFor();
    await page
      .getByRole('cell', { name: /wrong$/ })
      .first()
      .waitFor();
    await dashboard.setMode('storm');
    await open('/sources');
    await page.getByText('Configuration not reloaded').waitFor();
    await page.getByText('steps: 14 records refused').waitFor();
  });

  it('sends a test to a receiver and shows how it went', async () => {
    await open('/alerts');
    await page.getByLabel('receiver').fill('netops');
    await page.getByRole('button', { name: 'Send test' }).click();
    await page.getByText('To netops: delivered').waitFor();
    await page.getByText('Test message from Stallscope').first().waitFor();
  });

  it('says what is not known instead of failing', async () => {
    await open('/ports/leaf1/nope');
    await page.getByText('No port nope of leaf1 is known.').waitFor();
    await open('/jobs/llama-70b/steps/999999999');
    await page.getByText('Step 999999999 of llama-70b is not known.').waitFor();
    await open('/incidents/gone');
    await page.getByText('No incident gone is known.').waitFor();
  });
});
