import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { config, framed } from './records.ts';

/** A switch that streams LANZ on a real socket. */
export class LanzServer {
  readonly sockets = new Set<Socket>();
  /** Connections made so far. */
  connections = 0;
  private readonly server: Server;

  private constructor(greeting: (socket: Socket) => void) {
    this.server = createServer((socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => {});
      greeting(socket);
    });
  }

  /** @param greeting what a client is met with; default: the configuration record */
  static async start(
    greeting: (socket: Socket) => void = (socket) => void socket.write(framed(config(480))),
  ): Promise<LanzServer> {
    const own = new LanzServer(greeting);
    await new Promise<void>((resolve) => own.server.listen(0, '127.0.0.1', resolve));
    return own;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  send(...records: Uint8Array[]): void {
    for (const socket of this.sockets) socket.write(Buffer.concat(records.map(framed)));
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    for (const socket of this.sockets) socket.write(bytes);
  }

  /** Ends all connections, as a switch does that restarts the agent. */
  drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.drop();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
