import { encodePath, parsePath } from '../../collectors/gnmi/proto/path.ts';
import { ProtoWriter } from '../../lib/protobuf/writer.ts';

/** Updates a message, in every shape but the last. */
export const UPDATES = 30;

/** Leaves of OpenConfig that a switch sends for one port; more than half of them are read. */
const PORT_LEAVES = [
  ...['octets', 'pkts', 'unicast-pkts', 'multicast-pkts', 'broadcast-pkts', 'discards', 'errors'].flatMap((name) => [
    `state/counters/in-${name}`,
    `state/counters/out-${name}`,
  ]),
  'state/counters/in-fcs-errors',
  'state/counters/carrier-transitions',
  ...['in-mac-pause-frames', 'out-mac-pause-frames', 'in-mac-control-frames', 'out-mac-control-frames'],
  ...['in-crc-errors', 'in-symbol-error', 'in-oversize-frames', 'in-undersize-frames', 'in-jabber-frames'],
  ...[
    'in-fragment-frames',
    'in-maxsize-exceeded',
    'in-8021q-frames',
    'fec-corrected-blocks',
    'fec-uncorrectable-blocks',
  ],
]
  .map((leaf) => (leaf.includes('/') ? leaf : `ethernet/state/counters/${leaf}`))
  .slice(0, UPDATES);

/** PFC of Arista: all of them are read. */
const PFC_LEAVES = Array.from({ length: 8 }, (_, priority) =>
  ['in-frames', 'out-frames', 'pfc-on-total-rx-time', 'rx-transitions'].map(
    (leaf) => `priority[index=${priority}]/state/${leaf}`,
  ),
)
  .flat()
  .slice(0, UPDATES);

/** How much a leaf grows in a second on a port that carries traffic and is paused now and then. */
export function growthOf(leaf: number, pfc: boolean): number {
  const name = (pfc ? PFC_LEAVES : PORT_LEAVES)[leaf] ?? '';
  if (name.endsWith('-octets')) return 1e10;
  if (/-(unicast-)?pkts$/.test(name)) return 5e6;
  if (!name.startsWith('priority[index=3]')) return 0;
  return name.endsWith('-time') ? 50_000 : 10;
}

/** Every value is a varint of eight bytes, so that a message can be told new ones in place. */
export const FIRST_VALUE = 2 ** 49;

export interface PortMessage {
  /** SubscribeResponse. */
  bytes: Buffer;
  /** Where its values stand. */
  values: number[];
  timestampAt: number;
  updates: number;
}

const leafUpdate = (path: string, value: number): ProtoWriter =>
  new ProtoWriter().message(1, encodePath(parsePath(path))).message(3, new ProtoWriter().uint(3, value));

/** `prefix` empty: every update carries its full path. */
function message(prefix: string, paths: readonly string[], atMs: number): PortMessage {
  const notification = new ProtoWriter().uint(1, atMs * 1e6);
  if (prefix !== '') notification.message(2, encodePath(parsePath(prefix)));
  for (const path of paths) notification.message(4, leafUpdate(path, FIRST_VALUE));
  const bytes = new ProtoWriter().message(1, notification).finish();
  const pattern = new ProtoWriter().uint(3, FIRST_VALUE).finish();
  const values: number[] = [];
  for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) values.push(at + 1);
  const stamp = new ProtoWriter().uint(1, atMs * 1e6).finish();
  return { bytes, values, timestampAt: bytes.indexOf(stamp) + 1, updates: paths.length };
}

const interfaceOf = (port: string): string => `/interfaces/interface[name=${port}]`;

function jsonMessage(port: string, atMs: number): PortMessage {
  const document: Record<string, unknown> = {};
  for (const leaf of PORT_LEAVES) {
    const names = leaf.split('/');
    const last = names.pop() ?? '';
    let container = document;
    for (const name of names) {
      container[name] ??= {};
      container = container[name] as Record<string, unknown>;
    }
    container[last] = String(FIRST_VALUE);
  }
  const update = new ProtoWriter()
    .message(1, encodePath(parsePath(interfaceOf(port))))
    .message(3, new ProtoWriter().text(11, JSON.stringify(document)));
  const notification = new ProtoWriter().uint(1, atMs * 1e6).message(4, update);
  const bytes = new ProtoWriter().message(1, notification).finish();
  return { bytes, values: [], timestampAt: 0, updates: PORT_LEAVES.length };
}

/** What a port's sample looks like on the wire. */
export const SHAPES = {
  'PROTO, prefix and leaf': (port: string, atMs: number) => [message(interfaceOf(port), PORT_LEAVES, atMs)],
  'PROTO, prefix and leaf, all read': (port: string, atMs: number) => [
    message(`${interfaceOf(port)}/ethernet/pfc/priorities`, PFC_LEAVES, atMs),
  ],
  'PROTO, full paths': (port: string, atMs: number) => [
    message(
      '',
      PORT_LEAVES.map((leaf) => `${interfaceOf(port)}/${leaf}`),
      atMs,
    ),
  ],
  'JSON_IETF, one document a port': (port: string, atMs: number) => [jsonMessage(port, atMs)],
  'PROTO, one leaf a message': (port: string, atMs: number) =>
    PORT_LEAVES.map((leaf) => message(interfaceOf(port), [leaf], atMs)),
} as const;
export type ShapeName = keyof typeof SHAPES;

/** A gRPC frame: not compressed, length, message. */
export function frame(bytes: Uint8Array): Buffer {
  const framed = Buffer.alloc(5 + bytes.length);
  framed.writeUInt32BE(bytes.length, 1);
  framed.set(bytes, 5);
  return framed;
}

/** Writes a number below 2^56 as a varint of eight bytes; 2^49 and more need no padding. */
export function writeValue(bytes: Uint8Array, at: number, value: number): void {
  let rest = value;
  for (let index = 0; index < 7; index++) {
    bytes[at + index] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[at + 7] = rest;
}
