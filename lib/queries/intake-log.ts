import type { IntakeView } from '../api/types.ts';
import type { Clock } from '../clock.ts';

/** Doors that are told one by one; whoever makes up more shares the last. */
const MOST_DOORS = 20;
const LONGEST_DETAIL = 500;

/** What the monitor has not taken: configurations that could not be used, and pushed records that were refused. */
export class IntakeLog {
  #config: IntakeView['config'] = null;
  readonly #refusals = new Map<string, IntakeView['refusals'][number]>();

  constructor(private readonly clock: Clock) {}

  /** A configuration was read again: what changed, or why the old one stays. */
  reloaded(ok: boolean, message: string): void {
    this.#config = { atMs: this.clock.now(), ok, message: message.slice(0, LONGEST_DETAIL) };
  }

  /** Records came in and were not taken. @param door which way they came, e.g. "steps" */
  refused(door: string, records: number, detail: string): void {
    if (records <= 0) return;
    const key = this.#refusals.has(door) || this.#refusals.size < MOST_DOORS ? door : 'others';
    const before = this.#refusals.get(key)?.records ?? 0;
    const lastDetail = detail.slice(0, LONGEST_DETAIL);
    this.#refusals.set(key, { door: key, records: before + records, lastMs: this.clock.now(), lastDetail });
  }

  view(): IntakeView {
    return { config: this.#config, refusals: [...this.#refusals.values()].sort((a, b) => b.lastMs - a.lastMs) };
  }
}
