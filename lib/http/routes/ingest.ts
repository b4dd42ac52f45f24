import { z } from 'zod';
import {
  collectiveInputSchema,
  collectorEventSchema,
  ingestAnswerSchema,
  jobInputSchema,
  stepInputSchema,
  windowInputSchema,
} from '../../api/ingest.ts';
import { deliverySchema } from '../../api/views.ts';
import { errorMessage } from '../../errors.ts';
import { HttpError } from '../http-error.ts';
import { IdempotencyKeys } from '../idempotency.ts';
import { checked } from '../params.ts';
import { readRecords } from '../records.ts';
import type { HttpServices } from '../services.ts';
import type { Route } from '../types.ts';
import { jsonAnswer } from './answers.ts';

/** Doors for records: `POST /api/v1/ingest/...`, JSON array or NDJSON, good records kept and bad ones named. */
export function ingestRoutes({ ingest, windows, clock, intake, sendTest }: HttpServices): Route[] {
  const keys = new IdempotencyKeys(clock);
  const take = <Schema extends z.ZodType>(
    name: string,
    summary: string,
    schema: Schema,
    store: (records: z.output<Schema>[]) => Promise<void>,
    path = `/api/v1/ingest/${name}`,
  ): Route => ({
    method: 'POST',
    path,
    summary,
    scope: 'ingest',
    body: {
      description: 'A JSON array or one JSON object a line; the header Idempotency-Key is honoured',
      contentTypes: { 'application/json': z.array(schema), 'application/x-ndjson': schema },
    },
    answers: { 202: { description: 'What was taken and what was not', schema: ingestAnswerSchema } },
    handle: async (request) => {
      const body = await request.body();
      const header = request.headers['idempotency-key'];
      const key = Array.isArray(header) ? header[0] : header;
      return keys.run(key === undefined ? undefined : `${name} ${key}`, body, async () => {
        const { records, rejected } = noted(name, () => readRecords(body, schema));
        intake.refused(name, rejected.length, rejected[0]?.detail ?? '');
        if (records.length > 0) await store(records);
        return jsonAnswer({ accepted: records.length, rejected }, 202);
      });
    },
  });
  /** A body that is none at all counts as one record. */
  const noted = <T>(name: string, read: () => T): T => {
    try {
      return read();
    } catch (error) {
      intake.refused(name, 1, errorMessage(error));
      throw error;
    }
  };
  return [
    take('steps', 'Training steps, of a job or of single ranks', stepInputSchema, (steps) => ingest.steps(steps)),
    take('jobs', 'Where training jobs run', jobInputSchema, (jobs) => ingest.jobs(jobs)),
    take('collectives', 'Collective operations as ranks saw them', collectiveInputSchema, (records) =>
      ingest.collectives(records),
    ),
    take('events', 'What collectors say: target health, links, episodes', collectorEventSchema, (events) =>
      ingest.events(events),
    ),
    take(
      'windows',
      'Named spans of time, of benchmarks and the like',
      windowInputSchema,
      (records) => windows.add(records),
      '/api/v1/windows',
    ),
    {
      method: 'POST',
      path: '/api/v1/alerts/test',
      summary: 'Sends a test message to a receiver',
      scope: 'admin',
      body: { description: 'Which receiver', contentTypes: { 'application/json': testSchema } },
      answers: { 202: { description: 'The message is on its way', schema: deliverySchema } },
      handle: async (request) => {
        const { receiver } = checked(testSchema, parseJson(await request.body()));
        return jsonAnswer(await sendTest(receiver), 202);
      },
    },
  ];
}

const testSchema = z.object({ receiver: z.string().min(1).max(256) });

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new HttpError(400, 'malformed', 'the body is not JSON');
  }
}
