import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { applyVariant, type Variant } from '../../bench/accuracy/variants.ts';
import { type ReplayResult, readRecording, replay } from '../../lib/replay/index.ts';

const TRACES = fileURLToPath(new URL('../../../shared/traces/', import.meta.url));
const present = existsSync(TRACES);
if (!present) process.stderr.write(`recorded fabrics are not at ${TRACES}: their scenarios are skipped\n`);

async function run(name: string, pollMs: number, variant: Variant = 'as recorded'): Promise<ReplayResult> {
  return replay(applyVariant(await readRecording(join(TRACES, name)), variant, pollMs, 0, 1), { pollMs });
}

function told(result: ReplayResult): string[] {
  return result.incidents
    .filter((incident) => incident.severity !== 'info')
    .map((incident) => `${incident.kind} ${incident.rootDevice}/${incident.rootPort}`);
}

describe.skipIf(!present)('recorded fabrics', () => {
  it.each([2000, 5000])('a busy healthy fabric is silent at %i ms', async (pollMs) => {
    expect(told(await run('a2_healthy_busy', pollMs))).toEqual([]);
  });

  it('a storm in no job is blamed for the steps of those that wait behind it', async () => {
    const result = await run('f_victim', 5000);
    expect(new Set(told(result))).toEqual(new Set(['pause-storm host06/1']));
    for (const job of result.jobs) expect(job.lostToNetworkSeconds).toBeGreaterThan(15);
  });

  it('an incast is found from pause alone where nothing is marked', async () => {
    expect(new Set(told(await run('b_incast', 5000, 'no ECN, no watermark')))).toEqual(new Set(['incast leaf2/1']));
  });

  it('a storm is found from pause frames alone where no duration is counted', async () => {
    const result = await run('c_nic_pause', 5000, 'no pause duration');
    expect(
      result.incidents.filter((incident) => incident.severity !== 'info').map((incident) => incident.rootPort),
    ).toEqual(['2', '2']);
  });

  it('a straggler is never the network', async () => {
    const result = await run('g_straggler', 5000);
    expect(told(result)).toEqual([]);
    expect(result.verdicts.filter((verdict) => verdict.verdict === 'network')).toEqual([]);
  });
});
