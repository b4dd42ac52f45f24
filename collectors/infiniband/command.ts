import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { killGroup } from '../../lib/collect/kill-group.ts';

/**
 * How a command ended: `well` with 0, `failed` with another code or not started at all, `late` and `stopped` and
 * `too_large` killed for its time, by its caller or for what it printed.
 */
export interface CommandEnd {
  how: 'well' | 'failed' | 'late' | 'stopped' | 'too_large';
  /** Latin-1 text. */
  stdout: string;
  stderr: string;
  /** Why it could not be started: ENOENT, EACCES. */
  code?: string | undefined;
}

export interface CommandLimits {
  timeoutMs: number;
  mostBytes: number;
  signal: AbortSignal;
}

/** What a command says of its trouble is a line or two. */
const MOST_ERROR_BYTES = 64 * 1024;

type Child = ChildProcessByStdio<null, Readable, Readable>;

/**
 * Runs commands, each in a process group of its own: what a wrapper script has started ends with it. A command that does
 * not even end when it is killed (it waits for a driver that is stuck) keeps nobody waiting.
 */
export class Commands {
  private lingering = 0;

  constructor(private readonly kill: (pid: number) => void = killGroup) {}

  /** Commands that were killed and are still there. */
  get stuck(): number {
    return this.lingering;
  }

  /** Never rejects. */
  async run(file: string, args: readonly string[], env: NodeJS.ProcessEnv, limits: CommandLimits): Promise<CommandEnd> {
    const { timeoutMs, mostBytes, signal } = limits;
    if (signal.aborted) return { how: 'stopped', stdout: '', stderr: '' };
    const child: Child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env });
    return await new Promise((resolve) => {
      const printed: Buffer[] = [];
      const complaints: Buffer[] = [];
      let bytes = 0;
      let errorBytes = 0;
      const end = (how: CommandEnd['how'], code?: string) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stopped);
        const [stdout, stderr] = [printed, complaints].map((parts) => Buffer.concat(parts).toString('latin1'));
        resolve({ how, stdout: stdout ?? '', stderr: stderr ?? '', code });
      };
      const killed = (how: CommandEnd['how']) => {
        this.abandon(child);
        end(how);
      };
      const stopped = () => killed('stopped');
      const timer = setTimeout(() => killed('late'), timeoutMs);
      signal.addEventListener('abort', stopped);
      child.on('error', (error: NodeJS.ErrnoException) => end('failed', error.code));
      child.on('close', (code) => end(code === 0 ? 'well' : 'failed'));
      child.stdout.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes > mostBytes) killed('too_large');
        else printed.push(part);
      });
      child.stderr.on('data', (part: Buffer) => {
        errorBytes += part.length;
        if (errorBytes <= MOST_ERROR_BYTES) complaints.push(part);
      });
    });
  }

  private abandon(child: Child): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.lingering++;
    child.once('exit', () => this.lingering--);
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref();
    this.kill(pid);
  }
}
