import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { NODE_PAGE } from './pages.ts';

/** An exporter on loopback that wants a token. */
export function serveExporter(token: string) {
  let server: http.Server | undefined;
  return {
    /** @returns the address of its page */
    async start(): Promise<string> {
      const listening =
        server ??
        http.createServer((request, response) => {
          response.writeHead(request.headers.authorization === `Bearer ${token}` ? 200 : 401).end(NODE_PAGE);
        });
      if (server === undefined) await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
      server = listening;
      return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/metrics`;
    },
    async close(): Promise<void> {
      const closing = server;
      server = undefined;
      closing?.closeAllConnections();
      await new Promise<void>((resolve) => (closing === undefined ? resolve() : closing.close(() => resolve())));
    },
  };
}
