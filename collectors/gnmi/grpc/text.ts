const LONGEST = 300;
/** Controls, invisible marks that turn the writing direction, and separators of lines. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;
/** Thread, number, library, function, reason, file, line: only the reason says something. */
const OPENSSL = /^(?:[0-9A-F]+:)?error:[0-9A-F]{8}:[^:]*:[^:]*:([^:\n]+)[\s\S]*$/;

/** A peer's text, fit for one line of a log or a screen. @param longest characters */
export function cleaned(text: string, longest = LONGEST): string {
  // What is cut off need not be read: a hostile text may be of any length.
  return [...text.slice(0, 4 * longest).replace(INVISIBLE, ' ')].slice(0, longest).join('').trim();
}

/** What broke a connection, in few words. */
export function reasonText(error: unknown): string {
  // One error for each address that a name has: the last tried may be the odd one, the first is as good as any.
  const one: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  const text = one instanceof Error ? one.message : String(one);
  return text.replace(OPENSSL, 'TLS: $1');
}

/**
 * Undoes percent-encoding where it is whole, and leaves the rest as it came.
 * @source gRPC over HTTP/2, Status-Message
 */
export function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) =>
    Buffer.from(encoded.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}
