import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CollectorError, errorMessage } from '../../lib/errors.ts';
import { type FoundPort, type LinkHint, parseLinkHints, parseTopology } from './parse.ts';
import type { Tools } from './tools.ts';

/** What one look at the fabric found. */
export interface Scan {
  ports: FoundPort[];
  hints: LinkHint[];
  /** Why there are no hints, where they could not be had. */
  noHints: string | undefined;
}

/**
 * Looks a fabric through, once: `ibnetdiscover` walks it and keeps what it found in a file, from which the other commands
 * start. The file also serves a restart of the collector: a large fabric takes minutes.
 */
export class FabricScanner {
  constructor(
    private readonly tools: Pick<Tools, 'run'>,
    private readonly file: string,
    private readonly timeoutMs: number,
  ) {}

  /** What the other commands can start from; undefined where this `ibnetdiscover` keeps nothing. */
  get cacheFile(): string | undefined {
    return existsSync(this.file) ? this.file : undefined;
  }

  /** When the file was written, Unix ms; undefined where there is none. */
  get cachedMs(): number | undefined {
    return statSync(this.file, { throwIfNoEntry: false })?.mtimeMs;
  }

  /**
   * @param walk false to take what the file has
   * @throws CollectorError where the fabric cannot be looked through, or only in part
   */
  async scan(walk: boolean, signal: AbortSignal): Promise<Scan> {
    if (walk) await this.walk(signal);
    const cached = this.cacheFile === undefined ? [] : ['--load-cache', this.file];
    const { text, failure } = await this.tools.run('ibnetdiscover', ['-p', ...cached], this.timeoutMs, signal);
    // Half a fabric would look as if the other half had been unplugged.
    if (failure !== undefined) throw new CollectorError('unavailable', failure);
    const { ports, otherLines } = parseTopology(text);
    if (ports.length === 0) {
      const more = otherLines > 0 ? `: ${otherLines} lines are no ports` : '';
      throw new CollectorError('malformed', `ibnetdiscover shows no port${more}`);
    }
    return { ports, ...(await this.hints(cached, signal)) };
  }

  private async walk(signal: AbortSignal): Promise<void> {
    const next = `${this.file}.next`;
    mkdirSync(dirname(this.file), { recursive: true });
    // It does not write over a file.
    rmSync(next, { force: true });
    const { failure } = await this.tools.run('ibnetdiscover', ['--cache', next], this.timeoutMs, signal);
    if (failure !== undefined) throw new CollectorError('unavailable', failure);
    if (existsSync(next)) renameSync(next, this.file);
    else rmSync(this.file, { force: true });
  }

  /** Which links could do more; nice to have. */
  private async hints(cached: readonly string[], signal: AbortSignal): Promise<Pick<Scan, 'hints' | 'noHints'>> {
    try {
      const { text } = await this.tools.run('iblinkinfo', ['--line', ...cached], this.timeoutMs, signal);
      return { hints: parseLinkHints(text), noHints: undefined };
    } catch (error) {
      return { hints: [], noHints: errorMessage(error) };
    }
  }
}
