import { renameSync, writeFileSync } from 'node:fs';
import type { Fault } from '../fabric/faults.ts';
import type { TruthBook } from './document.ts';

/** `demo-truth.json`: what was injected and what it did, for checks only. Times are Unix ms. */
export class TruthFile {
  private readonly begun: Fault[] = [];
  private changed = true;

  constructor(
    private readonly file: string,
    private readonly book: TruthBook,
    /** Unix ms of model time 0. */
    private readonly epochMs: number,
  ) {}

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
    const document = this.book.document('demo', this.begun, nowMs, this.epochMs);
    writeFileSync(`${this.file}.new`, `${JSON.stringify(document, null, 1)}\n`);
    renameSync(`${this.file}.new`, this.file);
  }
}
