import { logfmt } from './logfmt.ts';
import { megatron } from './megatron.ts';
import type { LineFormat } from './types.ts';

/** Every format, the most telling first: `auto` prefers an earlier one that matches as well. */
export const FORMATS: readonly LineFormat[] = [logfmt, megatron];

export const FORMAT_NAMES = ['logfmt', 'megatron'] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

/** The format of that name. */
export function formatNamed(name: string): LineFormat | undefined {
  return FORMATS.find((format) => format.name === name);
}
