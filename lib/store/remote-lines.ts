import { fieldToSnake, QUALITIES, SAMPLE_FIELDS } from '../samples/fields.ts';
import { escapeTag } from '../samples/line-prefixes.ts';
import type { SampleBlock } from './block.ts';
import { tagOfName } from './remote-names.ts';
import type { SeriesRef } from './series.ts';

/** A request carries about this much text, bytes. */
const CHUNK_BYTES = 4 * 1024 * 1024;

const FIELD_KEYS = SAMPLE_FIELDS.map((field) => `${fieldToSnake(field)}=`);

/**
 * Rows as line protocol for a database that keeps one point for a time and set of tags: measurement `port`, tags
 * `device`, `port`, `priority` (absent for the whole port), `quality` (absent when exact) and `interval`, the length of
 * the interval rounded to a power of two, so that a slow counter and a fast one that end together stay two points.
 * Times are whole ms, numbers have all their digits.
 * @returns pieces of about 4 MiB, each of whole lines
 */
export function* remoteLines(block: SampleBlock): Generator<string> {
  const heads = new Map<number, string>();
  let text = '';
  for (let row = 0; row < block.length; row++) {
    const fields = fieldsOf(block, row);
    if (fields === '') continue;
    const series = block.series[row] ?? -1;
    let head = heads.get(series);
    if (head === undefined) {
      head = headOf(block.dictionary.series[series]);
      heads.set(series, head);
    }
    const endMs = block.endMs[row] ?? 0;
    const lengthMs = endMs - (block.startMs[row] ?? 0);
    const quality = QUALITIES[block.quality[row] ?? 0] ?? 'exact';
    const tags = `${quality === 'exact' ? '' : `,quality=${quality}`},interval=${roundedInterval(lengthMs)}`;
    text += `${head}${tags} ${fields}interval_ms=${lengthMs} ${Math.round(endMs)}\n`;
    if (text.length < CHUNK_BYTES) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

function headOf(ref: SeriesRef | undefined): string {
  const { device = '', port = '', priority = -1 } = ref ?? {};
  const head = `port,device=${escapeTag(tagOfName(device))},port=${escapeTag(tagOfName(port))}`;
  return priority < 0 ? head : `${head},priority=${priority}`;
}

function fieldsOf(block: SampleBlock, row: number): string {
  let text = '';
  for (let field = 0; field < FIELD_KEYS.length; field++) {
    const value = block.columns[field]?.[row];
    if (value !== undefined && !Number.isNaN(value)) text += `${FIELD_KEYS[field]}${value},`;
  }
  return text;
}

/** 1s, 2s, 4s …: polls that jitter keep their tag. */
function roundedInterval(lengthMs: number): string {
  return `${2 ** Math.round(Math.log2(Math.max(lengthMs, 1) / 1000))}s`;
}
