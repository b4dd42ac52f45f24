import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { StepReporter } from '../../../demo/steps/reporter.ts';
import { silentLogger } from '../../../lib/logger.ts';
import type { StepRecord } from '../../../lib/training/step.ts';

let server: Server | undefined;
let reporter: StepReporter | undefined;
afterEach(async () => {
  await reporter?.stop();
  server?.closeAllConnections();
  server?.close();
});

function record(step: number): StepRecord {
  return { job: 'job0', step, rank: 0, startMs: step * 10, endMs: step * 10 + 5 };
}

/** A monitor that answers each request with the next status of the list, then with 202. */
async function monitor(
  statuses: number[],
): Promise<{ url: string; taken: number[]; allTaken: (count: number) => Promise<void> }> {
  const taken: number[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const listening = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const status = statuses.shift() ?? 202;
    const records = JSON.parse(body) as StepRecord[];
    if (status === 202) taken.push(...records.map(({ step }) => step));
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ accepted: records.length, rejected: [] }));
    for (const one of waiting) if (taken.length >= one.count) one.resolve();
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    taken,
    allTaken: (count) =>
      new Promise((resolve) => {
        if (taken.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
  };
}

describe('step reports of the demo', () => {
  it('arrive once each and in order through a monitor that fails twice', async () => {
    const { url, taken, allTaken } = await monitor([503, 500]);
    reporter = new StepReporter(url, silentLogger);
    reporter.start();
    for (let step = 0; step < 1200; step++) reporter.push([record(step)]);
    await allTaken(1200);
    expect(taken).toEqual(Array.from({ length: 1200 }, (_, step) => step));
  });

  it('wait while no monitor is there', async () => {
    const { url } = await monitor([]);
    server?.close();
    server?.closeAllConnections();
    reporter = new StepReporter(url, silentLogger);
    reporter.push([record(1), record(2)]);
    reporter.start();
    await reporter.stop();
    expect(reporter.pending).toBe(2);
    expect(reporter.accepted).toBe(0);
  });
});
