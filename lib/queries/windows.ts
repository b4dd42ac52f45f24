import type { DocumentStore, TimeRange } from '../store/types.ts';

/** A named span of time: a benchmark, a maintenance, a phase of a run. */
export interface NamedWindow extends TimeRange {
  name: string;
  labels: Record<string, string>;
}

/** Kept in all; the oldest go first. */
const MOST_WINDOWS = 10_000;
const STATE = 'windows';

/** Spans of time that others name; the same name and start again replaces what was said. */
export class NamedWindows {
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly documents: Pick<DocumentStore, 'state' | 'putState'>) {}

  /** Resolves when they are durable. */
  add(windows: readonly NamedWindow[]): Promise<void> {
    const run = this.#turn.then(async () => {
      const known = new Map((await this.#read()).map((window) => [keyOf(window), window]));
      for (const window of windows) known.set(keyOf(window), window);
      const kept = [...known.values()].sort((a, b) => a.startMs - b.startMs).slice(-MOST_WINDOWS);
      await this.documents.putState(STATE, JSON.stringify(kept));
    });
    this.#turn = run.catch(() => undefined);
    return run;
  }

  /** Those that touch the range, the newest first. */
  async list({ startMs, endMs }: TimeRange): Promise<NamedWindow[]> {
    const all = await this.#read();
    return all.filter((window) => window.startMs < endMs && window.endMs > startMs).reverse();
  }

  async #read(): Promise<NamedWindow[]> {
    const text = await this.documents.state(STATE);
    return text === undefined ? [] : (JSON.parse(text) as NamedWindow[]);
  }
}

function keyOf({ name, startMs }: NamedWindow): string {
  return JSON.stringify([name, startMs]);
}
