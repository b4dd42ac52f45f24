/** What a tag value of line protocol cannot hold as it is, and the sign that hides it. */
const HIDDEN = /[%\\\p{Cc}]/gu;

/**
 * A device's or port's name as a tag of a remote database: as it is, but for `%`, backslashes and control characters,
 * which line protocol cannot carry at every place. `nameOfTag` turns it back.
 */
export function tagOfName(name: string): string {
  if (name === '') return '%';
  return name.replace(HIDDEN, (sign) => `%${(sign.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`);
}

/** The name a tag stands for; a tag that is none of ours is taken as it is. */
export function nameOfTag(tag: string): string {
  if (tag === '%') return '';
  return tag.replace(/%([0-9a-f]{2})/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
}
