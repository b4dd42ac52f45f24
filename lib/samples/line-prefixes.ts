import { escape as influxEscape } from '@influxdata/influxdb-client';

/**
 * Tag keys, tag values and field keys, escaped by the official client's own rules. What line protocol cannot say is
 * replaced: a line end by a blank, a backslash at the end (it would escape the separator) and the empty text by `_`.
 */
export function escapeTag(text: string): string {
  const flat = text.replace(/[\r\n\t]+/g, ' ').replace(/\\+$/, '_');
  return flat === '' ? '_' : influxEscape.tag(flat);
}

/**
 * What the lines of a device begin with, one port after the other in one array: a fabric has tens of thousands of ports,
 * and an object for each would cost more than their counters.
 */
export interface LinePrefixes {
  ports: readonly string[];
  bytes: Buffer;
  /** [port] where its prefix begins; one more entry than ports. */
  starts: Uint32Array;
}

/** `port,device=D,port=P` of every port, escaped. */
export function linePrefixes(device: string, ports: readonly string[]): LinePrefixes {
  const head = `port,device=${escapeTag(device)},port=`;
  const starts = new Uint32Array(ports.length + 1);
  const texts = ports.map((port, index) => {
    const text = Buffer.from(head + escapeTag(port));
    starts[index + 1] = (starts[index] ?? 0) + text.length;
    return text;
  });
  return { ports, bytes: Buffer.concat(texts), starts };
}
