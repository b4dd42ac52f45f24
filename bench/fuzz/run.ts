import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FabricError } from '../../lib/errors.ts';
import { HttpError } from '../../lib/http/http-error.ts';
import { Random } from './random.ts';

/** One broken input on its way through production code. */
export interface FuzzInput {
  /** What was sent, for a failure's message: short, printable. */
  describe(): string;
  /**
   * @returns true where some of it could be used
   * @throws FabricError or HttpError to refuse it; anything else is a crash
   */
  run(): boolean | Promise<boolean>;
}

/** A kind of input, with the readers that get it: opened once, so that whatever piles up in them is seen. */
export interface FuzzSubject {
  next(random: Random): FuzzInput;
  /** Whether good input is still read whole after all that was broken. */
  isWell(): boolean | Promise<boolean>;
  /** What it may remember by design (names, up to a bound), MiB; default 16. */
  mayRememberMiB?: number;
  close?(): void;
}

/** What a fuzz run found. */
export interface FuzzResult {
  inputs: number;
  /** Inputs of which something could be used in spite of all, and inputs refused with a reason. */
  used: number;
  refused: number;
  /** Longest CPU time of one input, ms. */
  longestMs: number;
  longestInput: string;
  /** Memory held after the run and not before it, MiB. */
  growthMiB: number;
}

/** Slowest acceptable handling of one input, ms of CPU time. */
const LONGEST_MS = 100;
const MOST_GROWTH_MIB = 16;
/** Reasons shorter than this name nothing. */
const SHORTEST_REASON = 10;

/**
 * Sends broken inputs through a subject.
 * @throws Error naming the input that crashed, hung or was refused without a reason, or saying that memory grew or good
 * input is no longer read
 */
export async function fuzz(
  open: () => FuzzSubject | Promise<FuzzSubject>,
  count: number,
  seed: number,
): Promise<FuzzResult> {
  const subject = await open();
  try {
    // A first round fills caches and compiles; what grows after it would grow for ever.
    await round(subject, Math.ceil(count / 5), new Random(seed + 1));
    const before = heldMiB();
    const result = await round(subject, count, new Random(seed));
    const growthMiB = Math.round((heldMiB() - before) * 10) / 10;
    const { mayRememberMiB = MOST_GROWTH_MIB } = subject;
    if (growthMiB > mayRememberMiB) throw new Error(`memory grew by ${growthMiB} MiB over ${count} inputs`);
    if (!(await subject.isWell())) throw new Error('good input is no longer read');
    return { ...result, growthMiB };
  } finally {
    subject.close?.();
  }
}

async function round(subject: FuzzSubject, count: number, random: Random): Promise<Omit<FuzzResult, 'growthMiB'>> {
  const result = { inputs: 0, used: 0, refused: 0, longestMs: 0, longestInput: '' };
  for (; result.inputs < count; result.inputs++) {
    const input = subject.next(random);
    const { outcome, tookMs } = await timed(input);
    if (outcome === 'used') result.used++;
    if (outcome === 'refused') result.refused++;
    if (tookMs <= result.longestMs) continue;
    result.longestMs = tookMs;
    result.longestInput = input.describe();
  }
  return result;
}

async function timed(input: FuzzInput): Promise<{ outcome: string; tookMs: number }> {
  let tookMs = Number.POSITIVE_INFINITY;
  let outcome = '';
  // A collection of garbage may fall into one input's time; a hang comes again.
  for (let tries = 0; tookMs > LONGEST_MS && tries < 3; tries++) {
    // CPU time: on a busy machine the clock says nothing about the input.
    const before = process.cpuUsage();
    const now = await handle(input);
    const { user, system } = process.cpuUsage(before);
    tookMs = Math.min(tookMs, (user + system) / 1000);
    if (tries === 0) outcome = now;
  }
  if (tookMs > LONGEST_MS) throw new Error(`${tookMs} ms on ${input.describe()}`);
  return { outcome, tookMs };
}

async function handle(input: FuzzInput): Promise<'used' | 'useless' | 'refused'> {
  try {
    return (await input.run()) ? 'used' : 'useless';
  } catch (error) {
    const isRefusal = error instanceof FabricError || error instanceof HttpError;
    if (isRefusal && error.message.length >= SHORTEST_REASON) return 'refused';
    throw new Error(`${error instanceof Error ? error.stack : String(error)}\non ${input.describe()}`, {
      cause: error,
    });
  }
}

let collect: (() => void) | undefined;

/** Memory that is still held once the garbage is gone, MiB. */
function heldMiB(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  // What buffers held outside the heap is let go one collection after them.
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 / 1024;
}

/** The start of some bytes, printable. */
export function shown(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1').slice(0, 200));
}
