import { FabricError, type FabricErrorCode } from '../errors.ts';
import { HttpError } from './http-error.ts';
import type { HttpAnswer } from './types.ts';

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Unprocessable',
  500: 'Internal error',
  503: 'Unavailable',
};

const STATUS: Record<FabricErrorCode, number> = {
  config: 422,
  usage: 400,
  unreachable: 503,
  timeout: 503,
  unauthorized: 401,
  malformed: 400,
  unsupported: 415,
  too_large: 413,
  not_found: 404,
  conflict: 409,
  unavailable: 503,
  store: 503,
  cancelled: 503,
  invariant: 500,
};

/** What may be told of anything thrown: our own errors say what is wrong, anything else only that something is. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof FabricError && error.code !== 'invariant') {
    const status = STATUS[error.code];
    return new HttpError(status, error.code, error.message, status === 503 ? { 'retry-after': '1' } : {});
  }
  return new HttpError(500, 'internal', 'something went wrong here; the log has it under this request id');
}

/** RFC 9457 problem document. */
export function problemAnswer(error: HttpError, requestId: string): HttpAnswer {
  const { status, code } = error;
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...error.headers },
    body: JSON.stringify({
      type: 'about:blank',
      title: TITLES[status] ?? 'Error',
      status,
      detail: error.message,
      code,
      requestId,
    }),
  };
}

/** Codes of the Influx v2 API by status. @source https://docs.influxdata.com/influxdb/v2/api/ (Error) */
const INFLUX_CODES: Record<number, string> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not found',
  413: 'request too large',
  415: 'invalid',
  422: 'unprocessable entity',
  503: 'unavailable',
};

/** A failure in the form Influx clients read. */
export function influxProblem(error: HttpError): HttpAnswer {
  return {
    status: error.status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...error.headers },
    body: JSON.stringify({ code: INFLUX_CODES[error.status] ?? 'internal error', message: error.message }),
  };
}
