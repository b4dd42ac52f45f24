import { ParseError } from './errors.ts';

/** More hosts than this in one list is a typo, not a cluster. */
const MAX_HOSTS = 65_536;

/**
 * Expands a Slurm hostlist: `dgx[001-003,010],login1` is dgx001 dgx002 dgx003 dgx010 login1. Items are split by comma
 * or blank outside brackets, the width of a range's low end is its zero padding, several brackets multiply, and
 * duplicates stay.
 * @throws ParseError naming the item
 * @source slurm src/common/hostlist.c, and the output of `scontrol show hostnames`
 */
export function expandHostlist(text: string): string[] {
  const hosts: string[] = [];
  for (const item of splitItems(text)) {
    for (const host of expandItem(item)) {
      hosts.push(host);
      if (hosts.length > MAX_HOSTS) throw new ParseError(`"${shorten(text)}" is more than ${MAX_HOSTS} hosts`);
    }
  }
  return hosts;
}

function splitItems(text: string): string[] {
  const items: string[] = [];
  let item = '';
  let inBracket = false;
  for (const letter of text) {
    if (letter === '[') {
      if (inBracket) throw new ParseError(`"${shorten(text)}" has a bracket inside a bracket`);
      inBracket = true;
    } else if (letter === ']') {
      if (!inBracket) throw new ParseError(`"${shorten(text)}" closes a bracket it never opened`);
      inBracket = false;
    } else if (!inBracket && (letter === ',' || /\s/.test(letter))) {
      if (item !== '') items.push(item);
      item = '';
      continue;
    }
    item += letter;
  }
  if (inBracket) throw new ParseError(`"${shorten(text)}" never closes its bracket`);
  if (item !== '') items.push(item);
  return items;
}

function expandItem(item: string): string[] {
  let hosts = [''];
  for (const part of item.split(/(\[[^\]]*\])/)) {
    if (part === '') continue;
    const endings = part.startsWith('[') ? expandBracket(part.slice(1, -1), item) : [part];
    if (hosts.length * endings.length > MAX_HOSTS) {
      throw new ParseError(`"${shorten(item)}" is more than ${MAX_HOSTS} hosts`);
    }
    hosts = hosts.flatMap((host) => endings.map((ending) => host + ending));
  }
  return hosts;
}

function expandBracket(ranges: string, item: string): string[] {
  return ranges.split(',').flatMap((range) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(range.trim());
    if (!match) throw new ParseError(`"${shorten(item)}": "${shorten(range)}" is not a number or a range like 01-16`);
    const [, low = '', high = low] = match;
    const from = Number(low);
    const to = Number(high);
    if (to < from) throw new ParseError(`"${shorten(item)}": the range ${shorten(range)} runs backwards`);
    if (to - from >= MAX_HOSTS) throw new ParseError(`"${shorten(item)}" is more than ${MAX_HOSTS} hosts`);
    return Array.from({ length: to - from + 1 }, (_, index) => String(from + index).padStart(low.length, '0'));
  });
}

/**
 * Expands Slurm's tasks per node: `2(x3),1` is 2 2 2 1, in the order of its nodes.
 * @throws ParseError naming what is none
 */
export function expandTaskCounts(text: string): number[] {
  const counts: number[] = [];
  for (const item of text.split(',')) {
    const match = /^(\d{1,6})(?:\(x(\d{1,6})\))?$/.exec(item.trim());
    if (!match) throw new ParseError(`"${shorten(item)}" is no number of tasks like 2(x3)`);
    const times = Number(match[2] ?? 1);
    if (counts.length + times > MAX_HOSTS) throw new ParseError(`"${shorten(text)}" is more than ${MAX_HOSTS} nodes`);
    for (let n = 0; n < times; n++) counts.push(Number(match[1]));
  }
  return counts;
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/**
 * The shortest hostlist for these hosts, each prefix once, numbers sorted and of one width a range:
 * dgx001 dgx002 dgx003 dgx010 login1 becomes `dgx[001-003,010],login1`.
 */
export function compressHostlist(hosts: readonly string[]): string {
  const groups = new Map<string, { prefix: string; numbers: string[] }>();
  for (const host of hosts) {
    const [, prefix = host, number = ''] = /^(.*?)(\d*)$/.exec(host) ?? [];
    // Numbers of another width only share a bracket where they carry no zero padding.
    const key = `${prefix}\0${number.startsWith('0') ? number.length : number === '' ? 'name' : 'plain'}`;
    const group = groups.get(key) ?? { prefix, numbers: [] };
    group.numbers.push(number);
    groups.set(key, group);
  }
  return mergePadded([...groups.values()])
    .map(({ prefix, numbers }) => {
      const unique = [...new Set(numbers)];
      if (unique.length === 1) return prefix + (unique[0] ?? '');
      return `${prefix}[${rangesOf(unique)}]`;
    })
    .join(',');
}

/** dgx[001-003] and dgx[010,100] belong in one bracket when all numbers have the same width. */
function mergePadded(groups: { prefix: string; numbers: string[] }[]): { prefix: string; numbers: string[] }[] {
  const merged: { prefix: string; numbers: string[] }[] = [];
  for (const group of groups) {
    const width = group.numbers[0]?.length ?? 0;
    const sameWidth = (numbers: string[]) => numbers.every((number) => number.length === width && width > 0);
    const home = merged.find((other) => other.prefix === group.prefix && sameWidth(other.numbers));
    if (home && sameWidth(group.numbers)) home.numbers.push(...group.numbers);
    else merged.push({ prefix: group.prefix, numbers: [...group.numbers] });
  }
  return merged;
}

function rangesOf(numbers: string[]): string {
  const sorted = [...numbers].sort((a, b) => Number(a) - Number(b) || a.length - b.length);
  const ranges: string[] = [];
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    while (isNext(sorted[end], sorted[end + 1])) end += 1;
    ranges.push(end === start ? (sorted[start] ?? '') : `${sorted[start]}-${sorted[end]}`);
    start = end + 1;
  }
  return ranges.join(',');
}

function isNext(number: string | undefined, next: string | undefined): boolean {
  return (
    number !== undefined &&
    next !== undefined &&
    Number(next) === Number(number) + 1 &&
    (number.length === next.length || !number.startsWith('0'))
  );
}
