import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CollectorError } from '../../lib/errors.ts';
import type { ScheduledJob, ScheduledJobs } from '../scheduler/placements.ts';
import { readText } from '../scheduler/read-text.ts';

/** A GPU by its number or its UUID, or an instance of it (MIG). */
const GPU_FILE = /^(?:\d{1,4}|GPU-[0-9a-fA-F-]{1,64}|MIG-[0-9a-fA-F-]{1,64})(?:\.\d{1,4})?$/;
const JOB_ID = /^[\w.:[\]/-]{1,128}$/;
/** GPUs and jobs of one host. */
const MOST_FILES = 1024;
const MOST_JOBS = 4096;

/**
 * The jobs on the GPUs of one host. A file or line that cannot be read costs itself.
 * @throws CollectorError where the directory cannot be read
 * @source NVIDIA/dcgm-exporter README.md, "HPC Job Mapping"
 */
export async function readJobMap(directory: string, host: string, signal: AbortSignal): Promise<ScheduledJobs> {
  const jobs = new Map<string, ScheduledJob>();
  const problems: string[] = [];
  const files = (await list(directory)).filter((name) => GPU_FILE.test(name)).sort();
  if (files.length > MOST_FILES) problems.push(`${directory} has ${files.length} files: ${MOST_FILES} are read`);
  for (const name of files.slice(0, MOST_FILES)) {
    try {
      for (const id of (await readText(join(directory, name), signal)).split(/\s+/)) {
        if (id === '' || jobs.has(id)) continue;
        if (!JOB_ID.test(id) || jobs.size >= MOST_JOBS)
          problems.push(`${name}: "${id.slice(0, 40)}" is no id of a job`);
        else jobs.set(id, { id, name: id, hosts: [host] });
      }
    } catch (error) {
      if (!(error instanceof CollectorError)) throw error;
      // A job that ends takes its file away.
      if (!error.message.includes('ENOENT')) problems.push(error.message);
    }
  }
  return { jobs: [...jobs.values()], problems };
}

async function list(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    throw new CollectorError(
      'unavailable',
      `${directory}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`,
    );
  }
}
