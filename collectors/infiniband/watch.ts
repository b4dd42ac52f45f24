import { CollectorError, errorMessage } from '../../lib/errors.ts';
import { type PortErrors, parseErrors } from './errors.ts';
import type { Tools } from './tools.ts';

/** What one look at the whole fabric told. */
export interface Alarms {
  /** "guid port" of ports that waited for credits or had errors since the last look. */
  ports: ReadonlySet<string>;
  /** A link was trained anew: its width and speed may have changed. */
  linkChanged: boolean;
}

const NONE: Alarms = { ports: new Set(), linkChanged: false };
/** Side effects of routing, no trouble of a port. */
const HARMLESS: ReadonlySet<string> = new Set(['PortRcvSwitchRelayErrors', 'VL15Dropped', 'QP1Dropped']);
const TRAINED: readonly string[] = ['LinkDownedCounter', 'LinkErrorRecoveryCounter'];
/** Sweeps between tries, at most, where the command fails. */
const LONGEST_PAUSE = 64;

interface WatchOptions {
  tools: Pick<Tools, 'run'>;
  timeoutMs: number;
  /** Adapters too, not switches alone. */
  hosts: boolean;
}

/**
 * Asks the whole fabric for its errors with one command, so that a port that is read seldom is read at once when
 * something happens there. The command starts from the nodes that `ibnetdiscover` has found and does not look for them.
 */
export class ErrorWatch {
  problem: string | undefined;
  private before: ReadonlyMap<string, PortErrors['counters']> | undefined;
  private pause = 0;
  private failures = 0;

  constructor(private readonly options: WatchOptions) {}

  /** @param cacheFile what `ibnetdiscover --cache` wrote; undefined where there is none. Never throws. */
  async look(cacheFile: string | undefined, signal: AbortSignal): Promise<Alarms> {
    if (cacheFile === undefined || this.pause-- > 0) return NONE;
    try {
      const now = await this.read(cacheFile, signal);
      this.failures = 0;
      this.pause = 0;
      this.problem = undefined;
      const before = this.before;
      this.before = now;
      return before === undefined ? NONE : compare(before, now);
    } catch (error) {
      this.pause = Math.min(2 ** this.failures++, LONGEST_PAUSE);
      this.problem = `quiet ports are read in turns only: ${errorMessage(error)}`;
      return NONE;
    }
  }

  private async read(cacheFile: string, signal: AbortSignal): Promise<ReadonlyMap<string, PortErrors['counters']>> {
    const { tools, timeoutMs, hosts } = this.options;
    // Zero as the threshold, whatever the machine's own file of thresholds says.
    const args = ['--load-cache', cacheFile, '--threshold-file', '/dev/null', ...(hosts ? [] : ['--switch'])];
    const { text, failure } = await tools.run('ibqueryerrors', args, timeoutMs, signal);
    // It also ends with 1 where it has found errors.
    if (!text.includes('## Summary:')) throw new CollectorError('unavailable', failure ?? 'ibqueryerrors: no summary');
    return new Map(parseErrors(text).map(({ guid, port, counters }) => [`${guid} ${port}`, counters]));
  }
}

function compare(
  before: ReadonlyMap<string, PortErrors['counters']>,
  now: ReadonlyMap<string, PortErrors['counters']>,
): Alarms {
  const ports = new Set<string>();
  let linkChanged = false;
  for (const [key, counters] of now) {
    const last = before.get(key);
    for (const [name, value] of counters) {
      if (HARMLESS.has(name) || value === (last?.get(name) ?? 0)) continue;
      ports.add(key);
      linkChanged ||= TRAINED.includes(name);
    }
  }
  return { ports, linkChanged };
}
