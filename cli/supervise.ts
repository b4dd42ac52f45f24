import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../lib/logger.ts';

/** A program to keep running. */
export interface Program {
  name: string;
  /** Program and arguments. */
  command: [string, ...string[]];
  /** The first start waits for this. */
  after?: Promise<unknown>;
}

/** This very stallscope command with other arguments. */
export function selfCommand(...args: string[]): Program['command'] {
  // As in scripts/run.mjs: a collector stays small.
  const memory = args[0] === 'collect' ? ['--max-semi-space-size=2'] : [];
  return [process.execPath, ...process.execArgv, ...memory, process.argv[1] ?? '', ...args];
}

export interface SuperviseOptions {
  programs: Program[];
  /** pid files go to `<dataDir>/run/<name>.pid`. */
  dataDir: string;
  env: NodeJS.ProcessEnv;
  logger: Logger;
  /** Ends all programs when aborted. */
  signal: AbortSignal;
  /** A message from a child (`process.send`). */
  onMessage?: (name: string, message: unknown) => void;
}

/** Restart after this long; doubles with each death in a row. */
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 15_000;
/** Who ran this long was healthy: its next death starts from the first wait. */
const HEALTHY_MS = 30_000;
/** Time to end in peace before SIGKILL. */
const STOP_TIMEOUT_MS = 10_000;
/** A child's way to say that starting it again cannot help. */
const EXIT_BAD_CONFIG = 2;

export interface Supervisor {
  /** Ends when the signal did, or with the code of a program that cannot run at all. */
  finished: Promise<number>;
  /** Sends a signal to one program, or to all. */
  kill(signal: NodeJS.Signals, name?: string): void;
}

/** Keeps programs running: one that dies is started again, with growing waits; all end together. */
export function supervise(options: SuperviseOptions): Supervisor {
  const runDir = join(options.dataDir, 'run');
  mkdirSync(runDir, { recursive: true });
  const keepers = options.programs.map((program) => new Keeper(program, runDir, options));
  const finished = Promise.race(keepers.map((keeper) => keeper.fatal)).then(async (code) => {
    await Promise.all(keepers.map((keeper) => keeper.stop()));
    return code;
  });
  options.signal.addEventListener('abort', () => {
    for (const keeper of keepers) void keeper.stop();
  });
  options.programs.forEach(({ after }, index) => {
    if (after === undefined) keepers[index]?.start();
    else void after.then(() => keepers[index]?.start());
  });
  return {
    finished,
    kill: (signal, name) => {
      for (const keeper of keepers) if (name === undefined || name === keeper.name) keeper.kill(signal);
    },
  };
}

class Keeper {
  readonly name: string;
  /** Resolves with an exit code when this program has ended for good. */
  readonly fatal: Promise<number>;
  readonly #command: Program['command'];
  readonly #pidFile: string;
  readonly #options: SuperviseOptions;
  #endForGood: (code: number) => void = () => {};
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #stopping = false;
  #startedMs = 0;
  #deaths = 0;

  constructor(program: Program, runDir: string, options: SuperviseOptions) {
    this.name = program.name;
    this.#command = program.command;
    this.#pidFile = join(runDir, `${program.name}.pid`);
    this.#options = options;
    this.fatal = new Promise((resolve) => {
      this.#endForGood = resolve;
    });
  }

  start(): void {
    if (this.#stopping) return;
    this.#startedMs = Date.now();
    const [command, ...args] = this.#command;
    const child = spawn(command, args, {
      env: this.#options.env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // Ctrl-C reaches the whole terminal group: children must hear it from here, in order.
      detached: true,
    });
    this.#child = child;
    if (child.pid !== undefined) writeFileSync(this.#pidFile, String(child.pid));
    child.on('message', (message) => this.#options.onMessage?.(this.name, message));
    child.on('error', (error) =>
      this.#options.logger.error({ program: this.name, err: error }, 'child process failed'),
    );
    child.on('exit', (code, signal) => this.#ended(code, signal));
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.#child = undefined;
    rmSync(this.#pidFile, { force: true });
    if (this.#stopping) {
      this.#endForGood(0);
      return;
    }
    if (code === EXIT_BAD_CONFIG) {
      this.#endForGood(code);
      return;
    }
    this.#deaths = Date.now() - this.#startedMs > HEALTHY_MS ? 1 : this.#deaths + 1;
    const waitMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (this.#deaths - 1));
    const fields = { program: this.name, code, signal, waitMs };
    this.#options.logger.error(fields, 'program ended unexpectedly, starting it again');
    this.#restart = setTimeout(() => this.start(), waitMs);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Asks the program to end, insists after a while. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (!child) {
      this.#endForGood(0);
      return;
    }
    const insist = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
    clearTimeout(insist);
  }
}
