import { Metadata, status } from '@grpc/grpc-js';
import { errorMessage, ParseError } from '../../lib/errors.ts';
import { ENCODINGS, type Encoding } from './messages.ts';
import type { AskedPath } from './requests.ts';
import type { PathElem } from './tree.ts';

/** A call that ends with a status other than OK. */
export class Refusal extends Error {
  readonly metadata = new Metadata();

  constructor(
    readonly code: status,
    readonly details: string,
  ) {
    super(details);
  }
}

/** What is told to the caller: bytes that are no request are its mistake, anything else is ours. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof ParseError) return new Refusal(status.INVALID_ARGUMENT, errorMessage(error));
  return new Refusal(status.INTERNAL, errorMessage(error));
}

/** @throws Refusal for an encoding that is not spoken here */
export function encodingOf(number: number): Encoding {
  const encoding = ENCODINGS[number as keyof typeof ENCODINGS] as Encoding | undefined;
  if (encoding !== undefined) return encoding;
  throw new Refusal(status.UNIMPLEMENTED, `encoding ${number} is not one of JSON (0), PROTO (2), JSON_IETF (4)`);
}

/**
 * The whole path and the origin it is meant in.
 * @throws Refusal for another tree than OpenConfig's
 */
export function wholePath(prefix: AskedPath, path: AskedPath): { elems: PathElem[]; origin: string } {
  const origin = path.origin === '' ? prefix.origin : path.origin;
  if (origin !== '' && origin !== 'openconfig') {
    throw new Refusal(status.INVALID_ARGUMENT, `origin ${JSON.stringify(origin)} is not served, only openconfig`);
  }
  return { elems: [...prefix.elems, ...path.elems], origin };
}

/** "/interfaces/interface[name=*]" for people. */
export function pathText(elems: readonly PathElem[]): string {
  const keysOf = ({ keys }: PathElem): string =>
    Object.entries(keys)
      .map(([key, value]) => `[${key}=${value}]`)
      .join('');
  return `/${elems.map((elem) => elem.name + keysOf(elem)).join('/')}`;
}
