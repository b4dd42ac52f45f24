import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Fault } from '../fabric/faults.ts';
import type { TruthBook, TruthDocument } from './document.ts';

const stepList = z.array(z.tuple([z.string(), z.number()]));
const earlierSchema = z.object({
  faults: z.array(z.looseObject({ id: z.number(), startMs: z.number(), endMs: z.number() })),
  slowSteps: stepList,
  steps: z.record(z.string(), z.array(z.tuple([z.number(), z.number()]))),
  networkLostSeconds: z.record(z.string(), z.number()),
  biasUnscored: z.array(z.string()),
  doNotScoreSteps: stepList,
});
type Earlier = z.infer<typeof earlierSchema>;

/**
 * `demo-truth.json`: what was injected and what it did, for checks only. Times are Unix ms. A demo started again in
 * the same directory adds to what earlier runs wrote.
 */
export class TruthFile {
  private readonly begun: Fault[] = [];
  private readonly earlier: Earlier | undefined;
  private changed = true;

  constructor(
    private readonly file: string,
    private readonly book: TruthBook,
    /** Unix ms of model time 0. */
    private readonly epochMs: number,
  ) {
    this.earlier = readEarlier(file, epochMs);
  }

  /** A fault has begun. */
  add(fault: Fault): void {
    this.begun.push(fault);
    this.changed = true;
  }

  /** Steps have ended or have been judged: the file is behind. */
  touch(): void {
    this.changed = true;
  }

  /** Writes the truth as of model time `nowMs`, if it has changed. */
  save(nowMs: number): void {
    if (!this.changed) return;
    this.changed = false;
    const document = join(this.earlier, this.book.document('demo', this.begun, nowMs, this.epochMs));
    writeFileSync(`${this.file}.new`, `${JSON.stringify(document, null, 1)}\n`);
    renameSync(`${this.file}.new`, this.file);
  }
}

/** What an earlier run wrote. A fault that was still on ended with that run. */
function readEarlier(file: string, nowMs: number): Earlier | undefined {
  try {
    const earlier = earlierSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { ...earlier, faults: earlier.faults.map((fault) => ({ ...fault, endMs: Math.min(fault.endMs, nowMs) })) };
  } catch {
    // No file, or one that is not ours: nothing to go on with.
    return undefined;
  }
}

function join(earlier: Earlier | undefined, now: TruthDocument): unknown {
  if (!earlier) return now;
  const firstId = Math.max(-1, ...earlier.faults.map(({ id }) => id)) + 1;
  const jobs = [...new Set([...Object.keys(earlier.steps), ...Object.keys(now.steps)])];
  const lost = jobs.map((job): [string, number] => [
    job,
    (earlier.networkLostSeconds[job] ?? 0) + (now.networkLostSeconds[job] ?? 0),
  ]);
  return {
    ...now,
    faults: [...earlier.faults, ...now.faults.map((fault) => ({ ...fault, id: fault.id + firstId }))],
    slowSteps: [...earlier.slowSteps, ...now.slowSteps],
    steps: Object.fromEntries(jobs.map((job) => [job, [...(earlier.steps[job] ?? []), ...(now.steps[job] ?? [])]])),
    networkLostSeconds: Object.fromEntries(lost.filter(([, seconds]) => seconds > 0)),
    biasUnscored: [...new Set([...earlier.biasUnscored, ...now.biasUnscored])],
    doNotScoreSteps: [...earlier.doNotScoreSteps, ...now.doNotScoreSteps],
  };
}
