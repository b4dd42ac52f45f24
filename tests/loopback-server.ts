import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server of a test on loopback. It can be closed and started again. */
export class LoopbackServer {
  private server: http.Server | undefined;

  constructor(private readonly answer: http.RequestListener) {}

  /** @returns its URL */
  async start(): Promise<string> {
    const server = http.createServer(this.answer);
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  }
}
