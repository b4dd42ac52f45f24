import { mkdir, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { SEVERITIES } from '../kinds.ts';
import type { Logger } from '../logger.ts';
import type { Told } from './deduplicate.ts';
import { writeFileAtomically } from './files.ts';

/** Resolved alerts are remembered this long, so that a late version of an incident is not told again. */
const REMEMBER_MS = 7 * 24 * 3_600_000;

const storedTold = z.array(
  z.tuple([
    z.string(),
    z.object({
      fingerprint: z.string(),
      severity: z.enum(SEVERITIES),
      state: z.enum(['firing', 'resolved']),
      round: z.number(),
      atMs: z.number(),
    }),
  ]),
);

/** Who has been told what: what de-duplication remembers across restarts. */
export class ToldState {
  readonly #file: string;
  readonly #told: Map<string, Told>;

  private constructor(file: string, told: Map<string, Told>) {
    this.#file = file;
    this.#told = told;
  }

  static async open(file: string, logger: Logger): Promise<ToldState> {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return new ToldState(file, new Map());
    }
    try {
      return new ToldState(file, new Map(storedTold.parse(JSON.parse(text))));
    } catch (error) {
      logger.error({ err: error }, 'alert state is unreadable: set aside, alerts may be told twice');
      await rename(file, `${file}.bad`);
      return new ToldState(file, new Map());
    }
  }

  get(receiver: string, incident: string): Told | undefined {
    return this.#told.get(key(receiver, incident));
  }

  set(receiver: string, incident: string, told: Told): void {
    this.#told.set(key(receiver, incident), told);
  }

  /** Makes the memory durable and forgets what was over long ago. */
  async save(nowMs: number): Promise<void> {
    for (const [name, told] of this.#told) {
      if (told.state === 'resolved' && nowMs - told.atMs > REMEMBER_MS) this.#told.delete(name);
    }
    await writeFileAtomically(this.#file, JSON.stringify([...this.#told]));
  }
}

function key(receiver: string, incident: string): string {
  return `${receiver}\0${incident}`;
}
