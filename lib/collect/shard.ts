import { ParseError } from '../errors.ts';
import { hash32 } from './phase.ts';

/** One collector of n: `index` counts from 1. */
export interface Shard {
  index: number;
  count: number;
}

/**
 * Reads `--shard i/n`.
 * @throws ParseError naming the text
 */
export function parseShard(text: string): Shard {
  const match = /^(\d{1,4})\/(\d{1,4})$/.exec(text.trim());
  const index = Number(match?.[1]);
  const count = Number(match?.[2]);
  if (!match || index < 1 || count < 1 || index > count) {
    throw new ParseError(`"${text}" is not a shard; write it as 1/3 (the first of three)`);
  }
  return { index, count };
}

/**
 * Rendezvous hashing: every collector alone comes to the same answer, and adding one moves only the targets it takes.
 * True when `shard` is the collector that polls `key`.
 */
export function ownsKey(key: string, shard: Shard): boolean {
  let best = 1;
  let bestScore = -1;
  for (let index = 1; index <= shard.count; index++) {
    const score = hash32(`${index}\u0000${key}`);
    if (score > bestScore) {
      best = index;
      bestScore = score;
    }
  }
  return best === shard.index;
}
