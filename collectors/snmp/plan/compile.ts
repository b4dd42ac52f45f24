import type { FoundInterface } from '../discovery/interfaces.ts';
import type { FoundRow } from '../discovery/tables.ts';
import type { ColumnSpec } from '../profiles/profile.ts';
import { encodeIndex, encodeOid, parseOid } from '../wire/oid.ts';
import { type ColumnGroup, chooseColumns, targetName, type UsableTable } from './columns.ts';
import { prefixWordsOf, rowWordsOf } from './decode.ts';
import { type Cell, layOut, type OutputDraft } from './layout.ts';
import { refuseNarrowOctets } from './narrow.ts';
import type { PlanGroup, PollPlan } from './plan.ts';

/** What the plan is made from. */
export interface PlanInput {
  interfaces: readonly FoundInterface[];
  /** Tables in order of preference: the first that has a counter gives it. */
  tables: readonly UsableTable[];
  intervalMs: number;
  /** Bytes per buffer cell; null where unknown, then columns counted in cells are refused. */
  cellSize: number | null;
  /** Columns asked in one request at most. */
  maxColumns: number;
}

/** Unwanted rows between two wanted ones that are cheaper to read over than to ask around. */
const MAX_GAP = 4;

/** Works out which columns of which rows are asked together and where each value goes. Pure. */
export function compilePlan(input: PlanInput): PollPlan {
  const polled = input.interfaces.filter((found) => found.polled);
  const draft = new PlanDraft(input, polled);
  const groups = chooseColumns(input.tables, input.maxColumns);
  for (const [g, group] of groups.entries()) draft.addGroup(g, group);
  const layout = layOut([...draft.outputs.values()], polled.length);
  const finished = groups.map((group, g) => finishGroup(group, draft.cells[g] ?? [], draft.portOf));
  // The octets say when a port was read; without any, its state does.
  const clocks = finished.filter((_, g) => groups[g]?.columns.some(({ spec }) => targetName(spec) === 'rxBytes'));
  for (const group of clocks.length > 0 ? clocks : finished) group.clock = true;
  return {
    ports: polled.map((found) => found.name),
    counters: layout.counters,
    gauges: layout.gauges,
    states: layout.states,
    slots: layout.slots,
    groups: finished,
    folds: layout.folds,
    linkRateBitsPerSec: Float64Array.from(polled, (found) =>
      found.speedMbps > 0 ? found.speedMbps * 1e6 : Number.NaN,
    ),
    refused: [...draft.refused],
  };
}

/** Collects the columns of the reading while walking over the groups' cells. */
class PlanDraft {
  readonly outputs = new Map<string, OutputDraft>();
  readonly refused = new Set<string>();
  /** [group] its cells. */
  readonly cells: Cell[][] = [];
  /** ifIndex to port. */
  readonly portOf: Map<number, number>;

  constructor(
    private readonly input: PlanInput,
    private readonly polled: readonly FoundInterface[],
  ) {
    this.portOf = new Map(polled.map((found, port) => [found.ifIndex, port]));
  }

  addGroup(g: number, group: ColumnGroup): void {
    const cells: Cell[] = [];
    this.cells.push(cells);
    for (const [c, column] of group.columns.entries()) {
      const scale = this.scaleOf(column.spec);
      if (scale === null) continue;
      for (const [row, found] of group.rows.entries()) {
        const port = this.portOf.get(found.ifIndex);
        if (port === undefined || this.refuses(column.spec, port)) continue;
        const cell: Cell = { group: g, position: row * group.columns.length + c, slot: -1 };
        cells.push(cell);
        const priority = column.spec.priority ?? found.priority;
        const spec = specOf(column.spec, found);
        this.addPart(spec, priority, scale, port, cell);
        if (column.totals && priority >= 0) this.addPart(spec, -1, scale, port, cell);
      }
    }
  }

  private addPart(spec: ColumnSpec, priority: number, scale: number, port: number, cell: Cell): void {
    const key = `${targetName(spec)}|${priority}`;
    let output = this.outputs.get(key);
    if (output === undefined) {
      output = { spec, priority, scale, parts: [] };
      this.outputs.set(key, output);
    }
    const parts = output.parts[port] ?? [];
    parts.push(cell);
    output.parts[port] = parts;
  }

  private scaleOf(spec: ColumnSpec): number | null {
    const scale = spec.scale ?? 1;
    if (spec.scaleBy !== 'cellSize') return scale;
    if (this.input.cellSize !== null) return scale * this.input.cellSize;
    this.refused.add(`${spec.object}: counted in buffer cells, and the device does not say how large a cell is`);
    return null;
  }

  private refuses(spec: ColumnSpec, port: number): boolean {
    const { to } = spec;
    if (!('counter' in to) || to.widthBits !== 32) return false;
    if (to.counter !== 'rxBytes' && to.counter !== 'txBytes') return false;
    const reason = refuseNarrowOctets(spec.object, this.polled[port]?.speedMbps ?? 0, this.input.intervalMs);
    if (reason !== null) this.refused.add(reason);
    return reason !== null;
  }
}

/** The column as it is meant in this row. */
function specOf(spec: ColumnSpec, { index }: FoundRow): ColumnSpec {
  const { toByIndex } = spec;
  const to = toByIndex?.targets[index[toByIndex.part] ?? -1];
  return to === undefined ? spec : { ...spec, to };
}

function finishGroup(group: ColumnGroup, placed: readonly Cell[], portOf: ReadonlyMap<number, number>): PlanGroup {
  const columns = group.columns.length;
  const cells = new Int32Array(group.rows.length * columns).fill(-1);
  const wanted = new Uint8Array(group.rows.length);
  for (const { position, slot } of placed) {
    cells[position] = slot;
    wanted[Math.floor(position / columns)] = 1;
  }
  const rows = group.rows.map((row) => encodeIndex(row.index));
  const rowStart = new Uint32Array(rows.length + 1);
  for (const [r, row] of rows.entries()) rowStart[r + 1] = (rowStart[r] ?? 0) + row.length;
  const rowBytes = Uint8Array.from(Buffer.concat(rows));
  const prefixes = group.columns.map(({ table, spec }) => encodeOid([...parseOid(table.entry), spec.column]));
  return {
    tables: [...new Set(group.columns.map(({ table }) => table.table))].join(', '),
    columns: group.columns,
    prefixes,
    prefixWords: prefixes.map(prefixWordsOf),
    rowBytes,
    rowStart,
    rowWords: rowWordsOf(rowBytes, rowStart),
    nameBytes: longest(prefixes) + longest(rows),
    indexes: group.rows.map((row) => row.index),
    rowOf: null,
    cells,
    portOf: Int32Array.from(group.rows, (row) => portOf.get(row.ifIndex) ?? -1),
    runs: runsOf(wanted),
    clock: false,
  };
}

function longest(parts: readonly Uint8Array[]): number {
  return parts.reduce((most, { length }) => Math.max(most, length), 0);
}

/** Stretches of wanted rows; small gaps are read over. */
function runsOf(wanted: Uint8Array): [number, number][] {
  const runs: [number, number][] = [];
  for (let row = 0; row < wanted.length; row++) {
    if (wanted[row] === 0) continue;
    const last = runs.at(-1);
    if (last !== undefined && row - last[1] <= MAX_GAP) last[1] = row + 1;
    else runs.push([row, row + 1]);
  }
  return runs;
}
