import type { PathElem } from '../proto/path.ts';
import type { Slot } from './slots.ts';

/** A leaf of a JSON document, or an object in it, remembered under the path the document came with. */
export interface JsonNode {
  elems: readonly PathElem[];
  children: Map<string, JsonNode>;
  /** undefined = not looked up yet; null = nothing of ours. */
  slot: Slot | null | undefined;
}
