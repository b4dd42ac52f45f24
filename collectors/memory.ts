import { setFlagsFromString } from 'node:v8';

/** Up to here a collector is an agent beside a training job, where its memory is somebody else's. */
const SMALL_TARGETS = 8;

/**
 * Keeps the heap of a small collector small: V8 would let its space for new objects grow to 32 MiB, which pays only
 * where a lot is made every second. Measured with 8 NICs at 1 s by `npm run -s bench -- host`.
 */
export function fitMemory(targets: number): void {
  if (targets <= SMALL_TARGETS) setFlagsFromString('--semi-space-growth-factor=1');
}
