import type { Random } from './random.ts';

/** Bytes that hurt parsers of tags and lengths. */
const HURTFUL = [0x00, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x88, 0xff, 0x30, 0x06, 0x46, 0xa2, 0xa8];
/** Longest piece that is cut out or doubled, and most bytes that a repetition adds. */
const LONGEST_PIECE = 60;
const MOST_REPEATED = 9000;

/** Pieces that hurt readers of JSON: put in anywhere. */
export const NASTY_JSON: readonly string[] = [
  ...['[', ']', '{', '}', ',', ':', '"', 'null', '-1', '1e999', '1e308', '0.1', '[1-', '[0-99999999]'],
  ...['"__proto__":{},', '"rank":999999999,'],
  ...['['.repeat(8000), '{"a":'.repeat(1600), '"'.repeat(8000), '\n'.repeat(8000)],
];

type Mutation = (bytes: Buffer, random: Random) => Buffer;

function changed(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) change(copy);
  return copy;
}

/** Where a piece starts and ends. */
function piece(bytes: Buffer, random: Random): [number, number] {
  const from = random.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + random.below(LONGEST_PIECE))];
}

/** What goes wrong with bytes from outside, by accident and by intent. */
const MUTATIONS: readonly Mutation[] = [
  (bytes, random) =>
    changed(bytes, (copy) => {
      const at = random.below(copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
    }),
  (bytes, random) =>
    changed(bytes, (copy) => {
      copy[random.below(copy.length)] = random.below(256);
    }),
  (bytes, random) =>
    changed(bytes, (copy) => {
      for (let count = 1 + random.below(3); count > 0; count--) copy[random.below(copy.length)] = random.pick(HURTFUL);
    }),
  // Cut short, or longer than it says.
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => Buffer.concat([bytes, Buffer.alloc(random.below(64), random.below(256))]),
  // A piece missing, twice, in another's place, very often.
  (bytes, random) => {
    const [from, end] = piece(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(end)]);
  },
  (bytes, random) => {
    const [from, end] = piece(bytes, random);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(from)]);
  },
  (bytes, random) =>
    changed(bytes, (copy) => {
      const [from, end] = piece(bytes, random);
      bytes.copy(copy, random.below(copy.length), from, end);
    }),
  (bytes, random) => {
    const [from, end] = piece(bytes, random);
    const filling = bytes.subarray(from, Math.max(from + 1, end));
    const repeated = Buffer.alloc(random.below(MOST_REPEATED), filling.length > 0 ? filling : ' ');
    return Buffer.concat([bytes.subarray(0, from), repeated, bytes.subarray(end)]);
  },
  // Noise.
  (bytes, random) =>
    Buffer.from(Array.from({ length: random.below(Math.min(bytes.length, 400)) }, () => random.below(256))),
];

/**
 * A broken copy of good bytes; most have one thing wrong, some several.
 * @param nasty what this kind of input is known to trip over: put in somewhere, or in place of something
 */
export function mutate(bytes: Buffer, random: Random, nasty: readonly string[] = []): Buffer {
  let broken = bytes;
  do {
    if (nasty.length > 0 && random.below(3) === 0) {
      const [from, end] = piece(broken, random);
      const behind = random.below(2) === 0 ? from : end;
      broken = Buffer.concat([broken.subarray(0, from), Buffer.from(random.pick(nasty)), broken.subarray(behind)]);
    } else broken = random.pick(MUTATIONS)(broken, random);
  } while (random.below(4) === 0);
  return broken;
}
