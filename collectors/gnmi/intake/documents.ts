import { ParseError } from '../../../lib/errors.ts';
import type { PathElem } from '../proto/path.ts';
import { parseExactJson } from './json.ts';
import type { Slot, SlotFinder } from './slots.ts';

/** A leaf of a JSON document, or an object in it, remembered under the path the document came with. */
export interface JsonNode {
  children: Map<string, JsonNode>;
  /** undefined = not looked up yet; null = nothing of ours. */
  slot: Slot | null | undefined;
}

/** Leaves of one document that are looked at: a document of more is cut there, and the rest is missing. */
const MAX_LEAVES = 500_000;
const MAX_DEPTH = 32;
/** Keys of the lists that are read; an element of a list in a document carries them as leaves of its own. */
const LIST_KEYS = new Set([
  ...['name', 'interface-id', 'index', 'id', 'queue-type', 'queue-name', 'priority', 'queue'],
  ...['cmapName', 'address-family'],
]);
/** Names remembered under one path. */
const MAX_CHILDREN = 20_000;

export function newNode(): JsonNode {
  return { children: new Map(), slot: undefined };
}

/** Reads JSON and JSON_IETF values: subtrees as well as single leaves. */
export class DocumentReader {
  private leaves = 0;

  constructor(
    private readonly slots: SlotFinder,
    private readonly write: (slot: Slot, text: string) => void,
  ) {}

  /** @throws ParseError where the text is no JSON */
  read(text: string, node: JsonNode, elems: readonly PathElem[]): void {
    let document: unknown;
    try {
      document = parseExactJson(text);
    } catch {
      throw new ParseError('a JSON value is no JSON');
    }
    this.leaves = 0;
    this.walk(document, node, elems, 0);
  }

  /** Visits the leaves of a document. An element of a list goes by its keys, which stand inside it as leaves. */
  private walk(found: unknown, node: JsonNode, elems: readonly PathElem[], depth: number): void {
    if (found === null || depth > MAX_DEPTH || this.leaves > MAX_LEAVES) return;
    if (Array.isArray(found)) this.list(found, node, elems, depth);
    else if (typeof found === 'object') {
      for (const [name, item] of Object.entries(found))
        this.walk(item, childOf(node, name), [...elems, { name, keys: {} }], depth + 1);
    } else {
      this.leaves++;
      if (node.slot === undefined) node.slot = this.slots.find(elems);
      if (node.slot !== null) this.write(node.slot, String(found));
    }
  }

  private list(items: readonly unknown[], node: JsonNode, elems: readonly PathElem[], depth: number): void {
    const own = elems.at(-1);
    if (own === undefined) return;
    for (const item of items) {
      if (typeof item !== 'object' || item === null) continue;
      const keys = keysOf(item);
      const child = childOf(node, `[${JSON.stringify(keys)}`);
      this.walk(item, child, [...elems.slice(0, -1), { name: own.name, keys: { ...own.keys, ...keys } }], depth + 1);
    }
  }
}

function keysOf(item: object): Record<string, string> {
  const keys: Record<string, string> = {};
  for (const [name, value] of Object.entries(item)) {
    const plain = name.slice(name.indexOf(':') + 1);
    if (LIST_KEYS.has(plain) && (typeof value === 'string' || typeof value === 'number')) keys[plain] = String(value);
  }
  return keys;
}

function childOf(node: JsonNode, name: string): JsonNode {
  let child = node.children.get(name);
  if (child === undefined) {
    if (node.children.size >= MAX_CHILDREN) node.children.clear();
    child = newNode();
    node.children.set(name, child);
  }
  return child;
}
