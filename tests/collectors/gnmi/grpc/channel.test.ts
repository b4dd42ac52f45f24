import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { channelTo } from './channels.ts';

const servers: (Server | Http2Server)[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server | Http2Server): Promise<string> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const NOTHING = Buffer.alloc(0);
const ask = async (authority: string) => {
  const channel = channelTo(authority);
  try {
    return await channel.ask('/gnmi.gNMI/Capabilities', NOTHING, 300, new AbortController().signal);
  } finally {
    channel.close();
  }
};

describe('a channel', () => {
  it('may be closed while its connection is being made', async () => {
    const authority = await listen(createHttp2Server());
    const ended = Array.from({ length: 50 }, () => {
      const channel = channelTo(authority);
      const call = channel.call('/gnmi.gNMI/Subscribe', () => {});
      channel.close();
      return call.ended;
    });
    for (const outcome of await Promise.allSettled(ended)) expect(outcome.status).toBe('rejected');
    // An exception in an event of the connection would fail this run.
    await new Promise((resolve) => setTimeout(resolve, 50));
  });

  it('gives up a server that takes the connection and never speaks', async () => {
    await expect(ask(await listen(createServer()))).rejects.toMatchObject({ code: 'timeout' });
  });

  it('says so where the server speaks another protocol or hangs up', async () => {
    const http1 = createServer((socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const rude = createServer((socket) => socket.destroy());
    for (const server of [http1, rude]) {
      await expect(ask(await listen(server))).rejects.toMatchObject({ code: 'unreachable' });
    }
  });

  it("takes the status of an answer without a body, and its message without the terminal's controls", async () => {
    const server = createHttp2Server();
    server.on('stream', (stream) => {
      stream.respond(
        { ':status': 200, 'grpc-status': '16', 'grpc-message': 'no%20way%0A%1b[31m' },
        { endStream: true },
      );
    });
    await expect(ask(await listen(server))).rejects.toThrow(/^UNAUTHENTICATED: no way \[31m$/);
  });
});
