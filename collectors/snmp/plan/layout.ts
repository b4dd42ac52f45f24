import type { ColumnSpec } from '../profiles/profile.ts';
import type { CounterOutput, Folds, GaugeOutput, StateOutput } from './plan.ts';

/** One value on the wire: where it is asked, and the slot it lands in once laid out. */
export interface Cell {
  group: number;
  /** row * columns + column */
  position: number;
  slot: number;
}

/** One column of the reading and, per port, the cells it is made from. */
export interface OutputDraft {
  spec: ColumnSpec;
  priority: number;
  scale: number;
  /** [port] */
  parts: (Cell[] | undefined)[];
}

export interface Layout {
  counters: CounterOutput[];
  gauges: GaugeOutput[];
  states: StateOutput[];
  folds: Folds;
  slots: number;
}

/**
 * Gives every cell a slot. A port's value that is one cell, unscaled, is decoded straight into the reading; the
 * others are decoded beside it and folded in afterwards.
 */
export function layOut(drafts: readonly OutputDraft[], ports: number): Layout {
  const layout: Layout = {
    counters: [],
    gauges: [],
    states: [],
    folds: {
      dest: new Int32Array(),
      start: new Int32Array(),
      source: new Int32Array(),
      scale: new Float64Array(),
      largest: new Uint8Array(),
    },
    slots: 0,
  };
  // Per-priority columns first: a port's total is folded from their slots.
  const ordered = [...drafts].sort((a, b) => b.priority - a.priority);
  const folds: FoldLists = { dest: [], start: [], source: [], scale: [], largest: [] };
  let extra = ordered.length * ports;
  for (const [o, draft] of ordered.entries()) {
    const base = o * ports;
    addOutput(layout, draft, base);
    for (let port = 0; port < ports; port++) {
      extra = place(draft, draft.parts[port] ?? [], base + port, extra, folds);
    }
  }
  layout.slots = extra;
  layout.folds = {
    dest: Int32Array.from(folds.dest),
    start: Int32Array.from([...folds.start, folds.source.length]),
    source: Int32Array.from(folds.source),
    scale: Float64Array.from(folds.scale),
    largest: Uint8Array.from(folds.largest),
  };
  return layout;
}

interface FoldLists {
  dest: number[];
  start: number[];
  source: number[];
  scale: number[];
  largest: number[];
}

function place(draft: OutputDraft, cells: readonly Cell[], dest: number, firstFree: number, folds: FoldLists): number {
  const [only] = cells;
  if (only === undefined) return firstFree;
  // Gauges are scaled when they become numbers.
  const scale = 'counter' in draft.spec.to ? draft.scale : 1;
  if (cells.length === 1 && scale === 1 && only.slot < 0) {
    only.slot = dest;
    return firstFree;
  }
  let free = firstFree;
  folds.dest.push(dest);
  folds.start.push(folds.source.length);
  folds.largest.push('gauge' in draft.spec.to ? 1 : 0);
  for (const cell of cells) {
    if (cell.slot < 0) cell.slot = free++;
    folds.source.push(cell.slot);
    folds.scale.push(scale);
  }
  return free;
}

function addOutput(layout: Layout, draft: OutputDraft, base: number): void {
  const { to } = draft.spec;
  const { priority } = draft;
  if ('counter' in to) {
    const { object, unprovenUs = false } = draft.spec;
    layout.counters.push({ counter: to.counter, priority, widthBits: to.widthBits, unprovenUs, object, base });
  } else if ('gauge' in to) {
    layout.gauges.push({ gauge: to.gauge, priority, sinceCleared: to.sinceCleared ?? false, scale: draft.scale, base });
  } else {
    layout.states.push({ state: to.state, base });
  }
}
