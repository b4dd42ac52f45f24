/** Builds gNMI messages for tests: written from gnmi.proto and not with the collector's own code. */

export type Keyed = string | [name: string, keys: Record<string, string>];
export type TestValue =
  | { uint: bigint }
  | { int: bigint }
  | { text: string }
  | { bool: boolean }
  | { json: string }
  | { jsonIetf: string }
  | { bytes: Uint8Array }
  | { ascii: string }
  | { double: number }
  | { decimal: [bigint, number] }
  | { list: TestValue[] };

function varint(value: bigint): Buffer {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const more = rest > 0x7fn;
    out.push(Number(rest & 0x7fn) | (more ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(out);
}
export const number = (field: number, value: bigint) => Buffer.concat([varint(BigInt(field) << 3n), varint(value)]);
export const block = (field: number, value: Uint8Array | string) => {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint((BigInt(field) << 3n) | 2n), varint(BigInt(bytes.length)), bytes]);
};

export function path(elems: Keyed[], options: { origin?: string; target?: string; old?: boolean } = {}): Buffer {
  const parts: Buffer[] = [];
  if (options.origin !== undefined) parts.push(block(2, options.origin));
  for (const elem of elems) {
    const [name, keys] = typeof elem === 'string' ? [elem, {}] : elem;
    const keyText = Object.entries(keys).map(([key, value]) => `[${key}=${value}]`);
    if (options.old) parts.push(block(1, name + keyText.join('')));
    else {
      const pairs = Object.entries(keys).map(([key, value]) =>
        block(2, Buffer.concat([block(1, key), block(2, value)])),
      );
      parts.push(block(3, Buffer.concat([block(1, name), ...pairs])));
    }
  }
  if (options.target !== undefined) parts.push(block(4, options.target));
  return Buffer.concat(parts);
}

export function value(of: TestValue): Buffer {
  if ('uint' in of) return number(3, of.uint);
  if ('int' in of) return number(2, of.int);
  if ('bool' in of) return number(4, of.bool ? 1n : 0n);
  if ('text' in of) return block(1, of.text);
  if ('json' in of) return block(10, of.json);
  if ('jsonIetf' in of) return block(11, of.jsonIetf);
  if ('bytes' in of) return block(5, of.bytes);
  if ('ascii' in of) return block(12, of.ascii);
  if ('list' in of) return block(8, Buffer.concat(of.list.map((element) => block(1, value(element)))));
  if ('decimal' in of) return block(7, Buffer.concat([number(1, of.decimal[0]), number(2, BigInt(of.decimal[1]))]));
  const double = Buffer.alloc(9);
  double[0] = (14 << 3) | 1;
  double.writeDoubleLE(of.double, 1);
  return double;
}

export const update = (at: Buffer, of: TestValue) => block(4, Buffer.concat([block(1, at), block(3, value(of))]));
/** The deprecated `value` field with JSON bytes. */
export const oldUpdate = (at: Buffer, json: string) =>
  block(4, Buffer.concat([block(1, at), block(2, Buffer.concat([block(1, json), number(2, 0n)]))]));
export const deletion = (at: Buffer) => block(5, at);

export interface TestNotification {
  atMs?: number;
  prefix?: Buffer;
  atomic?: boolean;
  parts: Buffer[];
  /** Puts timestamp and prefix behind the updates: legal, and rare. */
  headLast?: boolean;
}

export function notification({ atMs, prefix, atomic, parts, headLast }: TestNotification): Buffer {
  const head: Buffer[] = [];
  if (atMs !== undefined) head.push(number(1, BigInt(Math.round(atMs)) * 1_000_000n));
  if (prefix !== undefined) head.push(block(2, prefix));
  if (atomic) head.push(number(6, 1n));
  return Buffer.concat(headLast ? [...parts, ...head] : [...head, ...parts]);
}

export const response = (of: TestNotification) => block(1, notification(of));
export const SYNC = number(3, 1n);

export function capabilities(models: string[], encodings: number[]): Buffer {
  return Buffer.concat([
    ...models.map((name) => block(1, Buffer.concat([block(1, name), block(2, 'test'), block(3, '1.0.0')]))),
    block(2, Buffer.from(encodings)),
    block(3, '0.10.0'),
  ]);
}

export const INTERFACE = (name: string): Keyed[] => ['interfaces', ['interface', { name }]];
/** A leaf of the counters of a port. */
export const counterPath = (port: string, leaf: string) => path([...INTERFACE(port), 'state', 'counters', leaf]);
