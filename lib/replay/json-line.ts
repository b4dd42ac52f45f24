const TOKEN =
  /\s*(?:("(?:[^"\\\n\r\t]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|([{}[\],:]))/y;

type Expect = 'value' | 'value or ]' | 'key or }' | 'key' | ':' | ', or end' | 'nothing';

/**
 * The line, from 1, on which a text stops being JSON: the runtime's own message does not say. Only called for text
 * that did not parse.
 */
export function brokenJsonLine(text: string): number {
  const open: ('{' | '[')[] = [];
  let expect: Expect = 'value';
  TOKEN.lastIndex = 0;
  for (;;) {
    const at: number = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    const next: Expect | null = match === null ? null : follow(expect, match, open);
    if (next === null) return lineAt(text, at);
    expect = next;
  }
}

/** What may come after a token; null where the token itself may not stand. */
function follow(expect: Expect, token: RegExpExecArray, open: ('{' | '[')[]): Expect | null {
  const [, text, literal, sign] = token;
  const afterValue: Expect = open.length === 0 ? 'nothing' : ', or end';
  const wantsValue = expect === 'value' || expect === 'value or ]';
  if (text !== undefined && (expect === 'key' || expect === 'key or }')) return ':';
  if (text !== undefined || literal !== undefined) return wantsValue ? afterValue : null;
  if (sign === '{' || sign === '[') {
    if (!wantsValue) return null;
    open.push(sign);
    return sign === '{' ? 'key or }' : 'value or ]';
  }
  if (sign === ':') return expect === ':' ? 'value' : null;
  if (sign === ',') return expect !== ', or end' ? null : open.at(-1) === '{' ? 'key' : 'value';
  return close(expect, sign, open);
}

/** What may come after a closing bracket; null where it closes nothing. */
function close(expect: Expect, sign: string | undefined, open: ('{' | '[')[]): Expect | null {
  const brace = sign === '}';
  if (open.at(-1) !== (brace ? '{' : '[')) return null;
  if (expect !== ', or end' && expect !== (brace ? 'key or }' : 'value or ]')) return null;
  open.pop();
  return open.length === 0 ? 'nothing' : ', or end';
}

/** The line of the first character after the white space at `offset`. */
function lineAt(text: string, offset: number): number {
  const rest = text.slice(offset);
  const skipped = rest.length - rest.trimStart().length;
  return text.slice(0, Math.min(text.length, offset + skipped)).split('\n').length;
}
