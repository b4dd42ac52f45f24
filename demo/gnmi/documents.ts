import type { Leaf, LeafValue } from './tree.ts';

type Member = Container | List | LeafValue;
type Container = Map<string, Member>;

/** Entries of a list, by their keys as text. */
class List {
  readonly entries = new Map<string, Container>();
}

/**
 * Leaves below one node as a JSON document. `ietf`: as RFC 7951 has it, with 64-bit integers as text and names qualified
 * where a module begins; else plain names and digits.
 * @param depth how many nodes lie above the document
 */
export function documentOf(leaves: readonly Leaf[], depth: number, ietf: boolean): string {
  const root: Container = new Map();
  for (const leaf of leaves) {
    if (leaf.at.length === depth) return jsonOf(leaf.value(), ietf);
    put(root, leaf, depth, ietf);
  }
  return jsonOf(root, ietf);
}

function put(root: Container, { at, value }: Leaf, depth: number, ietf: boolean): void {
  let container = root;
  let module = '';
  for (const [index, node] of at.slice(depth).entries()) {
    const name = ietf && node.module !== module ? `${node.module}:${node.name}` : node.name;
    module = node.module;
    if (depth + index === at.length - 1) container.set(name, value());
    else container = Object.keys(node.keys).length > 0 ? entryOf(container, name, node.keys) : childOf(container, name);
  }
}

function childOf(container: Container, name: string): Container {
  const found = container.get(name);
  if (found instanceof Map) return found;
  const child: Container = new Map();
  container.set(name, child);
  return child;
}

function entryOf(container: Container, name: string, keys: Readonly<Record<string, string | number>>): Container {
  const found = container.get(name);
  const list = found instanceof List ? found : new List();
  container.set(name, list);
  const text = JSON.stringify(keys);
  const entry = list.entries.get(text) ?? new Map<string, Member>(Object.entries(keys));
  list.entries.set(text, entry);
  return entry;
}

/** A value as JSON; JSON.stringify has no 64-bit integers. */
export function jsonOf(value: Member, ietf: boolean): string {
  if (typeof value === 'bigint') return ietf ? `"${value}"` : String(value);
  if (value instanceof List) return `[${[...value.entries.values()].map((entry) => jsonOf(entry, ietf)).join(',')}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  return `{${[...value].map(([name, member]) => `${JSON.stringify(name)}:${jsonOf(member, ietf)}`).join(',')}}`;
}
