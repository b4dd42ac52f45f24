import { ParseError } from '../../../lib/errors.ts';
import { decodePath, type PathElem } from '../proto/path.ts';
import { parseExactJson } from './json.ts';
import type { JsonNode } from './json-node.ts';
import { type Budget, ENTRY_BYTES } from './path-cache.ts';
import type { Entry, Prefix } from './path-memory.ts';
import type { Slot, SlotFinder } from './slots.ts';

/** Leaves of one document that are looked at: a document of more is cut there, and the rest is missing. */
const MAX_LEAVES = 500_000;
const MAX_DEPTH = 32;
/** Scalars of a list that are kept. */
const MAX_ELEMENTS = 64;
/** Keys of the lists that are read; an element of a list in a document carries them as leaves of its own. */
const LIST_KEYS = new Set([
  ...['name', 'interface-id', 'index', 'id', 'queue-type', 'queue-name', 'priority', 'queue', 'cmapName'],
  ...['pfc-queue-name', 'corrected-symbols-max', 'bin', 'lane_number', 'pg-id', 'buffer-type'],
]);

/** Reads JSON and JSON_IETF values: subtrees as well as single leaves. */
export class DocumentReader {
  private leaves = 0;

  constructor(
    private readonly slots: SlotFinder,
    private readonly budget: Budget,
    private readonly write: (slot: Slot, text: string) => void,
  ) {}

  /** @throws ParseError where the text is no JSON */
  read(text: string, prefix: Prefix, entry: Entry): void {
    let document: unknown;
    try {
      document = parseExactJson(text);
    } catch {
      throw new ParseError('a JSON value is no JSON');
    }
    this.leaves = 0;
    this.walk(document, this.nodeAt(prefix, entry), 0);
  }

  /** Where the documents that come under a path are remembered. */
  private nodeAt(prefix: Prefix, entry: Entry): JsonNode {
    prefix.documents ??= new Map();
    let node = prefix.documents.get(entry);
    if (node === undefined) {
      const { bytes } = entry.path;
      node = this.newNode([...prefix.elems, ...decodePath(bytes, 0, bytes.length).elems]);
      prefix.documents.set(entry, node);
    }
    return node;
  }

  private newNode(elems: readonly PathElem[]): JsonNode {
    this.budget.take(ENTRY_BYTES);
    return { elems, children: new Map(), slot: undefined };
  }

  /** Visits the leaves of a document. An element of a list goes by its keys, which stand inside it as leaves. */
  private walk(found: unknown, node: JsonNode, depth: number): void {
    if (found === null || depth > MAX_DEPTH || this.leaves > MAX_LEAVES) return;
    if (typeof found !== 'object') {
      this.leaves++;
      if (node.slot === undefined) node.slot = this.slots.find(node.elems);
      if (node.slot !== null) this.write(node.slot, String(found));
    } else if (Array.isArray(found)) this.list(found, node, depth);
    else {
      const items = found as Record<string, unknown>;
      for (const name in items) {
        let child = node.children.get(name);
        if (child === undefined) {
          child = this.newNode([...node.elems, { name, keys: {} }]);
          node.children.set(name, child);
        }
        this.walk(items[name], child, depth + 1);
      }
    }
  }

  private list(items: readonly unknown[], node: JsonNode, depth: number): void {
    const own = node.elems.at(-1);
    if (own === undefined) return;
    if (items.length > 0 && items.every(isScalar)) {
      // A leaf-list: one leaf, with commas between its elements.
      this.walk(items.slice(0, MAX_ELEMENTS).join(','), node, depth);
      return;
    }
    for (const item of items) {
      if (typeof item !== 'object' || item === null) continue;
      const keys = keysOf(item as Record<string, unknown>);
      // A bracket begins no name of YANG: it keeps elements apart from members.
      const name = `[${Object.values(keys).join(',')}`;
      let child = node.children.get(name);
      if (child === undefined) {
        child = this.newNode([...node.elems.slice(0, -1), { name: own.name, keys: { ...own.keys, ...keys } }]);
        node.children.set(name, child);
      }
      this.walk(item, child, depth + 1);
    }
  }
}

function isScalar(item: unknown): boolean {
  return typeof item === 'string' || typeof item === 'number';
}

function keysOf(item: Record<string, unknown>): Record<string, string> {
  const keys: Record<string, string> = {};
  for (const name in item) {
    const plain = name.slice(name.indexOf(':') + 1);
    if (!LIST_KEYS.has(plain)) continue;
    const value = item[name];
    if (typeof value === 'string' || typeof value === 'number') keys[plain] = String(value);
  }
  return keys;
}
