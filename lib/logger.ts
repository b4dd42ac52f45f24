import pino from 'pino';

/** Structured log: a constant lower-case message, values as fields. */
export type Logger = pino.Logger;

/**
 * The process's root logger. Logs go to stderr, so that `--json` commands own stdout.
 * Anything under a secret-looking key prints as `***`.
 */
export function createLogger(name: string, level = process.env.STALLSCOPE_LOG ?? 'info'): Logger {
  const secretKeys = ['community', 'password', 'privPassword', 'secret', 'token', 'authorization', 'url'];
  return pino(
    { name, level, redact: { paths: [...secretKeys, ...secretKeys.map((key) => `*.${key}`)], censor: '***' } },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** A logger that says nothing: for tests and replay. */
export const silentLogger: Logger = pino({ level: 'silent' });
