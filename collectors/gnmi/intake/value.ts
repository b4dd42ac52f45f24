import { type Cursor, FIXED32, FIXED64, LENGTH, utf8, VARINT } from '../../../lib/protobuf/cursor.ts';
import { ENCODINGS } from '../proto/requests.ts';
import { decimalToWords, type Words } from './words.ts';

/** One value of a message, in one of three forms. */
export interface Value extends Words {
  form: 'none' | 'unsigned' | 'text' | 'json';
  text: string;
}

const view = new DataView(new ArrayBuffer(8));

/** Elements of a leaf-list that are kept: no list that is read has more. */
const MAX_ELEMENTS = 64;

/** Decodes a TypedValue into `out`. Negative and fractional numbers come as text, lists with commas. @throws ParseError */
export function decodeTypedValue(cursor: Cursor, end: number, out: Value, isElement = false): void {
  out.form = 'none';
  while (cursor.position < end) {
    cursor.tag(end);
    const { field, wire } = cursor;
    if (wire === VARINT && field >= 2 && field <= 4) varintValue(cursor, end, field, out);
    else if (wire === LENGTH && field === 8 && !isElement) listValue(cursor, cursor.length(end), out);
    else if (wire === LENGTH) decodeBlock(cursor, end, field, out);
    else if ((field === 6 && wire === FIXED32) || (field === 14 && wire === FIXED64))
      floatValue(cursor, end, wire, out);
    else cursor.skip(end);
  }
}

function varintValue(cursor: Cursor, end: number, field: number, out: Value): void {
  cursor.varint(end);
  out.high = cursor.high;
  out.low = cursor.low;
  const negative = field === 2 && cursor.high > 0x7fff_ffff;
  out.form = field === 4 || negative ? 'text' : 'unsigned';
  if (field === 4) out.text = cursor.low === 0 ? 'false' : 'true';
  else if (negative) out.text = String(signed(cursor));
}

function floatValue(cursor: Cursor, end: number, wire: number, out: Value): void {
  const start = cursor.position;
  cursor.skip(end);
  for (let index = start; index < cursor.position; index++) view.setUint8(index - start, cursor.body[index] ?? 0);
  out.form = 'text';
  out.text = String(wire === FIXED32 ? view.getFloat32(0, true) : view.getFloat64(0, true));
}

function decodeBlock(cursor: Cursor, end: number, field: number, out: Value): void {
  const stop = cursor.length(end);
  const start = cursor.position;
  if (field === 10 || field === 11) {
    out.form = 'json';
    out.text = utf8(cursor.body, start, stop);
  } else if (field === 1 || field === 12) {
    out.form = 'text';
    out.text = utf8(cursor.body, start, stop);
  } else if (field === 5 || field === 13) bytesValue(cursor.body, start, stop, out);
  else if (field === 7) decimalValue(cursor, stop, out);
  cursor.position = stop;
}

/** Lists do not stand in lists. */
function listValue(cursor: Cursor, end: number, out: Value): void {
  const texts: string[] = [];
  const element: Value = { form: 'none', text: '', high: 0, low: 0 };
  while (cursor.position < end && texts.length < MAX_ELEMENTS) {
    cursor.tag(end);
    if (cursor.field !== 1) {
      cursor.skip(end);
      continue;
    }
    const stop = cursor.span(end);
    decodeTypedValue(cursor, stop, element, true);
    cursor.position = stop;
    if (element.form === 'unsigned' || element.form === 'text') texts.push(toText(element));
  }
  cursor.position = end;
  out.form = 'text';
  out.text = texts.join(',');
}

/** Bytes are text where they read as a number or word; eight others are a double, as EOS sends its error ratios. */
function bytesValue(bytes: Uint8Array, start: number, end: number, out: Value): void {
  out.text = utf8(bytes, start, end);
  out.form = 'text';
  if (end - start !== 8 || /^[\x20-\x7e]*$/.test(out.text)) return;
  for (let index = 0; index < 8; index++) view.setUint8(index, bytes[start + index] ?? 0);
  // The byte order is not documented: take the one that is a ratio, and nothing where both or neither are.
  const ratios = [view.getFloat64(0, false), view.getFloat64(0, true)].filter((ratio) => ratio >= 1e-30 && ratio <= 1);
  if (ratios.length === 1) out.text = String(ratios[0]);
  else out.form = 'none';
}

function decimalValue(cursor: Cursor, end: number, out: Value): void {
  let digits = 0n;
  let precision = 0;
  while (cursor.position < end) {
    cursor.tag(end);
    if (cursor.wire !== VARINT) {
      cursor.skip(end);
      continue;
    }
    const { field } = cursor;
    cursor.varint(end);
    if (field === 1) digits = signed(cursor);
    else if (field === 2) precision = cursor.low;
  }
  out.form = 'text';
  out.text = String(precision === 0 ? digits : Number(digits) / 10 ** precision);
}

/** The deprecated Value message of targets older than gNMI 0.4: bytes with an encoding. */
export function decodeOldValue(cursor: Cursor, end: number, out: Value): void {
  let start = 0;
  let stop = 0;
  let type: number = ENCODINGS.JSON;
  while (cursor.position < end) {
    cursor.tag(end);
    if (cursor.field === 1) {
      stop = cursor.span(end);
      start = cursor.position;
      cursor.position = stop;
    } else if (cursor.field === 2 && cursor.wire === VARINT) {
      cursor.varint(end);
      type = cursor.low;
    } else cursor.skip(end);
  }
  out.text = utf8(cursor.body, start, stop);
  out.form = type === ENCODINGS.JSON || type === ENCODINGS.JSON_IETF ? 'json' : 'text';
}

/** Makes words of a value that came as text. */
export function toWords(value: Value): boolean {
  return value.form === 'unsigned' || (value.form === 'text' && decimalToWords(value.text, value));
}

export function toText(value: Value): string {
  return value.form === 'unsigned' ? String((BigInt(value.high) << 32n) | BigInt(value.low)) : value.text;
}

function signed(words: Words): bigint {
  return BigInt.asIntN(64, (BigInt(words.high) << 32n) | BigInt(words.low));
}
