import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { parseDurationMs } from '../lib/duration.ts';
import { errorMessage, FabricError, UsageError } from '../lib/errors.ts';
import { type ReplayDocument, readRecording, replay, replayDocument } from '../lib/replay/index.ts';

/** What `stallscope replay` takes. */
export interface ReplayArgs {
  directory: string;
  /** Poll interval and time of the first poll, as the user writes them: "1s", "500ms". */
  poll?: string;
  phase?: string;
  json?: boolean;
  write?: (text: string) => void;
  warn?: (text: string) => void;
}

/**
 * Runs a recorded fabric through the production detectors, diagnosis and attribution and prints what they say.
 * @returns the exit code: 0, or 2 with one line that names file and row
 */
export async function runReplay(args: ReplayArgs): Promise<number> {
  const write = args.write ?? ((text: string) => process.stdout.write(`${text}\n`));
  const warn = args.warn ?? ((text: string) => process.stderr.write(`${text}\n`));
  try {
    const options = {
      ...(args.poll === undefined ? {} : { pollMs: intervalMs('--poll', args.poll) }),
      ...(args.phase === undefined ? {} : { phaseMs: durationMs('--phase', args.phase) }),
    };
    const recording = await readRecording(args.directory);
    const result = replay(recording, options);
    const document = replayDocument(result);
    if (args.json === true) {
      write(JSON.stringify(document));
    } else {
      for (const problem of result.problems) warn(`note: ${problem}`);
      write(asText(document));
    }
    return 0;
  } catch (error) {
    if (!(error instanceof FabricError)) throw error;
    warn(errorMessage(error).replace(/\s*\n\s*/g, ' '));
    return 2;
  }
}

function durationMs(option: string, text: string): number {
  try {
    return parseDurationMs(text);
  } catch (error) {
    throw new UsageError(`${option}: ${errorMessage(error)}`, { cause: error });
  }
}

function intervalMs(option: string, text: string): number {
  const ms = durationMs(option, text);
  if (!(ms > 0)) throw new UsageError(`${option}: must be longer than 0`);
  return ms;
}

function asText(document: ReplayDocument): string {
  const lines: string[] = [];
  const seconds = (ms: number | null): string => (ms === null ? '...' : `${(ms / 1000).toFixed(1)} s`);
  lines.push(document.incidents.length === 0 ? 'no incident' : 'incidents:');
  for (const incident of document.incidents) {
    const cost = incident.jobs.map((job) => `${job.job} ${job.lostSeconds.toFixed(1)} s`).join(', ');
    lines.push(
      `  ${seconds(incident.startMs)} - ${seconds(incident.endMs)}  ${incident.severity}  ${incident.kind}  ${incident.summary}` +
        (cost === '' ? '' : `; cost ${cost}`),
    );
  }
  for (const job of document.jobs) {
    lines.push(
      `${job.job}: ${job.steps} steps, ${job.slowSteps} slow, ${job.lostSeconds.toFixed(1)} s lost, ${job.lostToNetworkSeconds.toFixed(1)} s to the network`,
    );
  }
  for (const step of document.steps) {
    if (!step.slow) continue;
    const causes = step.causes.map((cause) => `${cause.kind} ${cause.seconds.toFixed(2)} s`).join(', ');
    lines.push(`  ${step.job} step ${step.step}: +${step.excessSeconds.toFixed(2)} s, ${step.verdict}: ${causes}`);
  }
  return lines.join('\n');
}

/** Runs the command by itself: `npx tsx cli/replay.ts DIR --json`. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      poll: { type: 'string' },
      phase: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [directory] = positionals;
  if (directory === undefined) {
    process.stderr.write('usage: replay DIR [--poll 1s] [--phase 0s] [--json]\n');
    return 2;
  }
  return runReplay({
    directory,
    json: values.json,
    ...(values.poll === undefined ? {} : { poll: values.poll }),
    ...(values.phase === undefined ? {} : { phase: values.phase }),
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main();
}
