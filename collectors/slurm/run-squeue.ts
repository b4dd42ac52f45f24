import { execFile } from 'node:child_process';
import { CollectorError, errorMessage } from '../../lib/errors.ts';
import type { SlurmConfig } from './config.ts';
import { COLUMN_FORMAT } from './squeue.ts';

const MOST_OUTPUT_BYTES = 128 * 1024 * 1024;

/**
 * Runs the configured command; where it is squeue's JSON and this squeue has none, asks for columns.
 * @throws CollectorError where it cannot be run or fails
 */
export async function runSqueue({ command, timeout }: SlurmConfig, signal: AbortSignal): Promise<string> {
  try {
    return await run(command, timeout, signal);
  } catch (error) {
    const jsonAt = command.indexOf('--json');
    if (jsonAt < 0 || !/unrecognized option|invalid option|plugin|serializer/i.test(errorMessage(error))) throw error;
    return await run([...command.toSpliced(jsonAt, 1), '-h', '-t', 'R', '-o', COLUMN_FORMAT], timeout, signal);
  }
}

function run([file = '', ...args]: string[], timeoutMs: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL' as const, maxBuffer: MOST_OUTPUT_BYTES, signal };
    execFile(file, args, { ...options, env: { ...process.env, LC_ALL: 'C' } }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(describe(file, error, stderr, timeoutMs));
    });
  });
}

function describe(
  file: string,
  error: Error & { code?: unknown; killed?: boolean | undefined },
  stderr: string,
  timeoutMs: number,
) {
  if (error.code === 'ENOENT') {
    return new CollectorError('not_found', `${file} is not installed here; name another command, or a file`);
  }
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
    return new CollectorError('too_large', `${file} printed more than ${MOST_OUTPUT_BYTES} bytes`);
  }
  if (error.killed === true) return new CollectorError('timeout', `${file} did not end within ${timeoutMs} ms`);
  const line = stderr.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
  return new CollectorError('unavailable', `${file}: ${line === '' ? 'failed without a word' : line}`);
}
