import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { FabricError } from '../../errors.ts';
import { KNOWN_METRICS } from '../../otlp/intake.ts';
import { readMetricsJson } from '../../otlp/read-json.ts';
import { readMetricsProtobuf } from '../../otlp/read-protobuf.ts';
import { encodeProto } from '../../protobuf/writer.ts';
import { HttpError } from '../http-error.ts';
import type { HttpServices, OtlpSummary } from '../services.ts';
import type { HttpAnswer, Route } from '../types.ts';
import { WriteLimit } from '../write-limit.ts';

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

/** google.rpc codes by HTTP status. @source googleapis google/rpc/code.proto */
const RPC_CODES: Record<number, bigint> = { 400: 3n, 401: 16n, 403: 7n, 404: 5n, 413: 8n, 415: 3n, 429: 8n, 503: 14n };
const UNKNOWN_CODE = 2n;

/**
 * `POST /v1/metrics`: OTLP over HTTP. What means something here becomes steps and collectives; other metrics are taken
 * and counted.
 * @source https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export function otlpRoutes({ ingest, intake }: HttpServices): Route[] {
  const limit = new WriteLimit();
  return [
    {
      method: 'POST',
      path: '/v1/metrics',
      summary: 'Takes metrics of training jobs over OTLP/HTTP',
      scope: 'ingest',
      body: {
        description: 'ExportMetricsServiceRequest, gzip allowed',
        contentTypes: {
          [JSON_TYPE]: z.object({ resourceMetrics: z.array(z.looseObject({})) }),
          [PROTOBUF]: z.string(),
        },
      },
      answers: {
        200: {
          description: 'ExportMetricsServiceResponse in the type of the request; points refused are counted in it',
          schema: z.object({
            partialSuccess: z.object({ rejectedDataPoints: z.string(), errorMessage: z.string() }).optional(),
          }),
        },
        400: { description: 'Not a request; do not send it again' },
        413: { description: 'The body is too large' },
        503: { description: 'The store cannot take it now; see Retry-After' },
      },
      problem: otlpProblem,
      handle: (request) =>
        limit.run(async () => {
          const type = mediaType(request.headers);
          if (type !== PROTOBUF && type !== JSON_TYPE) {
            throw new HttpError(415, 'unsupported', `content-type must be ${PROTOBUF} or ${JSON_TYPE}`);
          }
          const summary = await ingest.otlp(read(type, await request.body()));
          intake.refused('OTLP metrics', summary.refused, summary.reasons.join('; '));
          return answer(type, summary);
        }),
    },
  ];
}

function read(type: string, body: Buffer) {
  try {
    if (type === JSON_TYPE) return readMetricsJson(body, KNOWN_METRICS);
    return { ...readMetricsProtobuf(body, KNOWN_METRICS), malformed: [] };
  } catch (error) {
    if (error instanceof FabricError) throw new HttpError(400, error.code, error.message);
    throw error;
  }
}

/** `application/json; charset=utf-8` is `application/json`. */
function mediaType(headers: IncomingHttpHeaders): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function answer(type: string, { refused, reasons }: OtlpSummary): HttpAnswer {
  const errorMessage = reasons.join('; ');
  const headers = { 'content-type': type };
  if (type === JSON_TYPE) {
    const partialSuccess = { rejectedDataPoints: String(refused), errorMessage };
    return { status: 200, headers, body: JSON.stringify(refused > 0 ? { partialSuccess } : {}) };
  }
  const partial = encodeProto([
    [1, BigInt(refused)],
    [2, errorMessage],
  ]);
  return { status: 200, headers, body: refused > 0 ? encodeProto([[1, partial]]) : Buffer.alloc(0) };
}

/** A failure as google.rpc.Status, in the type of the request. */
function otlpProblem(error: HttpError, headers: IncomingHttpHeaders): HttpAnswer {
  const { status, message } = error;
  const code = RPC_CODES[status] ?? UNKNOWN_CODE;
  if (mediaType(headers) !== PROTOBUF) {
    const body = JSON.stringify({ code: Number(code), message });
    return { status, headers: { 'content-type': JSON_TYPE, ...error.headers }, body };
  }
  const body = encodeProto([
    [1, code],
    [2, message],
  ]);
  return { status, headers: { 'content-type': PROTOBUF, ...error.headers }, body };
}
