import type { z } from 'zod';
import { HttpError } from './http-error.ts';

/** Records taken in one request. */
const MAX_RECORDS = 100_000;

/** Why one record was not taken. `index` counts from 0 in the order sent. */
export interface Rejection {
  index: number;
  code: 'malformed' | 'invalid';
  detail: string;
}

export interface CheckedRecords<T> {
  records: T[];
  rejected: Rejection[];
}

type RawRecord = { value: unknown } | { malformed: string };

/**
 * Records of a JSON array, a single JSON object or NDJSON, each checked by itself.
 * @throws HttpError 400 where nothing in the body is JSON, 413 where there are too many
 */
export function readRecords<Schema extends z.ZodType>(body: Buffer, schema: Schema): CheckedRecords<z.output<Schema>> {
  const raw = split(body.toString('utf8'));
  if (raw.length > MAX_RECORDS) {
    throw new HttpError(413, 'too_large', `more than ${MAX_RECORDS} records; send smaller batches`);
  }
  const checked: CheckedRecords<z.output<Schema>> = { records: [], rejected: [] };
  raw.forEach((entry, index) => {
    if ('malformed' in entry) {
      checked.rejected.push({ index, code: 'malformed', detail: entry.malformed });
      return;
    }
    const result = schema.safeParse(entry.value);
    if (result.success) checked.records.push(result.data);
    else checked.rejected.push({ index, code: 'invalid', detail: issueText(result.error) });
  });
  return checked;
}

function split(text: string): RawRecord[] {
  if (text.trim() === '') return [];
  const whole = parse(text);
  if ('value' in whole) return Array.isArray(whole.value) ? whole.value.map((value) => ({ value })) : [whole];
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const records = lines.map(parse);
  if (!records.some((record) => 'value' in record)) {
    throw new HttpError(400, 'malformed', 'the body is neither a JSON array nor one JSON object a line');
  }
  return records;
}

function parse(text: string): RawRecord {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { malformed: 'this is not JSON' };
  }
}

function issueText(error: z.ZodError): string {
  const issue = error.issues[0];
  const path = issue?.path.join('.') ?? '';
  return `${path === '' ? '' : `${path}: `}${issue?.message ?? 'is not valid'}`.slice(0, 300);
}
