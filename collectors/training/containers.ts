import { basename } from 'node:path';
import { DeepspeedTables, stepTable } from './deepspeed-tables.ts';
import { EventRecords } from './event-records.ts';
import type { FormatName } from './formats/index.ts';
import { lightningCsv } from './formats/lightning-csv.ts';
import type { FormatContext } from './formats/types.ts';
import { type LineSource, LineSplitter } from './lines.ts';
import { TraceEvents } from './trace-events.ts';

/** A kind of file whose format follows from its name, or that is no text of lines. */
export interface Container {
  format: FormatName;
  /** Names its programs give such files. */
  named: RegExp;
  open: (path: string, context: FormatContext) => LineSource;
  /** Of several files that are one: the one to follow. */
  main?: (path: string) => string;
}

const CONTAINERS: readonly Container[] = [
  { format: 'tensorboard', named: /tfevents/, open: () => new EventRecords() },
  { format: 'pytorch-trace', named: /\.pt\.trace\.json$/, open: () => new TraceEvents() },
  {
    format: 'deepspeed-csv',
    named: /^Train_Samples_elapsed_time_ms_\w{1,64}\.csv$/,
    main: stepTable,
    open: (path, { parts }) => new DeepspeedTables(path, parts),
  },
  {
    format: 'lightning-csv',
    named: /^metrics\.csv$/,
    open: () => new LineSplitter(lightningCsv.longestLineBytes),
  },
  { format: 'hf-trainer-state', named: /^trainer_state\.json$/, open: () => new LineSplitter() },
];

/** What a file is, by the configured format, or by its name where that is `auto`; undefined for a log. */
export function containerOf(name: string, format: string): Container | undefined {
  return CONTAINERS.find(
    (container) => container.format === format || (format === 'auto' && container.named.test(name)),
  );
}

/** The files to follow of those that match: of files that are one, one. */
export function filesToFollow(paths: readonly string[], format: string): string[] {
  return [...new Set(paths.map((path) => containerOf(basename(path), format)?.main?.(path) ?? path))];
}
