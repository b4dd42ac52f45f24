/** Values of a 32-bit octet counter before it starts again. */
const WRAP_OCTETS = 2 ** 32;

/**
 * Why a 32-bit octet counter of a port is of no use, or null where it is: one that may wrap twice between polls says
 * nothing. A port of unknown speed gets no benefit of the doubt.
 * @source RFC 2863 section 3.1.6
 */
export function refuseNarrowOctets(object: string, speedMbps: number, intervalMs: number): string | null {
  if (speedMbps <= 0) return `${object}: 32-bit, and the port does not say its speed`;
  const wrapMs = (WRAP_OCTETS * 8) / (speedMbps * 1000);
  if (wrapMs >= 2 * intervalMs) return null;
  return `${object}: 32-bit at ${speedText(speedMbps)} wraps in ${wrapText(wrapMs)}`;
}

function speedText(speedMbps: number): string {
  return speedMbps >= 1000 ? `${speedMbps / 1000}G` : `${speedMbps}M`;
}

function wrapText(wrapMs: number): string {
  return wrapMs < 1000 ? `${Math.round(wrapMs)} ms` : `${(wrapMs / 1000).toFixed(1)} s`;
}
