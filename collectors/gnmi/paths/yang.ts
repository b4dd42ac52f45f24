import type { PathElem } from '../proto/path.ts';
import type { Meaning, PathSet, Quantity } from './types.ts';

/** Gives the quantity of a leaf from the path's keys; null where a key is out of range (a tenth priority). */
export type Rule = (elems: readonly PathElem[]) => Quantity | null;

/**
 * `meaningOf` and `under` for paths of a YANG model, from a table of leaf names.
 * @param rules leaf path without keys -> quantity
 * @param portElem name of the list whose key is the port, with the key's name
 */
export function yangReader(
  rules: Readonly<Record<string, Quantity | Rule>>,
  portElem: { name: string; key: string },
): Pick<PathSet, 'meaningOf' | 'under'> {
  const table = new Map(Object.entries(rules));
  const portOf = (elems: readonly PathElem[]): string | undefined =>
    elems.find((elem) => elem.name === portElem.name)?.keys[portElem.key];
  return {
    meaningOf(raw): Meaning | null {
      const elems = raw.map(plain);
      const rule = table.get(namesOf(elems));
      const port = portOf(elems);
      if (rule === undefined || port === undefined || port === '*') return null;
      const quantity = typeof rule === 'function' ? rule(elems) : rule;
      return quantity === null ? null : { port, quantity };
    },
    under(raw) {
      const elems = raw.map(plain);
      const names = namesOf(elems);
      const covered: Quantity[] = [];
      for (const [leaf, rule] of table) {
        if (leaf !== names && !leaf.startsWith(`${names}/`) && names !== '') continue;
        for (const quantity of typeof rule === 'function' ? everyPriority(rule, elems) : [rule]) covered.push(quantity);
      }
      if (covered.length === 0) return null;
      const port = portOf(elems);
      const keys = new Set(covered.map(keyOf));
      return {
        port: port === undefined || port === '*' ? null : port,
        covers: (quantity) => keys.has(keyOf(quantity)),
      };
    },
  };
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

/** The deleted priority where the path names one, else all of them. */
function everyPriority(rule: Rule, elems: readonly PathElem[]): Quantity[] {
  const named = rule(elems);
  if (named !== null) return [named];
  const all = Array.from({ length: 8 }, (_, index) =>
    rule([
      { name: 'priority', keys: { index: String(index) } },
      { name: 'queue', keys: { name: String(index) } },
      { name: 'tx-queue', keys: { index: String(index) } },
    ]),
  );
  return all.filter((quantity) => quantity !== null);
}

function keyOf(quantity: Quantity): string {
  if (quantity.kind === 'counter') return `${quantity.counter}:${quantity.priority}:${quantity.part}`;
  return quantity.kind === 'gauge' ? `${quantity.gauge}:${quantity.priority}` : quantity.state;
}

/** PFC priority or queue number 0..7 at the end of a key ("3", "UC3", "Ethernet1/1-3"); null where there is none. */
export function priorityIn(text: string | undefined): number | null {
  const digits = /(?:^|\D)(\d{1,2})$/.exec(text ?? '')?.[1];
  const priority = Number(digits ?? Number.NaN);
  return priority >= 0 && priority <= 7 ? priority : null;
}
