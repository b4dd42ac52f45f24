import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { CollectorError } from '../../lib/errors.ts';

/** What a whole fabric's `ibnetdiscover -p` may print: 10 000 nodes of 64 ports are 60 MB. */
const MOST_OUTPUT_BYTES = 128 * 1024 * 1024;

export interface ToolOptions {
  toolsDirectory?: string | undefined;
  ca?: string | undefined;
  caPort?: number | undefined;
}

/** What a command printed. `failure`: why it ended early; what came before is good. */
export interface ToolOutput {
  text: string;
  failure: string | undefined;
}

/** Runs the commands of infiniband-diags; no shell, a time limit each. */
export class Tools {
  constructor(private readonly options: ToolOptions) {}

  /**
   * @throws CollectorError where the command is not there, was too slow, or failed without printing anything
   */
  async run(tool: string, args: readonly string[], timeoutMs: number, signal: AbortSignal): Promise<ToolOutput> {
    const { toolsDirectory, ca, caPort } = this.options;
    const adapter = [...(ca === undefined ? [] : ['-C', ca]), ...(caPort === undefined ? [] : ['-P', String(caPort)])];
    const file = toolsDirectory === undefined ? tool : join(toolsDirectory, tool);
    return await new Promise((resolve, reject) => {
      execFile(
        file,
        [...adapter, ...args],
        // Debian keeps them in sbin, which is not on everybody's PATH.
        {
          timeout: timeoutMs,
          killSignal: 'SIGKILL',
          maxBuffer: MOST_OUTPUT_BYTES,
          encoding: 'latin1',
          signal,
          env: { ...process.env, LC_ALL: 'C', PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` },
        },
        (error, stdout, stderr) => {
          if (error === null) resolve({ text: stdout, failure: undefined });
          else {
            const failure = describe(tool, error, stderr, timeoutMs, signal);
            // Half a list of ports is still those ports; half of one because of a time limit is not to be trusted.
            if (stdout !== '' && !error.killed && !signal.aborted) resolve({ text: stdout, failure: failure.message });
            else reject(failure);
          }
        },
      );
    });
  }
}

function describe(
  tool: string,
  error: Error & { code?: unknown; killed?: boolean | undefined },
  stderr: string,
  timeoutMs: number,
  signal: AbortSignal,
): CollectorError {
  if (error.code === 'ENOENT') {
    return new CollectorError('not_found', `${tool} is not installed: install the package infiniband-diags`);
  }
  if (error.code === 'EACCES') return new CollectorError('unauthorized', `${tool} may not be run by this user`);
  if (signal.aborted) return new CollectorError('cancelled', `${tool} was stopped`);
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
    return new CollectorError('too_large', `${tool} printed more than ${MOST_OUTPUT_BYTES} bytes`);
  }
  if (error.killed === true) {
    return new CollectorError('timeout', `${tool} did not end within ${timeoutMs} ms`, { retryable: true });
  }
  const line = lastLine(stderr);
  if (/permission denied|can't open UMAD|umad.*open/i.test(stderr)) {
    return new CollectorError(
      'unauthorized',
      `${tool}: ${line}: it needs read and write access to /dev/infiniband/umad*`,
    );
  }
  return new CollectorError('unavailable', `${tool}: ${line === '' ? 'failed without a word' : line}`, {
    retryable: true,
  });
}

function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/^ib(?:warn|panic): \[\d+\] /, '').trim());
  return (lines.filter((line) => line !== '').at(-1) ?? '').slice(0, 300);
}
