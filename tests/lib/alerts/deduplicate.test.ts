import { describe, expect, it } from 'vitest';
import { deduplicate, type Told } from '../../../lib/alerts/deduplicate.ts';
import type { Incident } from '../../../lib/diagnosis/incident.ts';
import { incident } from './incident-fixture.ts';

/** Feeds versions of one incident and returns what is said each time. */
function story(...versions: Partial<Incident>[]): string[][] {
  let told: Told | undefined;
  return versions.map((version) => {
    const step = deduplicate(told, incident(version), 'warning', 1_795_000_100_000);
    told = step.told;
    return step.notices.map((notice) => `${notice.event.slice(6)} ${notice.severity}`);
  });
}

describe('deduplicate', () => {
  it('tells firing once, however many versions come', () => {
    expect(story({ severity: 'warning' }, { severity: 'warning' }, {})).toEqual([
      ['firing warning'],
      [],
      ['firing critical'],
    ]);
  });

  it('does not tell when it gets milder, and resolves when it ends', () => {
    const end = 1_795_000_060_000;
    expect(story({}, { severity: 'warning' }, { endMs: end }, { endMs: end })).toEqual([
      ['firing critical'],
      [],
      ['resolved critical'],
      [],
    ]);
  });

  it('tells nothing below the wanted severity, and nothing at the end of what was never told', () => {
    expect(story({ severity: 'info' }, { severity: 'info', endMs: 1_795_000_060_000 })).toEqual([[], []]);
  });

  it('tells both of an incident that was over when it was found', () => {
    expect(story({ endMs: 1_795_000_004_000 })).toEqual([['firing critical', 'resolved critical']]);
  });

  it('does not tell history', () => {
    expect(story({ endMs: 1_795_000_100_000 - 25 * 3_600_000 })).toEqual([[]]);
  });

  it('tells again, under a new id, when it opens again', () => {
    const ids: string[] = [];
    let told: Told | undefined;
    for (const endMs of [null, 1_795_000_060_000, null]) {
      const step = deduplicate(told, incident({ endMs }), 'warning', 1_795_000_100_000);
      told = step.told;
      ids.push(...step.notices.map((notice) => notice.id));
    }
    expect(new Set(ids).size).toBe(3);
  });

  it('says the same under the same id after a crash that lost the memory', () => {
    const first = deduplicate(undefined, incident(), 'warning', 1_795_000_100_000);
    const again = deduplicate(undefined, incident(), 'warning', 1_795_000_200_000);
    expect(again.notices).toEqual(first.notices);
    expect(first.notices[0]?.id.startsWith(first.notices[0].fingerprint)).toBe(true);
  });

  it('gives one identity to the same trouble at the same port, and another to another port', () => {
    const of = (change: Partial<Incident>) =>
      deduplicate(undefined, incident(change), 'warning', 1_795_000_100_000).notices[0]?.fingerprint;
    expect(of({ id: 'inc-2', startMs: 5 })).toBe(of({}));
    expect(of({ rootPort: 'Ethernet1/8' })).not.toBe(of({}));
    expect(of({ kind: 'incast' })).not.toBe(of({}));
  });
});
