import { ProtoWriter } from '../../../lib/protobuf/writer.ts';
import { encodePath, parsePath } from './path.ts';

/** Encodings of gnmi.proto by number. */
export const ENCODINGS = { JSON: 0, BYTES: 1, PROTO: 2, ASCII: 3, JSON_IETF: 4 } as const;
export type EncodingName = keyof typeof ENCODINGS;

export interface WantedPath {
  path: string;
  /** target-defined: the device chooses mode and interval of each leaf itself. */
  mode: 'sample' | 'on-change' | 'target-defined';
  /** Of samples. */
  intervalMs: number;
}

export interface SubscribeOptions {
  /** `prefix.target`. */
  target: string;
  origin: string;
  paths: readonly WantedPath[];
  encoding: EncodingName;
  list: 'stream' | 'poll';
  /** ON_CHANGE values are sent again this often; 0 = never. */
  heartbeatMs: number;
}

const MODE = { 'target-defined': 0, 'on-change': 1, sample: 2 } as const;
const LIST = { stream: 0, poll: 2 } as const;
const NS_PER_MS = 1_000_000;

/** SubscribeRequest { subscribe }: the first message of a Subscribe call. */
export function encodeSubscribe(options: SubscribeOptions): Buffer {
  const list = new ProtoWriter();
  if (options.target !== '' || options.origin !== '') list.message(1, encodePath([], options.origin, options.target));
  for (const { path, mode, intervalMs } of options.paths) {
    const subscription = new ProtoWriter().message(1, encodePath(parsePath(path)));
    if (options.list === 'stream') {
      subscription.uint(2, MODE[mode]);
      if (mode === 'sample') subscription.uint(3, intervalMs * NS_PER_MS);
      // A target that chooses by itself may refuse to be told an interval.
      if (mode === 'on-change') subscription.uint(5, options.heartbeatMs * NS_PER_MS);
    }
    list.message(2, subscription);
  }
  list.uint(5, LIST[options.list]).uint(8, ENCODINGS[options.encoding]);
  return new ProtoWriter().message(1, list).finish();
}

/** SubscribeRequest { poll }: asks a POLL subscription for all values again. */
export function encodePoll(): Buffer {
  return new ProtoWriter().message(3, new ProtoWriter()).finish();
}

/** GetRequest for state. */
export function encodeGet(options: Pick<SubscribeOptions, 'target' | 'origin' | 'paths' | 'encoding'>): Buffer {
  const request = new ProtoWriter();
  if (options.target !== '' || options.origin !== '')
    request.message(1, encodePath([], options.origin, options.target));
  for (const { path } of options.paths) request.message(2, encodePath(parsePath(path)));
  return request.uint(5, ENCODINGS[options.encoding]).finish();
}

export function encodeCapabilities(): Buffer {
  return Buffer.alloc(0);
}
