import { fieldFromSnake, QUALITIES, type Quality } from '../samples/fields.ts';
import type { Sample } from '../samples/sample.ts';
import { nameOfTag } from './remote-names.ts';

/** The field with the length of a row's interval. */
export const INTERVAL_FIELD = 'interval_ms';

/** Tags of a point as the database gives them back; what is missing or empty was not set. */
export type PointTags = Readonly<Record<string, string | undefined>>;

interface Row extends Omit<Sample, 'startMs'> {
  lengthMs: number | undefined;
}

/** Puts rows together again from a database that answers field by field. */
export class RemoteRows {
  readonly #rows = new Map<string, Map<number, Row>>();

  /** Takes one value. Fields that are none of ours, and points without the tags of a port, are left aside. */
  add(tags: PointTags, field: string, endMs: number, value: number): void {
    const { device, port } = tags;
    const name = field === INTERVAL_FIELD ? undefined : fieldFromSnake(field);
    if (!device || !port || !Number.isFinite(value) || (name === undefined && field !== INTERVAL_FIELD)) return;
    const row = this.#row(tags, device, port, endMs);
    if (name === undefined) row.lengthMs = value;
    else row.fields[name] = value;
  }

  /** The rows whose interval is known, in no particular order. */
  *samples(): Generator<Sample> {
    for (const rows of this.#rows.values()) {
      for (const { lengthMs, ...row } of rows.values()) {
        if (lengthMs === undefined || !(lengthMs > 0) || Object.keys(row.fields).length === 0) continue;
        yield { ...row, startMs: row.endMs - lengthMs };
      }
    }
  }

  #row(tags: PointTags, device: string, port: string, endMs: number): Row {
    const { priority, quality, interval } = tags;
    const key = JSON.stringify([device, port, priority ?? '', quality ?? '', interval ?? '']);
    let rows = this.#rows.get(key);
    if (!rows) {
      rows = new Map();
      this.#rows.set(key, rows);
    }
    let row = rows.get(endMs);
    if (!row) {
      row = {
        device: nameOfTag(device),
        port: nameOfTag(port),
        endMs,
        quality: qualityOf(quality),
        fields: {},
        lengthMs: undefined,
      };
      if (priority) row.priority = Number(priority);
      rows.set(endMs, row);
    }
    return row;
  }
}

function qualityOf(tag: string | undefined): Quality {
  return QUALITIES.find((quality) => quality === tag) ?? 'exact';
}
