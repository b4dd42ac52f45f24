import { type DetectorMemory, memoryOf } from '../detector.ts';
import { at } from '../port-columns.ts';

/** The last foretold frame loss of each port, and until when it stands if nothing new is told, ms. */
export interface Foretold {
  loss: Float64Array;
  untilMs: Float64Array;
}

const NAME = 'degraded.foretold';
/** Windows that a prediction outlives its own. */
const HOLD_WINDOWS = 2;

/** A detector's memory of predictions; null while the device has made none, which costs nothing. */
export function foretoldOf(memory: DetectorMemory, ports: number, given: Float64Array | undefined): Foretold | null {
  if (given === undefined && !memory.perPort.has(NAME)) return null;
  return { loss: memoryOf(memory, NAME, ports), untilMs: memoryOf(memory, `${NAME}Until`, ports) };
}

/** Takes what an interval tells, and returns what stands at its end; 0 = nothing is foretold. */
export function noteForetold(
  kept: Foretold,
  port: number,
  given: Float64Array | undefined,
  startMs: number,
  endMs: number,
): number {
  const loss = at(given, port);
  if (!Number.isNaN(loss)) {
    kept.loss[port] = loss;
    kept.untilMs[port] = endMs + HOLD_WINDOWS * (endMs - startMs);
  }
  return endMs <= (kept.untilMs[port] ?? Number.NaN) ? (kept.loss[port] ?? 0) : 0;
}

/** Forgets the prediction: the link was down or trained anew. */
export function forgetForetold(kept: Foretold | null, port: number): void {
  if (kept !== null) kept.untilMs[port] = Number.NaN;
}
