/** JSON with every whole number of 16 digits or more turned into text, so that no 64-bit counter is rounded. */
const LONG_NUMBER = /[:,[\s]-?\d{16,}/;
const STRING_OR_LONG_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;

/**
 * Parses JSON; long numbers come as decimal strings, which is also how JSON_IETF writes them.
 * @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  // Without a long number outside or inside strings the plain parser is exact.
  if (!LONG_NUMBER.test(text) && !/^-?\d{16,}/.test(text)) return JSON.parse(text);
  return JSON.parse(text.replace(STRING_OR_LONG_NUMBER, (match) => (match.startsWith('"') ? match : `"${match}"`)));
}
