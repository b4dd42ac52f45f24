import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createAlertService } from '../../lib/alerts/index.ts';
import { systemClock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/logger.ts';

const ROOT = join(import.meta.dirname, '../..');
const RECEIVERS = [
  {
    kind: 'webhook',
    url: 'http://127.0.0.1:9/hook',
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    minSeverity: 'warning',
  },
] as const;

/** Tells of one incident after another and says the number of each that is durable. */
const TELLER = `
  import { createAlertService } from '${ROOT}/lib/alerts/index.ts';
  import { silentLogger } from '${ROOT}/lib/logger.ts';
  import { systemClock } from '${ROOT}/lib/clock.ts';
  import { incident } from '${ROOT}/tests/lib/alerts/incident-fixture.ts';
  const [directory, receivers] = process.argv.slice(-2);
  const service = await createAlertService({
    receivers: JSON.parse(receivers), directory, clock: systemClock, logger: silentLogger, baseUrl: null,
  });
  for (let number = Number(process.argv.at(-3)); ; number += 1) {
    await service.onIncidents([incident({ id: 'inc-' + number, rootPort: 'Ethernet' + number })]);
    process.stdout.write(number + '\\n');
  }
`;

it('what was durable before kill -9 is there after it, three times over, each once', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'alerts-kill-'));
  const acknowledged: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const first = (acknowledged.at(-1) ?? 0) + 1;
    const args = ['--import', 'tsx', '--input-type=module', '-e', TELLER];
    const child = spawn(process.execPath, [...args, '--', String(first), directory, JSON.stringify(RECEIVERS)], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    let rest = '';
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      acknowledged.push(...lines.map(Number));
      if (acknowledged.length >= (round + 1) * 20) child.kill('SIGKILL');
    });
    await ended;
  }
  const service = await createAlertService({
    receivers: RECEIVERS,
    directory,
    clock: systemClock,
    logger: silentLogger,
    baseUrl: null,
  });
  const waiting = service.deliveries().map(({ incident }) => incident);
  expect(new Set(waiting).size).toBe(waiting.length);
  expect(waiting).toEqual(expect.arrayContaining(acknowledged.map((number) => `inc-${number}`)));
  expect(acknowledged.length).toBeGreaterThanOrEqual(60);
  rmSync(directory, { recursive: true });
});
