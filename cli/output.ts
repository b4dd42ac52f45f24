import { writeSync } from 'node:fs';

/** Writes a result to stdout, whole, even into a slow pipe that a following exit would cut off. */
export function print(text: string): void {
  let rest = Buffer.from(text.endsWith('\n') ? text : `${text}\n`, 'utf8');
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      // The reader has gone (| head): nothing more to say to it.
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** The one JSON document of a `--json` command. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

/** A sentence for the person at the terminal: stderr, so that stdout holds results only. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Rows under a header, columns aligned. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
