import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const stateSchema = z.object({
  /** Port of each device that is read over a socket, UDP or TCP. */
  ports: z.record(z.string(), z.number()).default({}),
  controlPort: z.number(),
  boots: z.number(),
  /** Number of the next step of each job. */
  nextSteps: z.record(z.string(), z.number()),
});

/**
 * What a demo that is started again needs to go on with: the same ports, so that a running collector finds its
 * switches; higher step numbers, so that no step is told twice; a boot count that has grown.
 */
type DemoState = z.infer<typeof stateSchema>;

export function readState(file: string): DemoState {
  try {
    return stateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // No state, or one that cannot be read: begin anew.
    return { ports: {}, controlPort: 0, boots: 0, nextSteps: {} };
  }
}

export function writeState(file: string, state: DemoState): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(state)}\n`);
  renameSync(`${file}.new`, file);
}
