import type { DuckDBResult } from '@duckdb/node-api';
import bindings from '@duckdb/node-bindings';
import type { SeriesRef } from '../series.ts';
import type { WireRows } from './protocol.ts';

/** Gathers result chunks of several files into flat arrays. */
export class RowCollector {
  readonly #series: SeriesRef[] = [];
  readonly #ids = new Map<string, number>();
  readonly #index: number[] = [];
  readonly #numbers: number[][];

  constructor(private readonly fields: number) {
    this.#numbers = Array.from({ length: fields + 3 }, () => []);
  }

  async add(result: DuckDBResult, firstOnly: boolean): Promise<void> {
    // File ids mean nothing outside their file.
    const known = new Map<number, number>();
    for (;;) {
      const chunk = await result.fetchChunk();
      if (!chunk || chunk.rowCount === 0) return;
      const count = chunk.rowCount;
      const numbers = this.#numbers.map((_, column) => doubles(chunk.chunk, column, count));
      const ids = chunk.getColumnVector(this.fields + 3);
      for (let row = 0; row < count; row++) {
        const fileId = Number(ids.getItem(row));
        let index = known.get(fileId);
        if (index === undefined) {
          const ref = {
            device: String(chunk.getColumnVector(this.fields + 4).getItem(row)),
            port: String(chunk.getColumnVector(this.fields + 5).getItem(row)),
            priority: Number(chunk.getColumnVector(this.fields + 6).getItem(row)),
          };
          const before = this.#series.length;
          index = this.#indexOf(ref);
          // With newest rows wanted and files read newest first, a series that is there already is done.
          if (firstOnly && index < before) index = -1;
          known.set(fileId, index);
        }
        if (index < 0) continue;
        this.#index.push(index);
        for (let column = 0; column < numbers.length; column++) {
          this.#numbers[column]?.push(numbers[column]?.[row] ?? Number.NaN);
        }
      }
    }
  }

  #indexOf(ref: SeriesRef): number {
    const key = JSON.stringify([ref.device, ref.port, ref.priority]);
    let index = this.#ids.get(key);
    if (index === undefined) {
      index = this.#series.length;
      this.#ids.set(key, index);
      this.#series.push(ref);
    }
    return index;
  }

  finish(order: 'series' | 'time'): WireRows {
    const rows = this.#index.map((_, row) => row);
    // Files are read in time order, so a stable sort by series keeps each series in time order.
    if (order === 'series') rows.sort((a, b) => (this.#index[a] ?? 0) - (this.#index[b] ?? 0));
    const column = (values: number[] | undefined) => Float64Array.from(rows, (row) => values?.[row] ?? Number.NaN);
    const [endMs, intervalMs, quality, ...fields] = this.#numbers;
    return {
      series: this.#series,
      index: Int32Array.from(rows, (row) => this.#index[row] ?? 0),
      endMs: column(endMs),
      intervalMs: column(intervalMs),
      quality: column(quality),
      columns: fields.map(column),
    };
  }
}

/** A column of doubles without nulls, copied out of the chunk. */
function doubles(chunk: Parameters<typeof bindings.data_chunk_get_vector>[0], column: number, count: number) {
  const bytes = bindings.vector_get_data(bindings.data_chunk_get_vector(chunk, column), count * 8);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + count * 8));
}
