import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** @source RFC 9113, section 6 */
export const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;
const ACK = 1;
const END_STREAM = 1;
const END_HEADERS = 4;
const HEAD_BYTES = 9;
const LONGEST_FRAME = 16_384;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

export function http2Frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

/** A string literal of HPACK, not Huffman coded: a 7-bit prefix integer, then the bytes. @source RFC 7541, section 5 */
function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

export type Fields = Readonly<Record<string, string>>;
export const RESPONSE: Fields = { ':status': '200', 'content-type': 'application/grpc' };

export const settings = (values: Readonly<Record<number, number>> = {}): Buffer =>
  http2Frame(
    FRAME.settings,
    0,
    0,
    Buffer.concat(
      Object.entries(values).map(([key, value]) => {
        const entry = Buffer.alloc(6);
        entry.writeUInt16BE(Number(key), 0);
        entry.writeUInt32BE(value, 2);
        return entry;
      }),
    ),
  );
export const headers = (stream: number, fields: Fields, last = false): Buffer => {
  const block = Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]),
  );
  const frames: Buffer[] = [];
  for (let at = 0; at < block.length; at += LONGEST_FRAME) {
    const flags = (at === 0 && last ? END_STREAM : 0) | (at + LONGEST_FRAME >= block.length ? END_HEADERS : 0);
    const type = at === 0 ? FRAME.headers : FRAME.continuation;
    frames.push(http2Frame(type, flags, stream, block.subarray(at, at + LONGEST_FRAME)));
  }
  return Buffer.concat(frames);
};
export const trailers = (stream: number, fields: Fields): Buffer => headers(stream, fields, true);
export const data = (stream: number, bytes: Buffer, last = false): Buffer =>
  http2Frame(FRAME.data, last ? END_STREAM : 0, stream, bytes);
export const reset = (stream: number, code: number): Buffer => http2Frame(FRAME.reset, 0, stream, numbers(code));
export const goaway = (lastStream: number, code: number, reason = ''): Buffer =>
  http2Frame(FRAME.goaway, 0, 0, Buffer.concat([numbers(lastStream, code), Buffer.from(reason, 'latin1')]));

/** A message of gRPC with its five bytes. */
export function message(bytes: Uint8Array | string, flag = 0): Buffer {
  const body = Buffer.from(bytes as Uint8Array);
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

export interface ClientFrame {
  type: number;
  flags: number;
  stream: number;
  payload: Buffer;
}

export interface RawServer {
  address: string;
  connections: () => number;
  open: () => number;
  /** What clients sent, of all connections. */
  frames: ClientFrame[];
  close(): Promise<void>;
}

export interface RawOptions {
  /** Instead of the SETTINGS that a server begins with; null = says nothing. */
  greeting?: Buffer | null;
  tls?: TlsOptions;
  host?: string;
  /** PING is answered by the test itself. */
  ignorePings?: true;
}

/** A server that sends exactly the frames a test wants. `heard` is called with each frame of a client. */
export async function rawServer(
  heard: (frame: ClientFrame, write: (bytes: Buffer) => void, socket: Socket) => void,
  options: RawOptions = {},
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const frames: ClientFrame[] = [];
  let connections = 0;
  const serve = (socket: Socket): void => {
    connections++;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    const write = (bytes: Buffer): void => {
      if (!socket.destroyed) socket.write(bytes);
    };
    if (options.greeting !== null) write(options.greeting ?? settings());
    let pending = Buffer.alloc(0);
    let prefaced = false;
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      if (!prefaced) {
        if (pending.length < PREFACE.length) return;
        pending = pending.subarray(PREFACE.length);
        prefaced = true;
      }
      while (pending.length >= HEAD_BYTES) {
        const end = HEAD_BYTES + pending.readUIntBE(0, 3);
        if (pending.length < end) break;
        const [type = 0, flags = 0] = pending.subarray(3, 5);
        const frame = { type, flags, stream: pending.readUInt32BE(5), payload: pending.subarray(HEAD_BYTES, end) };
        pending = pending.subarray(end);
        frames.push(frame);
        if (type === FRAME.settings && flags === 0 && options.greeting !== null)
          write(http2Frame(FRAME.settings, ACK, 0, Buffer.alloc(0)));
        if (type === FRAME.ping && flags === 0 && !options.ignorePings)
          write(http2Frame(FRAME.ping, ACK, 0, frame.payload));
        heard(frame, write, socket);
      }
    });
  };
  const server: Server = options.tls === undefined ? createServer(serve) : createTlsServer(options.tls, serve);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => {
    server.listen(0, options.host ?? '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: options.host === '::1' ? `[::1]:${port}` : `127.0.0.1:${port}`,
    connections: () => connections,
    open: () => sockets.size,
    frames,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Answers every request, as soon as its headers are there, with the same bytes. */
export function answering(answer: (stream: number) => readonly Buffer[], options: RawOptions = {}): Promise<RawServer> {
  return rawServer((frame, write) => {
    if (frame.type === FRAME.headers) write(Buffer.concat(answer(frame.stream)));
  }, options);
}
