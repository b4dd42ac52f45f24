import { z } from 'zod';
import { HttpError } from '../http-error.ts';
import type { HttpServices, RemoteWriteSummary } from '../services.ts';
import type { HttpAnswer, HttpRequest, Route } from '../types.ts';
import { WriteLimit } from '../write-limit.ts';

const PROTOBUF = 'application/x-protobuf';

/**
 * `POST /api/v1/write`: Prometheus remote write 1.0. A sender keeps what it is told to send later (5xx) and drops what
 * is wrong (4xx); newer protocols are refused with 415, upon which senders fall back to this one.
 * @source https://prometheus.io/docs/specs/prw/remote_write_spec/
 */
export function remoteWriteRoutes({ ingest }: HttpServices): Route[] {
  const limit = new WriteLimit();
  return [
    {
      method: 'POST',
      path: '/api/v1/write',
      summary: 'Takes what Prometheus scraped of exporters (remote write 1.0)',
      scope: 'ingest',
      body: { description: 'WriteRequest, packed with snappy', contentTypes: { [PROTOBUF]: z.string() } },
      answers: {
        204: { description: 'Everything is stored; samples that are late or came before are left out' },
        400: { description: 'Not a request, or samples that cannot be used; do not send it again' },
        413: { description: 'The body is too large' },
        415: { description: 'Another protocol or packing' },
        503: { description: 'The store cannot take it now; see Retry-After' },
      },
      handle: (request) =>
        limit.run(async () => {
          checkHeaders(request);
          return answer(await ingest.remoteWrite(await request.body()));
        }),
    },
  ];
}

function checkHeaders({ headers }: HttpRequest): void {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const proto = parameters.map((text) => text.trim()).find((text) => text.startsWith('proto='));
  if (type.trim() !== PROTOBUF || (proto !== undefined && proto !== 'proto=prometheus.writerequest')) {
    throw new HttpError(415, 'unsupported', `content-type must be ${PROTOBUF}, remote write 1.0`);
  }
  if ((headers['content-encoding'] ?? '').trim().toLowerCase() !== 'snappy') {
    throw new HttpError(415, 'unsupported', 'content-encoding must be snappy');
  }
}

function answer({ accepted, refused, reasons }: RemoteWriteSummary): HttpAnswer {
  if (refused === 0) return { status: 204 };
  throw new HttpError(
    400,
    'invalid',
    `${refused} of ${accepted + refused} samples refused, the others are stored: ${reasons.join('; ')}`,
  );
}
