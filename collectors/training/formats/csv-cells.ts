import { parse } from 'csv-parse/sync';

/** The cells of one line of a table, or undefined where it is none (a quote is left open, or stands where none may). */
export function csvCells(line: string): string[] | undefined {
  // Most lines have no quotes: no need for the whole parser.
  if (!line.includes('"')) return line.split(',');
  try {
    return (parse(line, { relax_column_count: true }) as string[][])[0];
  } catch {
    return undefined;
  }
}
