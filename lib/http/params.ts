import { z } from 'zod';
import { fieldSchema } from '../api/documents.ts';
import type { Clock } from '../clock.ts';
import { parseDurationMs } from '../duration.ts';
import type { SampleField } from '../samples/fields.ts';
import { HttpError } from './http-error.ts';

/** Items of a list whose asker names no limit, and the most one may ask for. */
export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1000;

export const limitParam = z.coerce
  .number()
  .int()
  .min(1)
  .max(MAX_LIMIT)
  .optional()
  .describe(`Items a page; ${DEFAULT_LIMIT} by default`);
export const cursorParam = z.string().max(512).optional().describe('nextCursor of the page before');
export const pageParams = z.object({ limit: limitParam, cursor: cursorParam });

const timeText = z.string().max(64).optional();
export const timeParams = z.object({
  from: timeText.describe('Epoch ms, RFC 3339 or relative like now-15m'),
  to: timeText.describe('The same; default now'),
});

export const flagParam = z
  .enum(['true', 'false', '1', '0'])
  .optional()
  .transform((text) => text === 'true' || text === '1');

export const fieldsParam = z
  .string()
  .min(1)
  .transform((text, ctx): SampleField[] => {
    const fields: SampleField[] = [];
    for (const name of text.split(',')) {
      const field = fieldSchema.safeParse(name.trim());
      if (!field.success) {
        ctx.addIssue({ code: 'custom', message: `${JSON.stringify(name.slice(0, 64))} is not a field` });
        return z.NEVER;
      }
      fields.push(field.data);
    }
    return [...new Set(fields)];
  })
  .describe('Canonical field names, separated by commas');

/** Latest time the API speaks of: the year 9999. */
const MAX_TIME_MS = 253_402_300_799_999;

/**
 * Epoch ms, RFC 3339 or relative: `now`, `now-15m`, `now+1h30m`.
 * @returns Unix ms
 * @throws HttpError 400 naming the parameter
 */
export function parseTime(name: string, text: string, clock: Clock): number {
  const relative = /^now(?:([+-])(.+))?$/.exec(text.trim());
  // A "+" in a query string arrives as a blank.
  const spaced = /^now (.+)$/.exec(text.trim());
  try {
    if (relative) {
      const [, sign, duration] = relative;
      const offsetMs = duration === undefined ? 0 : parseDurationMs(duration);
      return clock.now() + (sign === '-' ? -offsetMs : offsetMs);
    }
    if (spaced?.[1] !== undefined) return clock.now() + parseDurationMs(spaced[1]);
  } catch {
    throw badTime(name, text);
  }
  const atMs = /^-?\d+$/.test(text) ? Number(text) : /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isFinite(atMs) || Math.abs(atMs) > MAX_TIME_MS) throw badTime(name, text);
  return atMs;
}

function badTime(name: string, text: string): HttpError {
  return new HttpError(
    400,
    'bad_parameter',
    `${name}: ${JSON.stringify(text.slice(0, 64))} is not a time; write epoch ms, RFC 3339 or now-15m`,
  );
}

/** `from` and `to` as Unix ms, each only where given. @throws HttpError 400 where `to` is before `from` */
export function timeRange(query: { from?: string | undefined; to?: string | undefined }, clock: Clock) {
  const range: { fromMs?: number; toMs?: number } = {};
  if (query.from !== undefined) range.fromMs = parseTime('from', query.from, clock);
  if (query.to !== undefined) range.toMs = parseTime('to', query.to, clock);
  if (range.fromMs !== undefined && range.toMs !== undefined && range.toMs < range.fromMs) {
    throw new HttpError(400, 'bad_parameter', 'to: is before from');
  }
  return range;
}

/**
 * Reads query parameters with a schema; keys it does not know are ignored.
 * @throws HttpError 400 naming the parameter
 */
export function readQuery<Schema extends z.ZodObject>(schema: Schema, query: URLSearchParams): z.output<Schema> {
  const raw: Record<string, string> = {};
  for (const key of Object.keys(schema.shape)) {
    const values = query.getAll(key);
    if (values.length > 0) raw[key] = values.join(',');
  }
  return checked(schema, raw);
}

/** @throws HttpError 400 naming the part */
export function checked<Schema extends z.ZodType>(schema: Schema, raw: unknown): z.output<Schema> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new HttpError(400, 'bad_parameter', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`);
}

/** Drops keys whose value is undefined: absent and undefined are two things to our types. */
export function defined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
