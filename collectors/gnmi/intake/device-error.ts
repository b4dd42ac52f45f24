import { CollectorError } from '../../../lib/errors.ts';
import type { Cursor } from '../../../lib/protobuf/cursor.ts';

/** The deprecated Error message of old targets; newer ones end the call with a status instead. @throws ParseError */
export function readDeviceError(cursor: Cursor, end: number): CollectorError {
  let text = '';
  while (cursor.position < end) {
    cursor.tag(end);
    if (cursor.field === 2) text = cursor.text(end);
    else cursor.skip(end);
  }
  return new CollectorError('unavailable', `the device says: ${text.slice(0, 300).replace(/\p{Cc}+/gu, ' ')}`);
}
