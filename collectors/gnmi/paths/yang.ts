import { CODEWORD_BINS } from '../../../lib/counters/frame-loss.ts';
import type { PathElem } from '../proto/path.ts';
import { counter, type Meaning, type PathSet, type Quantity, type SetLeaf } from './types.ts';

/** Value of a key of a list on the way to the leaf, `*` for the only one; undefined where the path has none. */
export type KeyOf = (list: string, key: string) => string | undefined;
/** Gives the quantity of a leaf from the path's keys; null where a key is out of range (a tenth priority). */
export type Rule = (keyOf: KeyOf) => Quantity | null;

/**
 * `leaves`, `meaningOf` and `under` for paths of a YANG model, from a table of leaf names.
 * @param rules leaf path without keys -> quantity; `list/*` stands for every leaf of a list's entries but their keys
 * @param portElem list whose key is the port, and the key's name; null where the leaves belong to no port
 * @param spare leaves that nobody misses
 */
export function yangReader(
  rules: Readonly<Record<string, Quantity | Rule>>,
  portElem: { name: string; key: string } | null,
  spare: readonly string[] = [],
): Reader {
  const table = new Map(Object.entries(rules));
  return {
    leaves: [...table].flatMap(([leaf, rule]): SetLeaf[] => {
      const quantity = exampleOf(rule);
      return quantity === null ? [] : [{ leaf, at: leaf, quantity, ...(spare.includes(leaf) ? { spare: true } : {}) }];
    }),
    meaningOf(raw): Meaning | null {
      const elems = raw.map(plain);
      const names = namesOf(elems);
      const leaf = table.has(names) ? names : anyLeafOf(elems);
      const rule = table.get(leaf);
      if (rule === undefined) return null;
      const keyOf = keysIn(elems);
      const quantity = typeof rule === 'function' ? rule(keyOf) : rule;
      if (quantity === null) return null;
      if (quantity.kind === 'boot' || quantity.kind === 'identity' || quantity.kind === 'congestion')
        return { port: '', quantity, leaf };
      const port = portElem === null ? undefined : keyOf(portElem.name, portElem.key);
      return port === undefined ? null : { port, quantity, leaf };
    },
    under(raw) {
      const elems = raw.map(plain);
      const names = namesOf(elems);
      const keyOf = keysIn(elems);
      const covered = new Set<string>();
      for (const [leaf, rule] of table) {
        if (leaf !== names && !leaf.startsWith(`${names}/`) && names !== '') continue;
        const named = typeof rule === 'function' ? rule(keyOf) : rule;
        if (named !== null) covered.add(identity(named));
        else if (typeof rule === 'function')
          for (const quantity of everyQuantity(rule, keyOf)) covered.add(identity(quantity, '*'));
      }
      if (covered.size === 0) return null;
      return {
        port: (portElem === null ? undefined : keyOf(portElem.name, portElem.key)) ?? null,
        covers: (quantity) =>
          covered.has(identity(quantity)) ||
          covered.has(identity(quantity, '*')) ||
          (quantity.kind === 'neighbour' && covered.has('neighbour:')),
      };
    },
  };
}

type Reader = Pick<PathSet, 'leaves' | 'meaningOf' | 'under'>;

/** Two readers as one: leaves of both, deletions in either. */
export function joined(a: Reader, b: Reader): Reader {
  return {
    leaves: [...a.leaves, ...b.leaves],
    meaningOf: (elems) => a.meaningOf(elems) ?? b.meaningOf(elems),
    under(elems) {
      const [first, second] = [a.under(elems), b.under(elems)];
      if (first === null || second === null) return first ?? second;
      return { port: first.port ?? second.port, covers: (one) => first.covers(one) || second.covers(one) };
    },
  };
}

/** What a rule gives for some key. */
function exampleOf(rule: Quantity | Rule): Quantity | null {
  if (typeof rule !== 'function') return rule;
  const [one, other] = [rule(() => '0'), rule(() => '1')];
  const goesByKey = one?.kind === 'counter' && other?.kind === 'counter' && one.part !== other.part;
  return goesByKey ? { ...one, part: '' } : one;
}

/** Names at a module boundary carry "module:" in JSON_IETF and on some targets in paths too. */
function plain(elem: PathElem): PathElem {
  const keys: Record<string, string> = {};
  for (const [key, value] of Object.entries(elem.keys)) keys[withoutModule(key)] = value;
  return { name: withoutModule(elem.name), keys };
}

function withoutModule(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function namesOf(elems: readonly PathElem[]): string {
  return elems.map((elem) => elem.name).join('/');
}

/** "a/b/*" for "a/b/leaf"; '' where the leaf is the key of the list it stands in. */
function anyLeafOf(elems: readonly PathElem[]): string {
  const leaf = elems.at(-1)?.name ?? '';
  return Object.hasOwn(elems.at(-2)?.keys ?? {}, leaf) ? '' : `${namesOf(elems.slice(0, -1))}/*`;
}

function keysIn(elems: readonly PathElem[]): KeyOf {
  return (list, key) => {
    const keys = elems.find((elem) => elem.name === list)?.keys ?? {};
    const value = key === '*' ? Object.values(keys)[0] : keys[key];
    return value === '*' ? undefined : value;
  };
}

/** Of every priority, queue or bin, where the deleted path names none. */
function everyQuantity(rule: Rule, keyOf: KeyOf): Quantity[] {
  const keys = ['none', ...Array.from({ length: CODEWORD_BINS }, (_, index) => String(index))];
  const all = keys.map((own) => rule((list, key) => keyOf(list, key) ?? own));
  return all.filter((quantity) => quantity !== null);
}

/** What tells one quantity of a port from another. @param part instead of the counter's own: '*' for any */
export function identity(quantity: Quantity, part?: string): string {
  switch (quantity.kind) {
    case 'counter':
      return `${quantity.counter}:${quantity.priority}:${part ?? quantity.part}`;
    case 'gauge':
      return `${quantity.gauge}:${quantity.priority}`;
    case 'state':
      return quantity.state;
    case 'neighbour':
      return `neighbour:${quantity.id}`;
    default:
      return quantity.kind;
  }
}

/** PFC priority or queue number 0..7 at the end of a key ("3", "UC3", "c-out-8q-q3"); null where there is none. */
export function priorityIn(text: string | undefined): number | null {
  const digits = /(?:^|\D)(\d{1,2})$/.exec(text ?? '')?.[1];
  const priority = Number(digits ?? Number.NaN);
  return priority >= 0 && priority <= 7 ? priority : null;
}

/** Codewords with as many wrong symbols as a list's key says. @param part where several chips count for one port */
export function perBin(list: string, key: string, part?: (keyOf: KeyOf) => string | undefined): Rule {
  return (keyOf) => {
    const text = keyOf(list, key) ?? '';
    const bin = /^\d{1,2}$/.test(text) ? Number(text) : CODEWORD_BINS;
    return bin < CODEWORD_BINS ? counter('codewordErrors', { priority: bin, part: part?.(keyOf) ?? '' }) : null;
  };
}

/** A quantity of the priority that a list's key ends in. */
export function perPriority(list: string, key: string, quantity: (priority: number) => Quantity): Rule {
  return (keyOf) => {
    const priority = priorityIn(keyOf(list, key));
    return priority === null ? null : quantity(priority);
  };
}
