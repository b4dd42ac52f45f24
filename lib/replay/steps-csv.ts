import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { ParseError } from '../errors.ts';
import type { StepRecord } from '../training/step.ts';

const cellNumber = z.string().trim().min(1, 'is empty').transform(Number).pipe(z.number().finite());
const optionalNumber = z
  .string()
  .trim()
  .transform((text) => (text === '' ? undefined : Number(text)))
  .pipe(z.number().finite().optional());

const rowSchema = z.object({
  job: z.string().min(1),
  step: cellNumber.pipe(z.number().int()),
  rank: optionalNumber.pipe(z.number().int().nonnegative().optional()).optional(),
  start_ms: cellNumber,
  end_ms: cellNumber,
  compute_end_ms: optionalNumber.optional(),
  host: z.string().optional(),
  tags: z.string().optional(),
});

const REQUIRED = ['job', 'step', 'start_ms', 'end_ms'];

/**
 * Reads `steps.csv`: one row per job, step and rank (no rank: the step of the whole job).
 * @returns the steps in order of their end
 * @throws ParseError naming the file and the row (the header is row 1)
 */
export function parseSteps(text: string, file: string): StepRecord[] {
  const steps: StepRecord[] = [];
  for (const [index, cells] of rowsOf(text, file).entries()) {
    const row = index + 2;
    const parsed = rowSchema.safeParse(cells);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw new ParseError(`${file}: row ${row}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is malformed'}`);
    }
    if (parsed.data.end_ms < parsed.data.start_ms) throw new ParseError(`${file}: row ${row}: ends before it starts`);
    steps.push(recordOf(parsed.data));
  }
  return steps.sort((a, b) => a.endMs - b.endMs);
}

function rowsOf(text: string, file: string): Record<string, string>[] {
  let rows: Record<string, string>[];
  try {
    rows = parse(text, { columns: true, bom: true, skip_empty_lines: true, relax_quotes: false });
  } catch (error) {
    const lines = (error as { lines?: unknown }).lines;
    const row = typeof lines === 'number' ? lines : 1;
    throw new ParseError(`${file}: row ${row}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const header = new Set(Object.keys(rows[0] ?? {}));
  const missing = rows.length === 0 ? undefined : REQUIRED.find((title) => !header.has(title));
  if (missing !== undefined) throw new ParseError(`${file}: row 1: there is no column "${missing}"`);
  return rows;
}

function recordOf(row: z.infer<typeof rowSchema>): StepRecord {
  const record: StepRecord = { job: row.job, step: row.step, startMs: row.start_ms, endMs: row.end_ms };
  if (row.rank !== undefined) record.rank = row.rank;
  if (row.host) record.host = row.host;
  if (row.compute_end_ms !== undefined) record.computeEndMs = row.compute_end_ms;
  if (row.tags) record.tags = row.tags.split(/[;|]/).filter((tag) => tag !== '');
  return record;
}
