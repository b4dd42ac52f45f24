import { Cursor, LENGTH } from '../../../lib/protobuf/cursor.ts';
import { ENCODINGS, type EncodingName } from './requests.ts';

export interface Model {
  name: string;
  organization: string;
  version: string;
}

export interface Capabilities {
  models: Model[];
  encodings: EncodingName[];
  version: string;
}

const NAMES = Object.keys(ENCODINGS) as EncodingName[];

/** Decodes a CapabilityResponse. @throws ParseError */
export function decodeCapabilities(bytes: Uint8Array): Capabilities {
  const cursor = new Cursor();
  cursor.reset(bytes);
  const end = bytes.length;
  const found: Capabilities = { models: [], encodings: [], version: '' };
  const encoding = (stop: number): void => {
    cursor.varint(stop);
    const name = NAMES.find((candidate) => ENCODINGS[candidate] === cursor.low);
    if (name !== undefined) found.encodings.push(name);
  };
  while (cursor.position < end) {
    cursor.tag(end);
    if (cursor.field === 1) found.models.push(decodeModel(cursor, cursor.span(end)));
    else if (cursor.field === 2 && cursor.wire === LENGTH) {
      // proto3 packs repeated enums.
      const stop = cursor.length(end);
      while (cursor.position < stop) encoding(stop);
    } else if (cursor.field === 2 && cursor.wire === 0) encoding(end);
    else if (cursor.field === 3) found.version = cursor.text(end);
    else cursor.skip(end);
  }
  return found;
}

function decodeModel(cursor: Cursor, end: number): Model {
  const model: Model = { name: '', organization: '', version: '' };
  while (cursor.position < end) {
    cursor.tag(end);
    if (cursor.field === 1) model.name = cursor.text(end);
    else if (cursor.field === 2) model.organization = cursor.text(end);
    else if (cursor.field === 3) model.version = cursor.text(end);
    else cursor.skip(end);
  }
  return model;
}
