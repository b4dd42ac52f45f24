import type { Command } from 'commander';
import type { StepExplanation } from '../lib/api/types.ts';
import { UsageError } from '../lib/errors.ts';
import { askMonitor, type ClientOptions, withClientOptions } from './client.ts';
import { print, printJson } from './output.ts';

/** `stallscope explain JOB STEP`: why a step was slow, from the running monitor. */
export function registerExplain(program: Command): void {
  const command = program
    .command('explain')
    .description('say why a training step was slow')
    .argument('<job>', 'name of the job')
    .argument('<step>', 'number of the step')
    .option('--json', 'one JSON document on stdout');
  withClientOptions(command).action(async (job: string, step: string, options: ClientOptions & { json?: boolean }) => {
    if (!/^\d+$/.test(step)) throw new UsageError(`STEP must be a step number, not "${step}"`);
    const path = `/api/v1/jobs/${encodeURIComponent(job)}/steps/${step}/explain`;
    const answer = (await askMonitor(path, options)) as StepExplanation;
    if (options.json) printJson(answer);
    else print(answer.text);
  });
}
