import { Cursor } from '../../../lib/protobuf/cursor.ts';
import { ProtoWriter } from '../../../lib/protobuf/writer.ts';

/** One element of a gNMI path: a name, for list entries with keys. */
export interface PathElem {
  name: string;
  keys: Record<string, string>;
}

export interface GnmiPath {
  elems: PathElem[];
  origin: string;
  target: string;
}

/** Deeper paths exist in no model; a hostile one must not cost us. */
const MAX_ELEMS = 64;

/**
 * Decodes a Path message. Deprecated string elements (targets older than gNMI 0.4) are read like a path as text.
 * @throws ParseError
 */
export function decodePath(bytes: Uint8Array, start: number, end: number): GnmiPath {
  const cursor = new Cursor();
  cursor.reset(bytes, start);
  const path: GnmiPath = { elems: [], origin: '', target: '' };
  const old: PathElem[] = [];
  while (cursor.position < end) {
    cursor.tag(end);
    if (cursor.field === 1) old.push(fromText(cursor.text(end)));
    else if (cursor.field === 2) path.origin = cursor.text(end);
    else if (cursor.field === 4) path.target = cursor.text(end);
    else if (cursor.field === 3) {
      const stop = cursor.span(end);
      path.elems.push(decodeElem(cursor, stop));
    } else cursor.skip(end);
    if (path.elems.length + old.length > MAX_ELEMS) return { ...path, elems: [] };
  }
  if (path.elems.length === 0) path.elems = old;
  return path;
}

function decodeElem(cursor: Cursor, end: number): PathElem {
  const elem: PathElem = { name: '', keys: {} };
  while (cursor.position < end) {
    cursor.tag(end);
    if (cursor.field === 1) elem.name = cursor.text(end);
    else if (cursor.field === 2) {
      const stop = cursor.span(end);
      let key = '';
      let value = '';
      while (cursor.position < stop) {
        cursor.tag(stop);
        const part: number = cursor.field;
        if (part === 1) key = cursor.text(stop);
        else if (part === 2) value = cursor.text(stop);
        else cursor.skip(stop);
      }
      elem.keys[key] = value;
    } else cursor.skip(end);
  }
  return elem;
}

/** "interface[name=Ethernet1]" to an element; what has no brackets is a plain name. */
export function fromText(text: string): PathElem {
  const open = text.indexOf('[');
  if (open < 0) return { name: text, keys: {} };
  const keys: Record<string, string> = {};
  for (const [, key, value] of text.slice(open).matchAll(/\[([^=\]]+)=([^\]]*)\]/g)) keys[key ?? ''] = value ?? '';
  return { name: text.slice(0, open), keys };
}

/** "/interfaces/interface[name=*]/state" to elements; a slash inside brackets belongs to the key. */
export function parsePath(text: string): PathElem[] {
  return [...text.matchAll(/(?:\[[^\]]*\]|[^/[\]])+/g)].map(([part]) => fromText(part));
}

export function encodePath(elems: readonly PathElem[], origin = '', target = ''): ProtoWriter {
  const writer = new ProtoWriter().text(2, origin);
  for (const { name, keys } of elems) {
    const elem = new ProtoWriter().text(1, name);
    for (const [key, value] of Object.entries(keys)) elem.message(2, new ProtoWriter().text(1, key).text(2, value));
    writer.message(3, elem);
  }
  return writer.text(4, target);
}
