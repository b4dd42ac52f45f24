import type { StreamEvent } from '../api/types.ts';
import type { StreamSink } from './types.ts';

/** Most browsers and scripts one monitor tells at once. */
const MAX_CLIENTS = 500;

interface Client {
  sink: StreamSink;
  /** device/port whose `port` events it wants; undefined wants none. */
  port: string | undefined;
}

/** Server-sent events to everyone who listens. Nothing is kept for a client that reads too slowly: it is let go. */
export class EventHub {
  readonly #clients = new Set<Client>();
  #id = 0;

  get size(): number {
    return this.#clients.size;
  }

  /** device/port pairs somebody watches. */
  watchedPorts(): Set<string> {
    return new Set([...this.#clients].flatMap(({ port }) => (port === undefined ? [] : [port])));
  }

  /** @returns false where too many listen already */
  add(sink: StreamSink, port: string | undefined): boolean {
    if (this.#clients.size >= MAX_CLIENTS) return false;
    const client = { sink, port };
    this.#clients.add(client);
    sink.onClose(() => this.#clients.delete(client));
    // Reconnect soon after a restart of the monitor.
    this.#send(client, 'retry: 2000\n\n');
    return true;
  }

  publish(event: StreamEvent): void {
    if (this.#clients.size === 0) return;
    const text = `id: ${++this.#id}\nevent: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`;
    const port = event.event === 'port' ? `${event.data.device}/${event.data.port}` : undefined;
    for (const client of this.#clients) {
      if (port === undefined || client.port === port) this.#send(client, text);
    }
  }

  /** Says something to everyone, so that proxies keep idle connections open. */
  heartbeat(): void {
    for (const client of this.#clients) this.#send(client, ': still here\n\n');
  }

  close(): void {
    for (const { sink } of this.#clients) sink.end();
    this.#clients.clear();
  }

  #send(client: Client, text: string): void {
    if (!client.sink.write(text)) this.#clients.delete(client);
  }
}
