import type { Answer } from './calibration.ts';
import { type Figures, figures } from './figures.ts';
import { bootstrapIntervals, type Intervals } from './intervals.ts';
import type { Tally } from './tally.ts';
import type { Variant } from './variants.ts';

export const OURS = 'Stallscope';

/** What a line of the table is about. */
export interface RowKey {
  set: string;
  who: string;
  variant: Variant;
  pollSeconds: number;
}

/** One line of the accuracy table. */
export interface AccuracyRow extends RowKey, Figures {
  /** Ours as recorded only. */
  intervals: Intervals;
}

/** Gathers tallies and answers under their line. */
export class AccuracyTable {
  private readonly lines = new Map<string, { key: RowKey; tallies: Tally[] }>();
  private readonly answers = new Map<string, Answer[]>();

  add(key: RowKey, tally: Tally, answers: readonly Answer[] = []): void {
    const name = JSON.stringify([key.set, key.who, key.variant, key.pollSeconds]);
    const line = this.lines.get(name) ?? { key, tallies: [] };
    line.tallies.push(tally);
    this.lines.set(name, line);
    const known = this.answers.get(key.set) ?? [];
    known.push(...answers);
    this.answers.set(key.set, known);
  }

  rows(): AccuracyRow[] {
    return [...this.lines.values()].map(({ key, tallies }) => ({
      ...key,
      ...figures(tallies),
      intervals: key.who === OURS && key.variant === 'as recorded' ? bootstrapIntervals(tallies, 1) : {},
    }));
  }

  /** All that was said with a confidence about the recordings of one set. */
  answersOf(set: string): readonly Answer[] {
    return this.answers.get(set) ?? [];
  }
}
