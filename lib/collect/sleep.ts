import { setTimeout as delay } from 'node:timers/promises';

/** Waits, or returns at once when the signal says stop. Taken as an argument by whatever waits, so tests need no time. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** Waits on the machine's timer; an aborted wait resolves (the caller looks at the signal). */
export const realSleep: Sleep = async (ms, signal) => {
  if (signal.aborted) return;
  try {
    await delay(ms, undefined, { signal });
  } catch {
    // Only an abort rejects, and the caller's loop condition sees it.
  }
};
