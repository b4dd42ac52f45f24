import { z } from 'zod';
import { PRECISIONS, type Precision, type ReadSummary } from '../../line-protocol/point.ts';
import { HttpError } from '../http-error.ts';
import type { HttpServices } from '../services.ts';
import type { HttpAnswer, HttpRequest, Route } from '../types.ts';
import { WriteLimit } from '../write-limit.ts';
import { jsonAnswer } from './answers.ts';

const V2_PRECISIONS: readonly Precision[] = ['ns', 'us', 'ms', 's'];

/** Doors for everything that speaks line protocol: Influx v2 and v1 writes and pings. */
export function writeRoutes({ ingest, intake, version }: HttpServices): Route[] {
  const limit = new WriteLimit();
  const write = (request: HttpRequest, precisions: readonly Precision[]): Promise<HttpAnswer> =>
    limit.run(async () => {
      const precision = precisionOf(request.query.get('precision'), precisions);
      const summary = await ingest.lines(await request.body(), precision);
      intake.refused('line protocol', summary.refused, problemText(summary));
      return writeAnswer(summary);
    });
  const lines = { description: 'Line protocol', contentTypes: { 'text/plain': z.string() } };
  const answers = {
    204: { description: 'Everything is stored' },
    400: { description: 'Some lines are malformed; the others are stored' },
    413: { description: 'The body is too large' },
    503: { description: 'The store cannot take it now; see Retry-After' },
  };
  const ping = (): HttpAnswer => ({
    status: 204,
    headers: { 'x-influxdb-version': `stallscope-${version}`, 'x-influxdb-build': 'stallscope' },
  });
  return [
    {
      method: 'POST',
      path: '/api/v2/write',
      summary: 'Writes samples as Influx v2 does',
      scope: 'ingest',
      influx: true,
      query: z.object({
        org: z.string().optional(),
        bucket: z.string().optional(),
        precision: z.enum(['ns', 'us', 'ms', 's']).optional(),
      }),
      body: lines,
      answers,
      handle: (request) => write(request, V2_PRECISIONS),
    },
    {
      method: 'POST',
      path: '/write',
      summary: 'Writes samples as Influx v1 does',
      scope: 'ingest',
      influx: true,
      undocumented: true,
      body: lines,
      answers,
      handle: (request) => write(request, PRECISIONS),
    },
    {
      method: 'POST',
      path: '/query',
      summary: 'Lets Influx v1 clients create their database',
      scope: 'ingest',
      influx: true,
      undocumented: true,
      answers: { 200: { description: 'Nothing to create' } },
      handle: async (request) => {
        const statement =
          request.query.get('q') ?? new URLSearchParams((await request.body()).toString()).get('q') ?? '';
        if (/^\s*create\s+database\b/i.test(statement)) return jsonAnswer({ results: [] });
        throw new HttpError(400, 'unsupported', 'only CREATE DATABASE is answered here; read with /api/v1');
      },
    },
    ...(['GET', 'HEAD'] as const).map(
      (method): Route => ({
        method,
        path: '/ping',
        summary: 'Is anyone there?',
        scope: 'open',
        undocumented: true,
        answers: { 204: { description: 'Yes' } },
        handle: ping,
      }),
    ),
  ];
}

function precisionOf(text: string | null, allowed: readonly Precision[]): Precision {
  if (text === null || text === '') return 'ns';
  const precision = allowed.find((known) => known === text);
  if (!precision) {
    throw new HttpError(
      400,
      'invalid',
      `precision ${JSON.stringify(text.slice(0, 20))} is not one of ${allowed.join(', ')}`,
    );
  }
  return precision;
}

function writeAnswer({ accepted, refused, problems }: ReadSummary): HttpAnswer {
  if (refused === 0) return { status: 204 };
  const more = refused > problems.length ? `; and ${refused - problems.length} more` : '';
  throw new HttpError(
    400,
    'invalid',
    `${refused} of ${accepted + refused} points refused, the others are stored: ${problemText({ problems })}${more}`,
  );
}

function problemText({ problems }: Pick<ReadSummary, 'problems'>): string {
  return problems.map(({ line, message }) => `line ${line}: ${message}`).join('; ');
}
