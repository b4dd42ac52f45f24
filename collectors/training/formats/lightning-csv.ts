import { csvCells } from './csv-cells.ts';
import type { FormatContext, LineFormat, LineReading } from './types.ts';

/** What NeMo logs, in seconds: a mean over the steps since the one before. */
const NEMO_COLUMN = 'train_step_timing in s';
const NAME = /^[A-Za-z_].{0,255}$/;
const STEP = /^\d{1,15}$/;
/** DeepSpeed's tables have a column "step" as well, which counts samples. */
const DEEPSPEED = 'elapsed_time_ms_';

const NO_TIME =
  'the table has no time of a step: log one, as self.log("step_time_s", seconds) in on_train_batch_end, and name its ' +
  'column (stepTime: {column: step_time_s}), or follow the TensorBoard files of the same run';

/**
 * Lightning's metrics.csv: rows that have a step and the time of one. There is no clock. When a new metric comes up,
 * and in older versions at every save, the whole table is written again under another header: rows told before are not
 * told again.
 * @source Lightning-AI/pytorch-lightning src/lightning/fabric/loggers/csv_logs.py; NVIDIA/NeMo TimingCallback
 */
export const lightningCsv: LineFormat = {
  name: 'lightning-csv',
  longestLineBytes: 64 * 1024,
  read(line, context) {
    // Before the header nothing is a row.
    if (!line.includes(',') || !(line.includes('step') || context.parts.columns !== undefined)) return undefined;
    const cells = csvCells(line);
    if (cells === undefined)
      return context.parts.columns === undefined ? undefined : { problem: 'a quote is left open' };
    return readHeader(cells, context) ?? readRow(cells, context);
  },
};

function readHeader(cells: readonly string[], { parts, stepTime }: FormatContext): LineReading {
  const step = cells.indexOf('step');
  if (step < 0 || !cells.every((cell) => NAME.test(cell) && !cell.startsWith(DEEPSPEED))) return undefined;
  const time = cells.indexOf(stepTime?.column ?? NEMO_COLUMN);
  Object.assign(parts, { columns: cells.length, step, time, begins: 1 });
  if (time >= 0) return 'known';
  return { advice: stepTime === undefined ? NO_TIME : `the table has no column "${stepTime.column}" (stepTime)` };
}

function readRow(cells: readonly string[], { parts, stepTime }: FormatContext): LineReading {
  const { columns, step = -1, time = -1 } = parts;
  if (columns === undefined) return undefined;
  if (cells.length !== columns) return { problem: `the row has ${cells.length} cells, the header ${columns}` };
  const text = cells[time] ?? '';
  if (text === '' || !STEP.test(cells[step] ?? '')) return 'known';
  const durationMs = Number(text) * (stepTime?.unit === 'ms' ? 1 : 1000);
  if (!(durationMs > 0 && durationMs < Number.POSITIVE_INFINITY)) return { problem: `${text.slice(0, 40)} is no time` };
  const parsed = { step: Number(cells[step]), durationMs };
  if (toldBefore(parts, parsed)) return 'known';
  return stepTime === undefined ? { ...parsed, mean: true } : parsed;
}

/** A table that begins with the row it began with before is the same one, written again. */
function toldBefore(parts: Record<string, number>, row: { step: number; durationMs: number }): boolean {
  if (parts.begins === 1) {
    const same = parts.firstStep === row.step && parts.firstMs === row.durationMs;
    Object.assign(parts, {
      begins: 0,
      firstStep: row.step,
      firstMs: row.durationMs,
      told: same ? parts.told : 0,
      row: 0,
    });
  }
  parts.row = (parts.row ?? 0) + 1;
  if (parts.row <= (parts.told ?? 0)) return true;
  parts.told = parts.row;
  return false;
}
