import { CollectorError, type FabricErrorCode } from '../../../lib/errors.ts';

const LONGEST_MESSAGE = 300;

/** Names of gRPC's status codes by number, and what each means for us. @source gRPC core, statuscodes.md */
const STATUSES: readonly (readonly [name: string, code: FabricErrorCode])[] = [
  ['OK', 'unavailable'],
  ['CANCELLED', 'cancelled'],
  ['UNKNOWN', 'unavailable'],
  ['INVALID_ARGUMENT', 'unsupported'],
  ['DEADLINE_EXCEEDED', 'timeout'],
  ['NOT_FOUND', 'unsupported'],
  ['ALREADY_EXISTS', 'unavailable'],
  ['PERMISSION_DENIED', 'unauthorized'],
  ['RESOURCE_EXHAUSTED', 'too_large'],
  ['FAILED_PRECONDITION', 'unavailable'],
  ['ABORTED', 'unavailable'],
  ['OUT_OF_RANGE', 'unavailable'],
  ['UNIMPLEMENTED', 'unsupported'],
  ['INTERNAL', 'unavailable'],
  ['UNAVAILABLE', 'unreachable'],
  ['DATA_LOSS', 'unavailable'],
  ['UNAUTHENTICATED', 'unauthorized'],
];

/** What a server that is not gRPC, or a proxy in front of it, says. @source gRPC core, http-grpc-status-mapping.md */
const OF_HTTP: Readonly<Record<number, FabricErrorCode>> = {
  400: 'unsupported',
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'unsupported',
  429: 'unreachable',
  502: 'unreachable',
  503: 'unreachable',
  504: 'unreachable',
};

/** The error a status of gRPC stands for. @param message percent-encoded, as the header has it */
export function errorOfStatus(status: number, message: string): CollectorError {
  const [name, code] = STATUSES[status] ?? [String(status), 'unavailable'];
  return new CollectorError(code, `${name}: ${decoded(message).slice(0, LONGEST_MESSAGE)}`);
}

export function errorOfHttp(status: number): CollectorError {
  return new CollectorError(OF_HTTP[status] ?? 'unavailable', `HTTP ${status} instead of an answer of gRPC`);
}

function decoded(message: string): string {
  let text = message;
  try {
    text = decodeURIComponent(message);
  } catch {
    // Not as the protocol has it: the text as it came.
  }
  return text.replace(/\p{Cc}+/gu, ' ');
}
