import { join } from 'node:path';
import type { ReadingFrame } from '../../lib/counters/reading.ts';
import type { NicPort } from './discover.ts';
import type { TreeReader } from './tree.ts';

/**
 * The speed of a link is asked of the adapter's firmware and changes only when the link has been down: it is read when
 * that shows, and now and then.
 */
const RATE_EVERY_POLLS = 10;
const UNKNOWN = 255;

interface LinkMemory {
  /** State and link downs, as they were read. */
  mark: string;
  /** Polls since the rate was read. */
  age: number;
  rate: number;
}

/** A file and what it says: state 1 up, 0 down, 255 cannot tell; rate in bits per second, NaN cannot tell. */
interface LinkFile {
  path: string;
  read(text: string | undefined): number;
}

/** Reads state and speed of the links of some ports. */
export class LinkReader {
  private readonly files: { states: LinkFile[]; rates: LinkFile[] }[];
  /** [port] */
  private readonly memories: (LinkMemory | undefined)[] = [];

  constructor(
    private readonly tree: TreeReader,
    ports: readonly NicPort[],
  ) {
    this.files = ports.map((port) => linkFiles(tree.root, port));
  }

  /** Adds a port's state and rate to a frame that has its counters. */
  read(port: number, frame: ReadingFrame): void {
    const { states = [], rates = [] } = this.files[port] ?? {};
    const up = this.first(states, UNKNOWN);
    const mark = `${up} ${linkDownsOf(frame, port)}`;
    const before = this.memories[port];
    const link =
      before === undefined || before.mark !== mark || before.age >= RATE_EVERY_POLLS
        ? { mark, age: 0, rate: this.first(rates, Number.NaN) }
        : { ...before, age: before.age + 1 };
    this.memories[port] = link;
    frame.linkUp[port] = up;
    frame.linkRateBitsPerSec[port] = link.rate;
  }

  /** By the first file that tells. */
  private first(files: readonly LinkFile[], unknown: number): number {
    for (const { path, read } of files) {
      const value = read(this.tree.text(path));
      if (!Object.is(value, unknown)) return value;
    }
    return unknown;
  }
}

/** Every file that tells of the link of a port. */
export function linkPaths(root: string, port: NicPort): string[] {
  const { states, rates } = linkFiles(root, port);
  return [...states, ...rates].map(({ path }) => path);
}

/** With the interface first, except on InfiniBand; an interface that is in a container is not seen here. */
function linkFiles(root: string, { rdmaPort, netdev, linkLayer }: NicPort): { states: LinkFile[]; rates: LinkFile[] } {
  const states: LinkFile[] = [];
  const rates: LinkFile[] = [];
  if (netdev !== undefined && linkLayer !== 'infiniband') {
    const net = join(root, 'class/net', netdev);
    states.push({ path: `${net}/operstate`, read: operstateUp });
    rates.push({ path: `${net}/speed`, read: netdevRate });
  }
  if (rdmaPort !== undefined) {
    states.push({ path: `${rdmaPort}/state`, read: rdmaStateUp });
    rates.push({ path: `${rdmaPort}/rate`, read: rdmaRate });
  }
  return { states, rates };
}

/** What the counter of link downs says now; -1 without one. */
function linkDownsOf(frame: ReadingFrame, port: number): number {
  for (const { counter, present, low } of frame.counters)
    if (counter === 'linkDowns') return present[port] === 1 ? (low[port] ?? -1) : -1;
  return -1;
}

/** Mbit/s as `class/net/<if>/speed` has it, in bits per second; NaN where it is not known (-1, or all bits set). */
function netdevRate(text: string | undefined): number {
  const megabits = Number(text ?? Number.NaN);
  return megabits > 0 && megabits < 0xffffffff ? megabits * 1e6 : Number.NaN;
}

/** 1 up, 0 down, 255 cannot tell. @source Linux Documentation/networking/operstates.rst */
export function operstateUp(text: string | undefined): number {
  if (text === 'up') return 1;
  return text === 'down' || text === 'lowerlayerdown' || text === 'notpresent' ? 0 : 255;
}

/** "4: ACTIVE" is up. @source Linux Documentation/ABI/stable/sysfs-class-infiniband (state) */
export function rdmaStateUp(text: string | undefined): number {
  const state = /^(\d+):/.exec(text ?? '')?.[1];
  if (state === undefined) return 255;
  return state === '4' ? 1 : 0;
}

/** "400 Gb/sec (4X NDR)" in bits per second; NaN where it is not of that form. */
export function rdmaRate(text: string | undefined): number {
  const gigabits = /^(\d+(?:\.\d+)?) Gb\/sec/.exec(text ?? '')?.[1];
  return gigabits === undefined ? Number.NaN : Number(gigabits) * 1e9;
}
