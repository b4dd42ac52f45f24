import { ProtoWriter } from '../../lib/protobuf/writer.ts';
import { documentOf, jsonOf } from './documents.ts';
import type { Leaf, LeafValue, TreeNode } from './tree.ts';

/** Encodings of gnmi.proto that are spoken here, by number. */
export const ENCODINGS = { 0: 'JSON', 2: 'PROTO', 4: 'JSON_IETF' } as const;
export type Encoding = (typeof ENCODINGS)[keyof typeof ENCODINGS];

/** What answers repeat of the request: a prefix's origin and target. */
export interface Echo {
  origin: string;
  target: string;
}

export interface Model {
  name: string;
  organization: string;
  version: string;
}

/** SubscribeResponse { sync_response }. */
export const SYNC = new ProtoWriter().uint(3, 1).finish();

/** CapabilityResponse. */
export function capabilities(models: readonly Model[]): Buffer {
  const answer = new ProtoWriter();
  for (const { name, organization, version } of models) {
    answer.message(1, new ProtoWriter().text(1, name).text(2, organization).text(3, version));
  }
  // proto3 packs repeated enums.
  return answer
    .bytes(2, Buffer.from(Object.keys(ENCODINGS).map(Number)))
    .text(3, '0.10.0')
    .finish();
}

/**
 * Leaves of one list entry (a port), which go into one Notification: the entry's path is its prefix. All but the values
 * is encoded once. Remembers what it sent last.
 */
export class Batch {
  private readonly prefix: Buffer;
  /** Path of each leaf below the prefix, as the first field of an Update. */
  private readonly paths: Buffer[];
  private readonly sent: (LeafValue | undefined)[];

  constructor(
    private readonly leaves: readonly Leaf[],
    depth: number,
    echo: Echo,
  ) {
    this.prefix = new ProtoWriter().message(2, pathOf(leaves[0]?.at.slice(0, depth) ?? [], echo)).finish();
    this.paths = leaves.map(({ at }) => new ProtoWriter().message(1, pathOf(at.slice(depth))).finish());
    this.sent = leaves.map(() => undefined);
  }

  /** A Notification of all leaves, or of those that have changed since the last; null where none has. */
  notification(atMs: number, encoding: Encoding, all: boolean): ProtoWriter | null {
    const notification = head(atMs).fields(this.prefix);
    let changed = false;
    for (const [index, { value }] of this.leaves.entries()) {
      const now = value();
      if (!all && this.sent[index] === now) continue;
      changed = true;
      this.sent[index] = now;
      const update = new ProtoWriter().fields(this.paths[index] ?? Buffer.alloc(0));
      notification.message(4, update.message(3, typedValue(now, encoding)));
    }
    return changed ? notification : null;
  }
}

/** Leaves by the first list entry on their way, else by what holds them (`system/state`). */
export function batchesOf(leaves: readonly Leaf[], echo: Echo): Batch[] {
  const groups = groupBy(leaves, ({ at }) => {
    const list = at.findIndex(({ keys }) => Object.keys(keys).length > 0);
    return list < 0 ? at.length - 1 : list + 1;
  });
  return groups.map(({ depth, members }) => new Batch(members, depth, echo));
}

/** Notification of one path of a Get: each node it matches as a JSON document. */
export function documents(
  leaves: readonly Leaf[],
  depth: number,
  atMs: number,
  ietf: boolean,
  echo: Echo,
): ProtoWriter {
  const notification = head(atMs);
  if (echo.origin !== '' || echo.target !== '') notification.message(2, pathOf([], echo));
  for (const { depth: own, members } of groupBy(leaves, ({ at }) => Math.min(depth, at.length))) {
    const value = new ProtoWriter().bytes(ietf ? 11 : 10, Buffer.from(documentOf(members, own, ietf)));
    const at = pathOf(members[0]?.at.slice(0, own) ?? []);
    notification.message(4, new ProtoWriter().message(1, at).message(3, value));
  }
  return notification;
}

function groupBy(leaves: readonly Leaf[], depthOf: (leaf: Leaf) => number): { depth: number; members: Leaf[] }[] {
  const groups = new Map<string, { depth: number; members: Leaf[] }>();
  for (const leaf of leaves) {
    const depth = depthOf(leaf);
    const name = JSON.stringify(leaf.at.slice(0, depth));
    const group = groups.get(name) ?? { depth, members: [] };
    groups.set(name, group);
    group.members.push(leaf);
  }
  return [...groups.values()];
}

/** The time stamp of a Notification: ns since 1970. */
function head(atMs: number): ProtoWriter {
  return new ProtoWriter().uint(1, BigInt(Math.round(atMs)) * 1_000_000n);
}

function pathOf(nodes: readonly TreeNode[], { origin, target }: Echo = { origin: '', target: '' }): ProtoWriter {
  const path = new ProtoWriter().text(2, origin);
  for (const { name, keys } of nodes) {
    const elem = new ProtoWriter().text(1, name);
    for (const [key, value] of Object.entries(keys)) {
      elem.message(2, new ProtoWriter().text(1, key).text(2, String(value)));
    }
    path.message(3, elem);
  }
  return path.text(4, target);
}

function typedValue(value: LeafValue, encoding: Encoding): ProtoWriter {
  const typed = new ProtoWriter();
  if (encoding === 'JSON_IETF') return typed.bytes(11, Buffer.from(jsonOf(value, true)));
  if (encoding === 'JSON') return typed.bytes(10, Buffer.from(jsonOf(value, false)));
  return typeof value === 'string' ? typed.bytes(1, Buffer.from(value)) : typed.member(3, value);
}
