/** Keys whose values are secrets: each may also be given as `<key>File`, and none is ever printed. */
export const SECRET_KEYS = ['community', 'password', 'privPassword', 'secret', 'token', 'routingKey'] as const;

const SECRETS: ReadonlySet<string> = new Set(SECRET_KEYS);

/** True for a key whose value must not be shown. */
export function isSecretKey(key: string): boolean {
  return SECRETS.has(key);
}

/** The secret key that `<key>File` stands for, or undefined. */
export function secretOfFileKey(key: string): string | undefined {
  if (!key.endsWith('File')) return undefined;
  const name = key.slice(0, -4);
  return SECRETS.has(name) ? name : undefined;
}

/** A copy of any plain value that may be printed: secrets are `***`, and URLs lose credentials, path and query. */
export function redactSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redactSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => {
      if (isSecretKey(key)) return [key, entry === undefined ? undefined : maskAll(entry)];
      if (key === 'url' && typeof entry === 'string') return [key, redactUrl(entry)];
      return [key, redactSecrets(entry)];
    }),
  );
}

function maskAll(entry: unknown): unknown {
  return Array.isArray(entry) ? entry.map(() => '***') : '***';
}

/** Scheme and host only: a webhook's path is often the secret itself. */
export function redactUrl(text: string): string {
  try {
    const url = new URL(text);
    const rest = url.pathname === '/' && url.search === '' ? '' : '/***';
    return `${url.protocol}//${url.host}${rest}`;
  } catch {
    return '***';
  }
}
