/**
 * The least time in which a queue can have been filled and drained again, seconds: the senders bring at most what
 * their links carry beyond what the port takes away, and the port drains at line rate.
 * @param queueBytes highest fill seen
 * @param rateBitsPerSec rate of the egress port
 * @param senders most effective senders, in links of that rate; 1 or less (or NaN) leaves the time to fill out
 * @returns NaN where the rate is not known
 * @source detection.md section 3: Q/((k-1) speed) + Q/speed
 */
export function leastBurstSeconds(queueBytes: number, rateBitsPerSec: number, senders: number): number {
  if (!(rateBitsPerSec > 0)) return Number.NaN;
  const drain = (queueBytes * 8) / rateBitsPerSec;
  return senders > 1 ? drain / (senders - 1) + drain : drain;
}
