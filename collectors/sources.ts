import { setMaxListeners } from 'node:events';
import type { CollectorContext, Source } from '../lib/collect/types.ts';
import type { TargetEntry } from '../lib/config/types.ts';
import { errorMessage } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { pluginNamed } from './registry.ts';

interface Running {
  key: string;
  stop: AbortController;
  done: Promise<void>;
}

/** What a reload did. */
export interface SourceChanges {
  started: string[];
  stopped: string[];
  kept: string[];
}

/**
 * The sources that run in this process, by target name. Told a new list, it stops those that are gone, starts new ones,
 * restarts those whose settings changed and leaves the others alone.
 */
export class SourceSet {
  private readonly running = new Map<string, Running>();

  constructor(
    private readonly contextFor: (entry: TargetEntry) => CollectorContext,
    private readonly logger: Logger,
    /** A target is gone for good: its state can go as well. */
    private readonly gone: (name: string) => void,
  ) {}

  async set(entries: readonly TargetEntry[]): Promise<SourceChanges> {
    const wanted = new Map(
      entries.map((entry) => [entry.name, { entry, key: JSON.stringify([entry.collector, entry.config]) }]),
    );
    const changes: SourceChanges = { started: [], stopped: [], kept: [] };
    const ending: Promise<void>[] = [];
    for (const [name, source] of this.running) {
      if (wanted.get(name)?.key === source.key) {
        changes.kept.push(name);
        continue;
      }
      source.stop.abort();
      this.running.delete(name);
      changes.stopped.push(name);
      ending.push(source.done.then(() => (wanted.has(name) ? undefined : this.gone(name))));
    }
    await Promise.all(ending);
    for (const [name, { entry, key }] of wanted) {
      if (this.running.has(name)) continue;
      this.start(entry, key);
      changes.started.push(name);
    }
    return changes;
  }

  private start(entry: TargetEntry, key: string): void {
    const stop = new AbortController();
    // A source may run a loop per card or path, all on this one signal: more than ten are no leak.
    setMaxListeners(0, stop.signal);
    let source: Source;
    try {
      const plugin = pluginNamed(entry.collector);
      if (plugin === undefined) throw new Error(`there is no collector "${entry.collector}"`);
      source = plugin.create(entry.config, this.contextFor(entry));
    } catch (error) {
      this.logger.error({ target: entry.name, reason: errorMessage(error) }, 'target cannot be started');
      return;
    }
    // A source that fails for good must not take the others with it.
    const done = source.start(stop.signal).catch((error: unknown) => {
      this.logger.error({ target: entry.name, err: error }, 'target stopped with an error');
    });
    this.running.set(entry.name, { key, stop, done });
  }

  /** Stops all and waits for them. */
  async close(): Promise<void> {
    const all = [...this.running.values()];
    for (const { stop } of all) stop.abort();
    await Promise.all(all.map(({ done }) => done));
    this.running.clear();
  }
}
