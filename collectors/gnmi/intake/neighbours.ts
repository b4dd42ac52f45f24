import type { NeighbourField } from '../paths/types.ts';

export type Neighbour = Partial<Record<NeighbourField, string>>;

/** More than any port hears; a device that invents neighbours is not followed. */
const MAX_PER_PORT = 8;
const LONGEST = 256;

/** What LLDP hears, by port. */
export class Neighbours {
  private readonly byPort = new Map<number, Map<string, Neighbour>>();
  /** What the device calls itself. */
  readonly own = { sysName: '', chassisId: '' };
  /** Grows with every change. */
  version = 0;

  setOwn(field: 'sysName' | 'chassisId', text: string): void {
    const clean = printable(text);
    if (this.own[field] === clean) return;
    this.own[field] = clean;
    this.version++;
  }

  set(port: number, id: string, field: NeighbourField, text: string): void {
    const heard = this.byPort.get(port) ?? new Map<string, Neighbour>();
    this.byPort.set(port, heard);
    let neighbour = heard.get(id);
    if (neighbour === undefined) {
      if (heard.size >= MAX_PER_PORT) heard.delete(heard.keys().next().value ?? '');
      neighbour = {};
      heard.set(id, neighbour);
    }
    const clean = printable(text);
    if (neighbour[field] === clean) return;
    neighbour[field] = clean;
    this.version++;
  }

  /** @param port null for all */
  forget(port: number | null, covers: (id: string) => boolean): void {
    for (const [at, heard] of this.byPort) {
      if (port !== null && at !== port) continue;
      for (const id of heard.keys()) {
        if (!covers(id)) continue;
        heard.delete(id);
        this.version++;
      }
    }
  }

  clear(): void {
    this.byPort.clear();
    this.version++;
  }

  /** A cable has one other end: of several that a port remembers, the one heard last. */
  get latest(): [port: number, Neighbour][] {
    return [...this.byPort].flatMap(([port, heard]) => {
      const neighbour = [...heard.values()].at(-1);
      return neighbour === undefined ? [] : [[port, neighbour] as [number, Neighbour]];
    });
  }
}

/** Control characters must reach no screen and no log. */
function printable(text: string): string {
  return text
    .slice(0, LONGEST)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}
