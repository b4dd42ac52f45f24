import { Counter64, counterOfFloat } from '../counters/counter64.ts';
import type { ReadingFrame } from '../counters/reading.ts';
import { ExporterSeries } from '../exporters/exporter-series.ts';
import type { PlannedSeries } from '../exporters/plan.ts';
import type { CollectiveRecord } from '../training/collective.ts';

/** Samples this close together are of one scrape: exporters with clocks of their own stamp a sweep over some time, ms. */
const ROUND_MS = 500;
/** Scrapes waiting for the rest of them: a sender splits one over its shards, and one of them may lag. */
const MOST_OPEN = 3;
/** No sender holds samples longer than this to fill a request, ms. Prometheus waits 5 s. */
const HOLD_MS = 30_000;
/** Rounds without some series before the choice of sources is made anew. */
const RELEARN_AFTER = 10;
/** Half of what a scrape may take: a sample's time is when it began, ms. */
const SCRAPE_ERROR_MS = 50;

/** A series of a target; where it stands moves when others are forgotten. */
export interface TargetSeries {
  target: TargetRounds;
  /** -1: it was forgotten. */
  slot: number;
}

/** One scrape under assembly. */
interface Round {
  /** Of its first sample, Unix ms. */
  atMs: number;
  arrivedMs: number;
  /** NaN: told to be gone. */
  values: Map<number, { value: number; atMs: number }>;
  /** How many there were the last time. */
  expected: number;
}

/** What a scrape gave. */
export interface RoundReading {
  /** The target it is of. */
  source: string;
  frames: ReadingFrame[];
  collectives: CollectiveRecord[];
}

/**
 * The scrapes of one target as they are written on: the series of one come in several requests, in any order between
 * series, some of them twice. A scrape is read once it has all that the one before had, or once it has waited enough.
 */
export class TargetRounds {
  lastArrivalMs = 0;

  /** @param source its name, for RoundReading */
  constructor(private readonly source: string) {}

  private readonly exporter = new ExporterSeries();
  private readonly members: TargetSeries[] = [];
  private readonly byKey = new Map<string, TargetSeries>();
  private open: Round[] = [];
  /** [slot] time of its last sample that was read, and how many were read with it. */
  private readMs: number[] = [];
  private sizes: number[] = [];
  private incomplete = 0;
  private readonly counter = new Counter64();

  /** The place of a series; the same key has one place, whoever sends it. */
  add(planned: PlannedSeries): TargetSeries {
    const known = this.byKey.get(planned.key);
    if (known !== undefined) return known;
    const series = { target: this, slot: this.exporter.add(planned) };
    this.members.push(series);
    this.byKey.set(planned.key, series);
    this.readMs.push(Number.NEGATIVE_INFINITY);
    this.sizes.push(0);
    return series;
  }

  /** @returns false for a sample that is late or came before */
  take(slot: number, value: number, atMs: number, nowMs: number): boolean {
    this.lastArrivalMs = nowMs;
    if (atMs <= (this.readMs[slot] ?? 0)) return false;
    const round = this.roundOf(slot, atMs, nowMs);
    if (round === undefined) return false;
    round.values.set(slot, { value, atMs });
    round.expected = Math.max(round.expected, this.sizes[slot] ?? 0);
    return true;
  }

  /** The round a sample belongs to; undefined where that has one of this series. */
  private roundOf(slot: number, atMs: number, nowMs: number): Round | undefined {
    const exact = this.open.find((round) => round.atMs === atMs);
    for (const round of exact === undefined ? this.open : [exact]) {
      if (Math.abs(round.atMs - atMs) > ROUND_MS) continue;
      const there = round.values.get(slot);
      if (there === undefined) return round;
      if (there.atMs === atMs) return undefined;
    }
    const round: Round = { atMs, arrivedMs: nowMs, values: new Map(), expected: 0 };
    this.open.push(round);
    this.open.sort((a, b) => a.atMs - b.atMs);
    return round;
  }

  /** Reads the scrapes that are complete or have waited enough, oldest first. */
  finish(nowMs: number): RoundReading[] {
    const done: RoundReading[] = [];
    const ready = ({ values, expected, arrivedMs }: Round) =>
      (expected > 0 && values.size >= expected) || nowMs - arrivedMs > HOLD_MS;
    // A later one that is complete does not wait for an older one: that one's rest is not going to come.
    let upTo = Math.max(this.open.findLastIndex(ready), this.open.length - MOST_OPEN - 1);
    for (; upTo >= 0; upTo--) {
      const round = this.open.shift();
      if (round !== undefined) done.push(this.read(round));
    }
    return done;
  }

  private read(round: Round): RoundReading {
    const { exporter, members, source } = this;
    exporter.begin();
    for (const [slot, { value, atMs }] of round.values) {
      this.readMs[slot] = atMs;
      this.sizes[slot] = round.values.size;
      this.set(slot, value, atMs);
    }
    if (exporter.present === 0) return { source, frames: [], collectives: [] };
    this.incomplete = exporter.present < members.length ? this.incomplete + 1 : 0;
    if (this.incomplete >= RELEARN_AFTER && this.open.length === 0) this.forgetMissing();
    const frames = exporter.frames({ atMs: round.atMs, errorMs: SCRAPE_ERROR_MS }, () => {});
    return { source, frames, collectives: exporter.collectiveMeans(round.atMs).records };
  }

  private set(slot: number, value: number, atMs: number): void {
    const { series, values } = this.exporter;
    if (series[slot]?.isCounter) {
      if (!counterOfFloat(value, this.counter)) return;
      values.high[slot] = this.counter.high;
      values.low[slot] = this.counter.low;
    } else if (Number.isFinite(value)) values.value[slot] = value;
    else return;
    values.given[slot] = 1;
    values.atMs[slot] = atMs;
  }

  private forgetMissing(): void {
    const { given } = this.exporter.values;
    const kept = this.members.map((_, slot) => slot).filter((slot) => given[slot] === 1);
    const stays = new Set(kept);
    this.members.forEach((series, slot) => {
      if (stays.has(slot)) return;
      series.slot = -1;
      this.byKey.delete(this.exporter.series[slot]?.key ?? '');
    });
    this.exporter.forgetMissing();
    const moved = kept.map((slot) => this.members[slot]).filter((series) => series !== undefined);
    this.readMs = kept.map((slot) => this.readMs[slot] ?? 0);
    this.sizes = kept.map((slot) => this.sizes[slot] ?? 0);
    this.members.splice(0, this.members.length, ...moved);
    moved.forEach((series, slot) => {
      series.slot = slot;
    });
    this.incomplete = 0;
  }
}
