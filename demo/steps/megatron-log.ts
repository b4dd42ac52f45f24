import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FinishedStep } from '../fabric/job.ts';

/** Steps the run is said to have: the "/ N" of Megatron's line. */
const TOTAL_STEPS = 500_000;
const BATCH_SIZE = 1024;

/**
 * Appends the line Megatron-LM's last rank prints per iteration (`--log-interval 1`).
 * @source Megatron-LM megatron/training/training.py, training_log()
 */
export class MegatronLog {
  constructor(readonly file: string) {
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, '');
  }

  write(finished: FinishedStep, epochMs: number): void {
    appendFileSync(this.file, `${megatronLine(finished, epochMs)}\n`);
  }
}

export function megatronLine(finished: FinishedStep, epochMs: number): string {
  const iteration = finished.step;
  const elapsedMs = finished.endMs - finished.startMs;
  const at = new Date(epochMs + finished.endMs).toISOString().replace('T', ' ').replace('Z', '');
  const loss = 2 + 8 / Math.sqrt(iteration + 1);
  return [
    ` [${at}000] iteration ${String(iteration).padStart(8)}/${String(TOTAL_STEPS).padStart(8)} `,
    ` consumed samples: ${String(iteration * BATCH_SIZE).padStart(12)} `,
    ` elapsed time per iteration (ms): ${elapsedMs.toFixed(1)} `,
    ` learning rate: 1.500000E-04 `,
    ` global batch size: ${String(BATCH_SIZE).padStart(5)} `,
    ` lm loss: ${loss.toFixed(6)}E+00 `,
    ` loss scale: 1.0 `,
    ` grad norm: 0.812 `,
    ` number of skipped iterations: ${String(0).padStart(3)} `,
    ` number of nan iterations: ${String(0).padStart(3)} |`,
  ].join('|');
}
