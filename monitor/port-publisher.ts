import type { PortRow } from '../lib/api/types.ts';
import type { EventHub } from '../lib/http/event-hub.ts';

/** Sends the numbers of the ports somebody looks at, each time there are newer ones. */
export class PortPublisher {
  readonly #sentMs = new Map<string, number>();

  constructor(
    private readonly hub: EventHub,
    private readonly rowOf: (device: string, port: string) => PortRow,
  ) {}

  publish(): void {
    const watched = this.hub.watchedPorts();
    for (const name of this.#sentMs.keys()) if (!watched.has(name)) this.#sentMs.delete(name);
    for (const name of watched) {
      const slash = name.indexOf('/');
      if (slash < 0) continue;
      const row = this.rowOf(name.slice(0, slash), name.slice(slash + 1));
      if (row.atMs === null || row.atMs === this.#sentMs.get(name)) continue;
      this.#sentMs.set(name, row.atMs);
      this.hub.publish({ event: 'port', data: row });
    }
  }
}
