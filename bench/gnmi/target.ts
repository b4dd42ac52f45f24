import { createServer as createHttpServer } from 'node:http';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { ProtoWriter } from '../../lib/protobuf/writer.ts';
import { FIRST_VALUE, frame, growthOf, type PortMessage, SHAPES, type ShapeName, writeValue } from './messages.ts';

/**
 * A gNMI target that costs its reader as little waiting as possible: prepared messages, many in one write. Runs as a
 * process of its own, so that only the reader's CPU is counted.
 *
 * `flood SHAPE PORTS` sends one shape as fast as the reader takes it. `paced INTERVAL_MS PORTS` answers the
 * subscriptions of a collector: growing counters of every port each interval. Prints its port, and that of a monitor that
 * keeps nothing, as one line.
 */
const [mode = 'flood', what = '', portCount = '64'] = process.argv.slice(2);
const ports = Array.from({ length: Number(portCount) }, (_, index) => `Ethernet${index + 1}/1`);
const CHUNK_BYTES = 256 * 1024;
const PATH = '/gnmi.gNMI/';

function respond(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
}

function capabilities(stream: ServerHttp2Stream): void {
  const answer = new ProtoWriter();
  for (const name of ['openconfig-interfaces', 'arista-pfc-history-counters-augment'])
    answer.message(1, new ProtoWriter().text(1, name));
  respond(stream);
  stream.end(frame(answer.uint(2, 2).text(3, '0.10.0').finish()));
}

function flood(stream: ServerHttp2Stream): void {
  const shape = SHAPES[what as ShapeName];
  const round = Buffer.concat(ports.flatMap((port) => shape(port, Date.now()).map(({ bytes }) => frame(bytes))));
  const chunk = Buffer.concat(Array.from({ length: Math.ceil(CHUNK_BYTES / round.length) }, () => round));
  const send = (): void => {
    while (!stream.destroyed && stream.write(chunk));
    if (!stream.destroyed) stream.once('drain', send);
  };
  send();
}

/** What every device sends for one set of paths: made once an interval, because its making is not what is measured. */
class Sample {
  private readonly messages: PortMessage[];
  private readonly startedMs = Date.now();
  chunk: Buffer;

  constructor(private readonly pfc: boolean) {
    const shape = SHAPES[pfc ? 'PROTO, prefix and leaf, all read' : 'PROTO, prefix and leaf'];
    this.messages = ports.flatMap((port) => shape(port, Date.now()));
    this.chunk = this.next();
    setInterval(() => {
      this.chunk = this.next();
    }, Number(what)).unref();
  }

  private next(): Buffer {
    const nowMs = Date.now();
    const seconds = (nowMs - this.startedMs) / 1000;
    // A varint of nine bytes: ns since 1970.
    const stamp = new ProtoWriter().uint(1, nowMs * 1e6).finish();
    for (const { bytes, values, timestampAt } of this.messages) {
      for (const [leaf, at] of values.entries())
        writeValue(bytes, at, FIRST_VALUE + Math.round(seconds * growthOf(leaf, this.pfc)));
      stamp.copy(bytes, timestampAt, 1);
    }
    return Buffer.concat(this.messages.map(({ bytes }) => frame(bytes)));
  }
}

const samples = mode === 'paced' ? { ports: new Sample(false), pfc: new Sample(true) } : null;

function paced(stream: ServerHttp2Stream, request: Buffer): void {
  const sample = request.includes('pfc') ? samples?.pfc : samples?.ports;
  if (sample === undefined) return;
  let timer: NodeJS.Timeout | undefined;
  const send = (): void => {
    if (!stream.destroyed) stream.write(sample.chunk);
  };
  // Devices do not all send at once.
  const first = setTimeout(() => {
    timer = setInterval(send, Number(what));
    send();
  }, Math.random() * Number(what));
  stream.on('close', () => {
    clearTimeout(first);
    clearInterval(timer);
  });
}

const server = createServer({ settings: { initialWindowSize: 1 << 20 } });
server.on('stream', (stream, headers) => {
  stream.on('error', () => {});
  const path = headers[':path'];
  if (path === `${PATH}Capabilities`) return capabilities(stream);
  respond(stream);
  stream.once('data', (request: Buffer) => (mode === 'flood' ? flood(stream) : paced(stream, request)));
});
/** Stands in for the monitor of a collector: answers as it does and keeps nothing. */
const monitor = createHttpServer((request, response) => {
  request.resume();
  request.on('end', () => response.writeHead(request.url?.startsWith('/api/v2/write') ? 204 : 202).end());
});
server.listen(0, '127.0.0.1', () =>
  monitor.listen(0, '127.0.0.1', () =>
    console.log((server.address() as AddressInfo).port, (monitor.address() as AddressInfo).port),
  ),
);
