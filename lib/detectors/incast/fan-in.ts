/**
 * Effective number of senders: (sum of shares)^2 / sum of squared shares. Equal senders count as many as they are,
 * one big and many small ones as little more than one.
 * @source detection.md section 3
 */
export function effectiveFanIn(shares: Iterable<number>): number {
  let sum = 0;
  let squares = 0;
  for (const share of shares) {
    if (!(share > 0)) continue;
    sum += share;
    squares += share * share;
  }
  return squares === 0 ? 0 : (sum * sum) / squares;
}
