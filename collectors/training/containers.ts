import { EventRecords } from './event-records.ts';
import type { FormatName } from './formats/index.ts';
import type { LineSource } from './lines.ts';
import { TraceEvents } from './trace-events.ts';

/** A kind of file that is no text of lines. */
export interface Container {
  format: FormatName;
  /** Names its programs give such files. */
  named: RegExp;
  open: () => LineSource;
}

const CONTAINERS: readonly Container[] = [
  { format: 'tensorboard', named: /tfevents/, open: () => new EventRecords() },
  { format: 'pytorch-trace', named: /\.pt\.trace\.json$/, open: () => new TraceEvents() },
];

/** What a file is, by the configured format, or by its name where that is `auto`; undefined for text. */
export function containerOf(name: string, format: string): Container | undefined {
  return CONTAINERS.find(
    (container) => container.format === format || (format === 'auto' && container.named.test(name)),
  );
}
