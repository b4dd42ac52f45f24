/**
 * How far up a blocked share belongs in a list of the worst: what was measured stands before what only may have been, so
 * that an upper bound of 100 % hides nothing.
 * @param blocked 0..1
 * @param bounded the share is only an upper bound
 */
export function weight(blocked: number, bounded: boolean): number {
  return bounded || blocked === 0 ? blocked : 1 + blocked;
}
