import { z } from 'zod';
import { TABLE_PREFIX } from '../deepspeed-tables.ts';
import type { FormatContext, LineFormat, LineReading } from './types.ts';

const rowSchema = z.union([
  z.object({ problem: z.string() }),
  z.object({
    samples: z.number(),
    forward: z.number(),
    backward: z.number(),
    step: z.number(),
  }),
]);
type Row = Exclude<z.output<typeof rowSchema>, { problem: string }>;

const NO_BATCH_SIZE =
  'the table counts samples: its rows are numbered instead of steps; trainBatchSize tells the steps';

/**
 * DeepSpeed's CSV monitor with `wall_clock_breakdown: true`: forward, backward and optimizer of a step, each in a table of
 * its own. There is no clock, and the column called step holds samples.
 * @source deepspeedai/DeepSpeed deepspeed/runtime/engine.py, _write_monitor; deepspeed-tables.ts joins the tables
 */
export const deepspeedCsv: LineFormat = {
  name: 'deepspeed-csv',
  read(line, context) {
    if (!line.startsWith(TABLE_PREFIX)) return undefined;
    const row = rowSchema.safeParse(parse(line.slice(TABLE_PREFIX.length)));
    if (!row.success) return undefined;
    return 'problem' in row.data ? { problem: row.data.problem } : readRow(row.data, context);
  },
};

function readRow({ samples, forward, backward, step }: Row, context: FormatContext): LineReading {
  const { trainBatchSize } = context;
  const number = trainBatchSize === undefined ? ++context.counted : samples / trainBatchSize;
  if (!Number.isInteger(number)) {
    return {
      problem: `${samples} samples are no whole number of batches: is trainBatchSize: ${trainBatchSize} right?`,
    };
  }
  return {
    step: number,
    durationMs: forward + backward + step,
    phasesMs: { forward, backward, optimizer: step },
    ...(trainBatchSize === undefined ? { advice: NO_BATCH_SIZE } : {}),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
