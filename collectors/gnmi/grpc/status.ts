import { CollectorError, type FabricErrorCode } from '../../../lib/errors.ts';
import { cleaned, percentDecoded } from './text.ts';

/**
 * Names of gRPC's status codes by number, and what each means for us. CANCELLED is the device's doing here: what we cancel
 * ourselves never comes back as a status.
 * @source gRPC core, statuscodes.md
 */
const STATUSES: readonly (readonly [name: string, code: FabricErrorCode])[] = [
  ['OK', 'unavailable'],
  ['CANCELLED', 'unavailable'],
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
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'unsupported',
};

/** Names of HTTP/2's error codes by number. @source RFC 9113, section 7 */
const RESETS = [
  ...['NO_ERROR', 'PROTOCOL_ERROR', 'INTERNAL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT', 'STREAM_CLOSED'],
  ...['FRAME_SIZE_ERROR', 'REFUSED_STREAM', 'CANCEL', 'COMPRESSION_ERROR', 'CONNECT_ERROR', 'ENHANCE_YOUR_CALM'],
  ...['INADEQUATE_SECURITY', 'HTTP_1_1_REQUIRED'],
];

/** Those that are not INTERNAL. @source gRPC over HTTP/2, Errors */
const OF_RESET: Readonly<Record<string, readonly [name: string, code: FabricErrorCode]>> = {
  REFUSED_STREAM: ['UNAVAILABLE', 'unavailable'],
  CANCEL: ['CANCELLED', 'unavailable'],
  ENHANCE_YOUR_CALM: ['RESOURCE_EXHAUSTED', 'too_large'],
  INADEQUATE_SECURITY: ['PERMISSION_DENIED', 'unavailable'],
};

/**
 * The error a status of gRPC stands for; null = OK.
 * @param status the header as it came @param message percent-encoded, as the header has it @param hide takes secrets out
 */
export function errorOfStatus(
  status: string,
  message: string,
  hide = (text: string): string => text,
): CollectorError | null {
  if (status === '0') return null;
  const known = /^\d{1,3}$/.test(status) ? STATUSES[Number(status)] : undefined;
  const [name, code] = known ?? [`status ${cleaned(status, 20) || 'without a number'}`, 'unavailable'];
  const text = cleaned(hide(percentDecoded(message)));
  return new CollectorError(code, text === '' ? `${name} without a reason` : `${name}: ${text}`);
}

/** The error of an answer without a status of gRPC. */
export function errorOfHttp(status: number): CollectorError {
  return new CollectorError(OF_HTTP[status] ?? 'unavailable', `HTTP ${status} instead of an answer of gRPC`);
}

/** The error of a call that one side of HTTP/2 has reset. */
export function errorOfReset(code: number): CollectorError {
  const reset = RESETS[code] ?? String(code);
  const [name, ours] = OF_RESET[reset] ?? ['INTERNAL', 'unavailable'];
  return new CollectorError(ours, `${name}: the call was reset (${reset})`);
}

/** What ended a connection, where its last word is a number. */
export function nameOfReset(code: number): string {
  return RESETS[code] ?? String(code);
}
