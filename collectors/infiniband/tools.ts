import { join } from 'node:path';
import { CollectorError } from '../../lib/errors.ts';
import { type CommandEnd, Commands } from './command.ts';

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

/** Commands that do not end although they were killed; with so many of them none is started. */
const MOST_STUCK = 8;

/** Runs the commands of infiniband-diags; no shell, a time limit each. */
export class Tools {
  constructor(
    private readonly options: ToolOptions,
    private readonly commands = new Commands(),
  ) {}

  /**
   * @throws CollectorError where the command is not there, was too slow, or failed without printing anything
   */
  async run(tool: string, args: readonly string[], timeoutMs: number, signal: AbortSignal): Promise<ToolOutput> {
    const { toolsDirectory, ca, caPort } = this.options;
    const { stuck } = this.commands;
    if (stuck >= MOST_STUCK) {
      throw new CollectorError(
        'unavailable',
        `${stuck} commands do not end when they are killed: is the adapter well?`,
      );
    }
    const adapter = [...(ca === undefined ? [] : ['-C', ca]), ...(caPort === undefined ? [] : ['-P', String(caPort)])];
    const file = toolsDirectory === undefined ? tool : join(toolsDirectory, tool);
    // Debian keeps them in sbin, which is not on everybody's PATH.
    const env = { ...process.env, LC_ALL: 'C', PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
    const limits = { timeoutMs, signal, mostBytes: MOST_OUTPUT_BYTES };
    const end = await this.commands.run(file, [...adapter, ...args], env, limits);
    if (end.how === 'well') return { text: end.stdout, failure: undefined };
    const failure = describe(tool, end, timeoutMs);
    // Half a list of ports is still those ports; half of one because of a time limit is not to be trusted.
    if (end.how === 'failed' && end.stdout !== '') return { text: end.stdout, failure: failure.message };
    throw failure;
  }
}

function describe(tool: string, { how, code, stderr }: CommandEnd, timeoutMs: number): CollectorError {
  switch (how) {
    case 'stopped':
      return new CollectorError('cancelled', `${tool} was stopped`);
    case 'too_large':
      return new CollectorError('too_large', `${tool} printed more than ${MOST_OUTPUT_BYTES} bytes`);
    case 'late':
      return new CollectorError('timeout', `${tool} did not end within ${timeoutMs} ms`, { retryable: true });
    default:
  }
  if (code === 'ENOENT') {
    return new CollectorError('not_found', `${tool} is not installed: install the package infiniband-diags`);
  }
  if (code === 'EACCES') return new CollectorError('unauthorized', `${tool} may not be run by this user`);
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
