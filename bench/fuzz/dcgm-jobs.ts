import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJobMap } from '../../collectors/dcgm-jobs/read-map.ts';
import { placementsOf } from '../../collectors/scheduler/placements.ts';
import { jobPlacementSchema } from '../../lib/api/documents.ts';
import { mutate } from './mutate.ts';
import { type FuzzSubject, shown } from './run.ts';

const GOOD = Buffer.from('4711\n4712\narray_[1-3]\ntrain/llm-0\n');
const NASTY = ['\u0000', '\uffff', ' '.repeat(8000), '9'.repeat(8000), '1\n'.repeat(5000), '{', '../..', '"'];

/** The file of a GPU through to where jobs run: what is told must be what the monitor takes. */
export function dcgmJobsSubject(): FuzzSubject {
  const directory = mkdtempSync(join(tmpdir(), 'fuzz-dcgm-jobs-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const { signal } = new AbortController();
  const read = async (bytes: Buffer): Promise<boolean> => {
    writeFileSync(join(directory, '0'), bytes);
    const { jobs, problems } = await readJobMap(directory, 'gpu07', signal);
    if (problems.includes('')) throw new Error('a line is refused without a reason');
    const { placements } = placementsOf(jobs, '{name}', 'dcgm-jobs', 'gpu07');
    for (const placement of placements) {
      const found = jobPlacementSchema.safeParse(placement);
      if (!found.success) throw new Error(`not what the monitor takes: ${found.error.issues[0]?.message}`);
    }
    return placements.length > 0;
  };
  return {
    next: (random) => {
      const bytes = mutate(GOOD, random, NASTY);
      return { describe: () => shown(bytes), run: () => read(bytes) };
    },
    isWell: () => read(GOOD),
  };
}
