import { SAMPLE_FIELDS } from '../../lib/samples/fields.ts';
import type { SampleColumn, SampleFrame } from '../../lib/samples/frame.ts';
import type { SampleBlock } from '../../lib/store/block.ts';
import { SeenIntervals } from '../../lib/store/seen.ts';
import type { SeriesDictionary } from '../../lib/store/series.ts';

const SLOTS = 9;

interface OpenFrame {
  frame: SampleFrame;
  /** [field * 9 + priority + 1] */
  columns: (SampleColumn | undefined)[];
}

/** Where a series stands: its newest end that went to the analysis, and what ended then (see SeenIntervals). */
export type FedSeries = [device: string, port: string, priority: number, endMs: number, codes: number[]];

/**
 * Turns stored rows into frames for the analysis, in columns again: rows of one device that cover one interval per port
 * belong together. Rows at or before what a series has given already are late or repeated; they stay in the store and
 * are not given again.
 */
export class FrameFeed {
  readonly #seen = new SeenIntervals();
  /** Rows left out so far. */
  repeated = 0;

  constructor(private readonly dictionary: SeriesDictionary) {}

  /** Frames of a block, each device's in time order. */
  frames(block: SampleBlock): SampleFrame[] {
    const done: SampleFrame[] = [];
    const open = new Map<string, OpenFrame>();
    for (const row of rowsByTime(block)) {
      const series = block.series[row] as number;
      const startMs = block.startMs[row] as number;
      const endMs = block.endMs[row] as number;
      const quality = block.quality[row] as number;
      if (!this.#seen.isNew(series, startMs, endMs, quality)) {
        this.repeated++;
        continue;
      }
      const { device, priority } = this.dictionary.series[series] as { device: string; priority: number };
      const port = this.dictionary.portIndex[series] as number;
      let current = open.get(device);
      if (current && !fits(current.frame, port, startMs, endMs, quality)) {
        done.push(finished(current));
        current = undefined;
      }
      if (!current) {
        current = newFrame(device, this.dictionary.ports(device));
        open.set(device, current);
      }
      addRow(current, port, priority, block, row);
    }
    for (const frame of open.values()) done.push(finished(frame));
    return done;
  }

  /** For the snapshot beside the analysis' own. */
  snapshot(): FedSeries[] {
    const rows: FedSeries[] = [];
    this.dictionary.series.forEach(({ device, port, priority }, id) => {
      const saved = this.#seen.saved(id);
      if (saved) rows.push([device, port, priority, saved.endMs, saved.codes]);
    });
    return rows;
  }

  restore(rows: readonly FedSeries[]): void {
    for (const [device, port, priority, endMs, codes] of rows) {
      this.#seen.restore(this.dictionary.id(device, port, priority), endMs, codes);
    }
  }
}

/** Row numbers by end; a block usually is in order already. */
function rowsByTime(block: SampleBlock): Iterable<number> {
  const rows = Uint32Array.from({ length: block.length }, (_, row) => row);
  for (let row = 1; row < block.length; row++) {
    if ((block.endMs[row] as number) >= (block.endMs[row - 1] as number)) continue;
    return rows.sort((a, b) => (block.endMs[a] as number) - (block.endMs[b] as number) || a - b);
  }
  return rows;
}

function newFrame(device: string, ports: readonly string[]): OpenFrame {
  const size = ports.length;
  return {
    columns: new Array(SAMPLE_FIELDS.length * SLOTS).fill(undefined),
    frame: {
      device,
      ports,
      startMs: new Float64Array(size).fill(Number.NaN),
      endMs: new Float64Array(size).fill(Number.NaN),
      quality: new Uint8Array(size),
      columns: [],
    },
  };
}

/** Columns in one order whatever row came first: what reads frames may tell kinds of frames by their columns. */
function finished({ frame, columns }: OpenFrame): SampleFrame {
  frame.columns = columns.filter((column) => column !== undefined);
  return frame;
}

/** A port has one interval and one quality in a frame. */
function fits(frame: SampleFrame, port: number, startMs: number, endMs: number, quality: number): boolean {
  const known = frame.endMs[port] as number;
  if (Number.isNaN(known)) return true;
  return known === endMs && frame.startMs[port] === startMs && frame.quality[port] === quality;
}

function addRow(open: OpenFrame, port: number, priority: number, block: SampleBlock, row: number): void {
  const { frame, columns } = open;
  frame.startMs[port] = block.startMs[row] as number;
  frame.endMs[port] = block.endMs[row] as number;
  frame.quality[port] = block.quality[row] as number;
  for (let index = 0; index < SAMPLE_FIELDS.length; index++) {
    const value = block.columns[index]?.[row];
    const field = SAMPLE_FIELDS[index];
    if (value === undefined || Number.isNaN(value) || field === undefined) continue;
    const slot = index * SLOTS + priority + 1;
    let column = columns[slot];
    if (!column) {
      column = { field, priority, values: new Float64Array(frame.ports.length).fill(Number.NaN) };
      columns[slot] = column;
    }
    column.values[port] = value;
  }
}
