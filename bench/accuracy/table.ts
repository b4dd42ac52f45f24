import { type Figures, figures, type Tally } from './score.ts';
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
export interface AccuracyRow extends RowKey, Figures {}

/** Gathers tallies under their line. */
export class AccuracyTable {
  private readonly lines = new Map<string, { key: RowKey; tallies: Tally[] }>();

  add(key: RowKey, tally: Tally): void {
    const name = JSON.stringify([key.set, key.who, key.variant, key.pollSeconds]);
    const line = this.lines.get(name) ?? { key, tallies: [] };
    line.tallies.push(tally);
    this.lines.set(name, line);
  }

  rows(): AccuracyRow[] {
    return [...this.lines.values()].map(({ key, tallies }) => ({ ...key, ...figures(tallies) }));
  }
}
