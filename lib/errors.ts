/** The closed set of reasons anything here can fail for. */
export type FabricErrorCode =
  | 'config'
  | 'usage'
  | 'unreachable'
  | 'timeout'
  | 'unauthorized'
  | 'malformed'
  | 'unsupported'
  | 'too_large'
  | 'not_found'
  | 'conflict'
  | 'unavailable'
  | 'store'
  | 'cancelled'
  | 'invariant';

/** What an error may carry beside its message: never a secret, never a URL with credentials. */
export interface FabricErrorOptions {
  cause?: unknown;
  retryable?: boolean;
  context?: Record<string, string | number | boolean | null>;
}

/** The one base of every expected failure: typed, counted, survived. */
export class FabricError extends Error {
  readonly code: FabricErrorCode;
  readonly retryable: boolean;
  readonly context: Readonly<Record<string, string | number | boolean | null>>;

  constructor(code: FabricErrorCode, message: string, options: FabricErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.context = options.context ?? {};
  }
}

/** A configuration that cannot be used: the message names file, line, column and key. Commands exit 2. */
export class ConfigError extends FabricError {
  constructor(message: string, options?: FabricErrorOptions) {
    super('config', message, options);
  }
}

/** A command called with words it does not take. Commands exit 2. */
export class UsageError extends FabricError {
  constructor(message: string, options?: FabricErrorOptions) {
    super('usage', message, options);
  }
}

/** A device, host or exporter that did not answer, or not as its protocol says. */
export class CollectorError extends FabricError {}

/** Text or bytes from outside that no schema accepts; the message names the place (file and line, or byte). */
export class ParseError extends FabricError {
  constructor(message: string, options?: FabricErrorOptions) {
    super('malformed', message, options);
  }
}

/** The store could not write or answer. */
export class StoreError extends FabricError {}

/** A receiver could not be told. */
export class NotifyError extends FabricError {}

/** A bug of ours: the process stops rather than go on with wrong numbers. */
export class InvariantError extends FabricError {
  constructor(message: string, options?: FabricErrorOptions) {
    super('invariant', message, options);
  }
}

/** The one sentence to show for anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
