import { type DuckDBAppender, DuckDBDataChunk, type DuckDBType } from '@duckdb/node-api';
import bindings from '@duckdb/node-bindings';

/** Rows of one hour file, ready to append: `series` are ids of that file. */
export interface HourRows {
  length: number;
  series: Int32Array;
  endMs: Float64Array;
  intervalMs: Float64Array;
  quality: Uint8Array;
  columns: (Float64Array | undefined)[];
}

/** Values of a column, as DuckDB keeps them. */
export type ColumnValues = Int32Array | Float64Array | Uint8Array;

/**
 * Appends columns through one chunk that is used again and again (a new one each time grows the process to gigabytes).
 * Typed arrays are copied as they are; only the validity bits of a partly filled column are computed.
 */
export class ChunkAppender {
  readonly #size = bindings.vector_size();
  readonly #chunk: DuckDBDataChunk;
  readonly #allMissing = new Uint8Array(this.#size / 8);
  readonly #validity = new Uint8Array(this.#size / 8);

  /**
   * @param types of the columns
   * @param optionalFrom columns from here on are doubles that may be missing
   */
  constructor(
    types: DuckDBType[],
    private readonly optionalFrom: number,
  ) {
    this.#chunk = DuckDBDataChunk.create(types);
  }

  /** @param columns one for each type; undefined and NaN are missing values */
  append(appender: DuckDBAppender, length: number, columns: readonly (ColumnValues | undefined)[]): void {
    for (let from = 0; from < length; from += this.#size) {
      const count = Math.min(this.#size, length - from);
      this.#chunk.reset();
      columns.forEach((values, column) => {
        if (column < this.optionalFrom && values) this.#copy(column, values, from, count);
        else this.#copyOptional(column, values as Float64Array | undefined, from, count);
      });
      bindings.data_chunk_set_size(this.#chunk.chunk, count);
      appender.appendDataChunk(this.#chunk);
    }
  }

  #copy(column: number, values: ColumnValues, from: number, count: number): void {
    const vector = bindings.data_chunk_get_vector(this.#chunk.chunk, column);
    const width = values.BYTES_PER_ELEMENT;
    bindings.copy_data_to_vector(
      vector,
      0,
      values.buffer as ArrayBuffer,
      values.byteOffset + from * width,
      count * width,
    );
  }

  #copyOptional(column: number, values: Float64Array | undefined, from: number, count: number): void {
    if (!values) {
      this.#setValidity(column, this.#allMissing);
      return;
    }
    this.#copy(column, values, from, count);
    const validity = this.#validity.fill(0);
    let missing = 0;
    for (let row = 0; row < count; row++) {
      const value = values[from + row] as number;
      if (!Number.isNaN(value)) validity[row >> 3] = (validity[row >> 3] as number) | (1 << (row & 7));
      else missing++;
    }
    if (missing > 0) this.#setValidity(column, validity);
  }

  #setValidity(column: number, bits: Uint8Array): void {
    const vector = bindings.data_chunk_get_vector(this.#chunk.chunk, column);
    bindings.vector_ensure_validity_writable(vector);
    bindings.copy_data_to_vector_validity(vector, 0, bits.buffer as ArrayBuffer, bits.byteOffset, bits.byteLength);
  }
}
