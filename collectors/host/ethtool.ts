import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { killGroup } from '../../lib/collect/kill-group.ts';
import { IoctlStatistics } from './ioctl.ts';
import type { StatisticNames, StatisticsReader } from './statistics-reader.ts';
import { bytesOf, readInto } from './tree.ts';

const FIRST_BYTES = 65_536;

/** Statistics of a recorded tree: `ethtool/<netdev>`. */
export class RecordedStatistics implements StatisticsReader {
  /** Used again: a text for each interface and second would be most of what an agent leaves to the garbage collector. */
  private buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);

  constructor(private readonly directory: string) {}

  async read(netdev: string): Promise<Buffer | undefined> {
    const path = join(this.directory, netdev);
    const length = readInto(path, this.buffer);
    if (length === undefined) return undefined;
    if (length < this.buffer.length) return this.buffer.subarray(0, length);
    const text = bytesOf(path);
    if (text !== undefined) this.buffer = Buffer.allocUnsafeSlow(2 * text.length);
    return text;
  }
  close(): void {}
}

/** For hosts without the ethtool command. */
export class NoStatistics implements StatisticsReader {
  async read(): Promise<undefined> {
    return undefined;
  }
  close(): void {}
}

const END_OF_ANSWER = 0x1e;
const ANSWER_TIMEOUT_MS = 5000;
const LARGEST_ANSWER_BYTES = 4 * 1024 * 1024;
/** One shell for all reads: forking ethtool from it costs a fraction of what forking from this process does. */
const LOOP = 'while IFS= read -r name; do ethtool "$0" "$name" 2>/dev/null; printf "\\036"; done';
/** What the kernel lets an interface be called, less what a shell or ethtool could take for something else. */
const SAFE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,40}$/;

/** A command that answers each line of input (a name) with text and END_OF_ANSWER. */
export type AnsweringCommand = readonly [command: string, ...args: string[]];

/** @param option -S for driver statistics, -m for the transceiver */
export function ethtoolLoop(option: '-S' | '-m'): AnsweringCommand {
  return ['/bin/sh', '-c', LOOP, option];
}

/** Statistics by a command, one interface after the other. */
export class EthtoolStatistics implements StatisticsReader {
  private child: ChildProcessByStdio<Writable, Readable, null> | undefined;
  private parts: Buffer[] = [];
  private bytes = 0;
  private answer: ((text: Buffer | undefined) => void) | undefined;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly timeoutMs = ANSWER_TIMEOUT_MS,
    private readonly command: AnsweringCommand = ethtoolLoop('-S'),
  ) {}

  read(netdev: string): Promise<Buffer | undefined> {
    const next = this.queue.then(() => this.ask(netdev));
    this.queue = next;
    return next;
  }

  private ask(netdev: string): Promise<Buffer | undefined> {
    if (!SAFE_NAME.test(netdev)) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const child = this.child ?? this.begin();
      const timer = setTimeout(() => this.end(), this.timeoutMs);
      this.answer = (text) => {
        clearTimeout(timer);
        this.answer = undefined;
        resolve(text !== undefined && text.length > 0 ? text : undefined);
      };
      child.stdin.write(`${netdev}\n`);
    });
  }

  private begin(): ChildProcessByStdio<Writable, Readable, null> {
    const [command, ...args] = this.command;
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      // Its own process group: a hanging ethtool must go with its shell.
      detached: true,
      env: { ...process.env, LC_ALL: 'C', PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` },
    });
    this.child = child;
    child.stdin.on('error', () => this.end());
    child.on('error', () => this.end());
    child.on('exit', () => {
      if (this.child === child) this.end();
    });
    child.stdout.on('data', (part: Buffer) => this.received(part));
    return child;
  }

  private received(part: Buffer): void {
    const end = part.indexOf(END_OF_ANSWER);
    this.parts.push(end < 0 ? part : part.subarray(0, end));
    this.bytes += part.length;
    if (end < 0) {
      if (this.bytes > LARGEST_ANSWER_BYTES) this.end();
      return;
    }
    const text = Buffer.concat(this.parts);
    this.parts = [];
    this.bytes = 0;
    this.answer?.(text);
  }

  /** Ends the shell, if any; an open question is answered with nothing and the next one begins a new shell. */
  private end(): void {
    const child = this.child;
    this.child = undefined;
    this.parts = [];
    this.bytes = 0;
    if (child?.pid !== undefined) killGroup(child.pid);
    this.answer?.(undefined);
  }

  close(): void {
    this.end();
  }
}

function onPath(command: string): boolean {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return directories.some((directory) => directory !== '' && existsSync(join(directory, command)));
}

/** The reader for a tree: recorded statistics where the tree has them, the command on a real host that has it. */
export function statisticsReader(root: string, enabled: boolean): StatisticsReader {
  return enabled ? readerOf(root, 'ethtool', '-S') : new NoStatistics();
}

/** The same for transceivers: `ethtool-module/<netdev>` or `ethtool -m`. */
export function moduleReader(root: string, enabled: boolean): StatisticsReader {
  return enabled ? readerOf(root, 'ethtool-module', '-m') : new NoStatistics();
}

function readerOf(root: string, directory: string, option: '-S' | '-m'): StatisticsReader {
  const recorded = join(root, directory);
  if (existsSync(recorded)) return new RecordedStatistics(recorded);
  if (!isThisHost(root)) return new NoStatistics();
  const ethtool = onPath('ethtool') ? new EthtoolStatistics(ANSWER_TIMEOUT_MS, ethtoolLoop(option)) : undefined;
  if (option === '-m') return ethtool ?? new NoStatistics();
  // ethtool 8 times a second would be most of a host agent's cost.
  const ioctl = new IoctlStatistics(ANSWER_TIMEOUT_MS);
  return ethtool === undefined ? ioctl : new FirstThatTells(ioctl, ethtool);
}

/** Asks the first reader; an interface of which only the second has told something is asked of there from then on. */
export class FirstThatTells implements StatisticsReader {
  private readonly chosen = new Map<string, StatisticsReader>();

  constructor(
    private readonly first: StatisticsReader,
    private readonly second: StatisticsReader,
  ) {}

  async read(netdev: string, only?: StatisticNames): Promise<Buffer | undefined> {
    const known = this.chosen.get(netdev);
    if (known !== undefined) return await known.read(netdev, only);
    const text = await this.first.read(netdev, only);
    const other = text === undefined ? await this.second.read(netdev) : undefined;
    // Where neither tells there is nothing to be had: the cheaper one goes on asking.
    this.chosen.set(netdev, other === undefined ? this.first : this.second);
    return text ?? other;
  }

  close(): void {
    this.first.close();
    this.second.close();
  }
}

/** True where the tree is this machine's own sysfs. */
export function isThisHost(root: string): boolean {
  return root.replace(/\/+$/, '') === '/sys';
}
