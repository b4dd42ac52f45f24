import { ProtoReader } from '../../lib/protobuf/reader.ts';
import type { PathElem } from './tree.ts';

/** A Path message. */
export interface AskedPath {
  origin: string;
  target: string;
  elems: PathElem[];
}

interface Subscription {
  path: AskedPath;
  /** TARGET_DEFINED 0, ON_CHANGE 1, SAMPLE 2. */
  mode: number;
  sampleIntervalNs: bigint;
  suppressRedundant: boolean;
  heartbeatIntervalNs: bigint;
}

export interface SubscriptionList {
  prefix: AskedPath;
  subscriptions: Subscription[];
  /** STREAM 0, ONCE 1, POLL 2. */
  mode: number;
  encoding: number;
  updatesOnly: boolean;
}

export interface GetRequest {
  prefix: AskedPath;
  paths: AskedPath[];
  /** ALL 0, CONFIG 1, STATE 2, OPERATIONAL 3. */
  type: number;
  encoding: number;
}

const NO_PATH: AskedPath = { origin: '', target: '', elems: [] };

/** @throws ParseError where the bytes are no GetRequest */
export function readGet(bytes: Buffer): GetRequest {
  const reader = new ProtoReader(bytes);
  const request: GetRequest = { prefix: NO_PATH, paths: [], type: 0, encoding: 0 };
  while (reader.next()) {
    if (reader.field === 1) request.prefix = readPath(reader.message());
    else if (reader.field === 2) request.paths.push(readPath(reader.message()));
    else if (reader.field === 3) request.type = Number(reader.uint64());
    else if (reader.field === 5) request.encoding = Number(reader.uint64());
  }
  return request;
}

/**
 * A SubscribeRequest: a list, a poll, or neither (null).
 * @throws ParseError where the bytes are none
 */
export function readSubscribe(bytes: Buffer): SubscriptionList | 'poll' | null {
  const reader = new ProtoReader(bytes);
  let request: SubscriptionList | 'poll' | null = null;
  while (reader.next()) {
    if (reader.field === 1) request = readList(reader.message());
    else if (reader.field === 3) request = 'poll';
  }
  return request;
}

function readList(reader: ProtoReader): SubscriptionList {
  const list: SubscriptionList = { prefix: NO_PATH, subscriptions: [], mode: 0, encoding: 0, updatesOnly: false };
  while (reader.next()) {
    if (reader.field === 1) list.prefix = readPath(reader.message());
    else if (reader.field === 2) list.subscriptions.push(readSubscription(reader.message()));
    else if (reader.field === 5) list.mode = Number(reader.uint64());
    else if (reader.field === 8) list.encoding = Number(reader.uint64());
    else if (reader.field === 9) list.updatesOnly = reader.uint64() !== 0n;
  }
  return list;
}

function readSubscription(reader: ProtoReader): Subscription {
  const one = { path: NO_PATH, mode: 0, sampleIntervalNs: 0n, suppressRedundant: false, heartbeatIntervalNs: 0n };
  while (reader.next()) {
    if (reader.field === 1) one.path = readPath(reader.message());
    else if (reader.field === 2) one.mode = Number(reader.uint64());
    else if (reader.field === 3) one.sampleIntervalNs = reader.uint64();
    else if (reader.field === 4) one.suppressRedundant = reader.uint64() !== 0n;
    else if (reader.field === 5) one.heartbeatIntervalNs = reader.uint64();
  }
  return one;
}

function readPath(reader: ProtoReader): AskedPath {
  const path: AskedPath = { origin: '', target: '', elems: [] };
  while (reader.next()) {
    if (reader.field === 2) path.origin = reader.text();
    else if (reader.field === 3) path.elems.push(readElem(reader.message()));
    else if (reader.field === 4) path.target = reader.text();
  }
  return path;
}

function readElem(reader: ProtoReader): PathElem {
  let name = '';
  const keys: Record<string, string> = {};
  while (reader.next()) {
    if (reader.field === 1) name = reader.text();
    else if (reader.field === 2) {
      const pair = reader.message();
      let key = '';
      let value = '';
      while (pair.next()) {
        if (pair.field === 1) key = pair.text();
        else if (pair.field === 2) value = pair.text();
      }
      keys[key] = value;
    }
  }
  return { name, keys };
}
