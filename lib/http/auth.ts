import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { ServerConfig, TokenScope } from '../config/server.ts';
import { HttpError } from './http-error.ts';

/** The cookie that carries a token for people's browsers. */
export const TOKEN_COOKIE = 'stallscope_token';

/** Decides who may do what. Without tokens everyone who reaches the port may do everything. */
export class TokenGuard {
  #tokens: { digest: Buffer; scopes: ReadonlySet<TokenScope> }[] = [];

  constructor(tokens: ServerConfig['tokens']) {
    this.setTokens(tokens);
  }

  /** Replaces the tokens, from the next request on. */
  setTokens(tokens: ServerConfig['tokens']): void {
    this.#tokens = tokens.map(({ token, scopes }) => ({ digest: digest(token), scopes: new Set(scopes) }));
  }

  /**
   * @throws HttpError 401 without a known token, 403 where the token may not do this
   */
  check(headers: IncomingHttpHeaders, scope: TokenScope | 'open'): void {
    if (scope === 'open' || this.#tokens.length === 0) return;
    // A monitor with write tokens only is open to read, as its operator configured it.
    if (scope === 'read' && !this.#tokens.some(({ scopes }) => scopes.has('read'))) return;
    const given = tokenOf(headers);
    const known = given === undefined ? undefined : this.#find(given);
    if (!known) {
      throw new HttpError(401, 'unauthorized', 'a token is needed: send it as "Authorization: Bearer ..."', {
        'www-authenticate': 'Bearer realm="stallscope"',
      });
    }
    if (!known.scopes.has(scope) && !known.scopes.has('admin')) {
      throw new HttpError(403, 'forbidden', `this token does not have the scope "${scope}"`);
    }
  }

  #find(given: string) {
    const hashed = digest(given);
    // Every token is compared, in constant time, so that the time of an answer tells nothing.
    return this.#tokens.filter(({ digest: known }) => timingSafeEqual(known, hashed))[0];
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** `Bearer`, Influx's `Token`, the password of `Basic` (Influx v1 clients), or the dashboard's cookie. */
function tokenOf(headers: IncomingHttpHeaders): string | undefined {
  const [, scheme = '', value = ''] = /^(\w+)\s+(\S+)$/.exec(headers.authorization ?? '') ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
    case 'token':
      return value;
    case 'basic':
      return Buffer.from(value, 'base64').toString('utf8').split(':').slice(1).join(':');
    default: {
      const cookie = new RegExp(`(?:^|;\\s*)${TOKEN_COOKIE}=([^;]+)`).exec(headers.cookie ?? '')?.[1];
      return cookie === undefined ? undefined : decodeCookie(cookie);
    }
  }
}

function decodeCookie(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
