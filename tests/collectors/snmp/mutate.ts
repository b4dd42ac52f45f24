/** A small generator of repeatable random numbers (mulberry32), so that a failing case can be run again by its seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

type Random = () => number;

function at(random: Random, length: number): number {
  return Math.floor(random() * length);
}

/** What goes wrong with datagrams, by accident and by intent. */
const MUTATIONS: ((bytes: Buffer, random: Random) => Buffer)[] = [
  // A bit, a byte.
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    const i = at(random, copy.length);
    copy[i] = (copy[i] ?? 0) ^ (1 << at(random, 8));
    return copy;
  },
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    copy[at(random, copy.length)] = at(random, 256);
    return copy;
  },
  // Cut short, or longer than it says.
  (bytes, random) => bytes.subarray(0, at(random, bytes.length + 1)),
  (bytes, random) => Buffer.concat([bytes, Buffer.alloc(at(random, 64), at(random, 256))]),
  // Lengths and tags that hurt parsers.
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    const hurtful = [0x00, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x88, 0xff, 0x30, 0x06, 0x46, 0xa2, 0xa8];
    for (let n = 1 + at(random, 3); n > 0; n--)
      copy[at(random, copy.length)] = hurtful[at(random, hurtful.length)] ?? 0;
    return copy;
  },
  // A piece twice, a piece missing, two pieces in the other's place.
  (bytes, random) => {
    const from = at(random, bytes.length);
    const piece = bytes.subarray(from, from + at(random, 60));
    return Buffer.concat([bytes.subarray(0, from), piece, bytes.subarray(from)]);
  },
  (bytes, random) => {
    const from = at(random, bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + at(random, 60))]);
  },
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    const length = 1 + at(random, 30);
    const from = at(random, Math.max(1, copy.length - length));
    bytes.copy(copy, at(random, Math.max(1, copy.length - length)), from, from + length);
    return copy;
  },
  // Noise.
  (bytes, random) => Buffer.from(Array.from({ length: at(random, bytes.length) }, () => at(random, 256))),
];

/** One broken datagram; most have one thing wrong, some several. */
export function mutate(bytes: Buffer, random: Random): Buffer {
  let broken = bytes;
  do {
    if (broken.length === 0) return broken;
    const mutation = MUTATIONS[at(random, MUTATIONS.length)];
    broken = mutation?.(broken, random) ?? broken;
  } while (random() < 0.25);
  return broken;
}
