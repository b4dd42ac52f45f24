/** One node on the way to a leaf, as the YANG models have it. */
export interface TreeNode {
  /** Module that defines it: it qualifies the name in JSON_IETF. */
  module: string;
  name: string;
  /** Keys of a list entry; numbers where the model has small integers. */
  keys: Readonly<Record<string, string | number>>;
}

/** bigint: a 64-bit integer; number: a small one; text: strings, enumerations and identities. */
export type LeafValue = bigint | number | string;

/** One leaf a target serves. */
export interface Leaf {
  at: readonly TreeNode[];
  /** Reads it now. */
  value: () => LeafValue;
}

/** An element of a path that was asked for: `*` is any name or key, `...` any number of nodes. */
export interface PathElem {
  name: string;
  keys: Readonly<Record<string, string>>;
}

/** The entry of a list, for `path`. */
export function entry(name: string, keys: TreeNode['keys']): { name: string; keys: TreeNode['keys'] } {
  return { name, keys };
}

/** Nodes by name, or `module:name` where another module begins; what follows belongs to it. */
export function path(...parts: readonly (string | ReturnType<typeof entry>)[]): TreeNode[] {
  let module = '';
  return parts.map((part) => {
    const { name, keys } = typeof part === 'string' ? entry(part, {}) : part;
    const colon = name.indexOf(':');
    if (colon >= 0) module = name.slice(0, colon);
    return { module, name: name.slice(colon + 1), keys };
  });
}

/** Leaves at or under a path; keys that are not asked for match all. */
export function leavesUnder(leaves: readonly Leaf[], asked: readonly PathElem[]): Leaf[] {
  return leaves.filter(({ at }) => covers(asked, at));
}

/** Whether any leaf has these names on its way, whatever the keys: else the models have no such path. */
export function isInModels(leaves: readonly Leaf[], asked: readonly PathElem[]): boolean {
  const names = asked.map(({ name }) => ({ name, keys: {} }));
  return leaves.some(({ at }) => covers(names, at));
}

function covers(asked: readonly PathElem[], at: readonly TreeNode[]): boolean {
  const [first, ...rest] = asked;
  if (first === undefined) return true;
  if (first.name === '...') return covers(rest, at) || (at.length > 0 && covers(asked, at.slice(1)));
  const [node, ...below] = at;
  if (node === undefined || (first.name !== '*' && first.name !== node.name)) return false;
  const matches = ([key, value]: [string, string]): boolean =>
    node.keys[key] !== undefined && (value === '*' || value === String(node.keys[key]));
  return Object.entries(first.keys).every(matches) && covers(rest, below);
}
