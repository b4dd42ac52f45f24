import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../../demo/fabric/faults.ts';
import { TruthBook } from '../../../demo/truth/document.ts';
import { TruthFile } from '../../../demo/truth/file.ts';
import { smallCluster } from '../fabric/small-cluster.ts';

const { topology, options, tenantHosts } = smallCluster();
const storm: Fault = { id: 0, kind: 'pause-storm', startMs: 1000, endMs: 9000, strength: 0.5, host: tenantHosts[0]! };

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stallscope-truth-'));
  file = join(folder, 'demo-truth.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function runOnce(epochMs: number, firstStep: number): void {
  const book = new TruthBook(topology, options.jobs);
  const truth = new TruthFile(file, book, epochMs);
  for (let step = firstStep; step < firstStep + 3; step++) {
    book.addStep({ job: 0, step, startMs: 0, endMs: 3000, checkpointMs: 0, ranks: [] });
  }
  truth.add(storm);
  truth.save(2000);
}

describe('demo-truth.json', () => {
  it('goes on where an earlier run stopped, and ends what that run left open', () => {
    runOnce(1_000_000, 1);
    runOnce(1_004_000, 4);
    const truth = JSON.parse(readFileSync(file, 'utf8'));
    expect(truth.faults.map(({ id, startMs, endMs }: Fault) => [id, startMs, endMs])).toEqual([
      [0, 1_001_000, 1_004_000],
      [1, 1_005_000, 1_013_000],
    ]);
    expect(truth.steps.job0.map(([step]: [number]) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(truth.durationMs).toBe(1_006_000);
  });

  it('begins anew over a file that is not its own', () => {
    writeFileSync(file, '{"faults": 3');
    runOnce(1_000_000, 1);
    expect(JSON.parse(readFileSync(file, 'utf8')).faults).toHaveLength(1);
  });

  it('writes only when something has changed', () => {
    const truth = new TruthFile(file, new TruthBook(topology, options.jobs), 0);
    truth.save(1);
    rmSync(file);
    truth.save(2);
    expect(() => readFileSync(file)).toThrow();
    truth.touch();
    truth.save(3);
    expect(JSON.parse(readFileSync(file, 'utf8')).durationMs).toBe(3);
  });
});
