import { describe, expect, it } from 'vitest';
import { column } from '../../lib/samples/frame.ts';
import type { Sample } from '../../lib/samples/sample.ts';
import { blockFromSamples } from '../../lib/store/block.ts';
import { SeriesDictionary } from '../../lib/store/series.ts';
import { FrameFeed } from '../../monitor/ingest/frames.ts';

function row(port: string, endMs: number, fields: Sample['fields'], over: Partial<Sample> = {}): Sample {
  return { device: 'leaf1', port, startMs: endMs - 1000, endMs, quality: 'exact', fields, ...over };
}

describe('FrameFeed', () => {
  const feedOf = () => {
    const dictionary = new SeriesDictionary();
    const feed = new FrameFeed(dictionary);
    return { feed, give: (rows: Sample[]) => feed.frames(blockFromSamples(rows, dictionary)) };
  };

  it('makes one frame of the rows of one poll, whole ports and priorities', () => {
    const { give } = feedOf();
    const [frame, ...others] = give([
      row('E1', 5000, { rxBytesPerSec: 1 }),
      row('E1', 5000, { rxPauseFraction: 0.3 }, { priority: 3 }),
      row('E2', 5100, { rxBytesPerSec: 2 }),
    ]);
    expect(others).toEqual([]);
    expect(frame?.ports).toEqual(['E1', 'E2']);
    expect([...frame!.endMs]).toEqual([5000, 5100]);
    expect([...column(frame!, 'rxBytesPerSec')!]).toEqual([1, 2]);
    expect([...column(frame!, 'rxPauseFraction', 3)!]).toEqual([0.3, Number.NaN]);
    expect(column(frame!, 'rxPauseFraction')).toBeUndefined();
  });

  it('keeps polls, devices, qualities and lengths apart', () => {
    const { give } = feedOf();
    const frames = give([
      row('E1', 6000, { rxBytesPerSec: 2 }),
      row('E1', 5000, { rxBytesPerSec: 1 }),
      row('E1', 5000, { rxPauseFraction: 1 }, { quality: 'bounded' }),
      row('E1', 6000, { queueBytes: 9 }, { startMs: 0 }),
      row('E1', 5000, { rxBytesPerSec: 3 }, { device: 'leaf2' }),
    ]);
    const told = frames.map(({ device, endMs, quality, columns }) => [device, endMs[0], quality[0], columns[0]?.field]);
    expect(told).toHaveLength(5);
    expect(told).toEqual(
      expect.arrayContaining([
        ['leaf1', 5000, 0, 'rxBytesPerSec'],
        ['leaf1', 5000, 1, 'rxPauseFraction'],
        ['leaf1', 6000, 0, 'rxBytesPerSec'],
        ['leaf1', 6000, 0, 'queueBytes'],
        ['leaf2', 5000, 0, 'rxBytesPerSec'],
      ]),
    );
    const times = frames.filter(({ device }) => device === 'leaf1').map(({ endMs }) => endMs[0]);
    expect(times).toEqual([...times].sort());
  });

  it('gives the same port list until a port is added', () => {
    const { give } = feedOf();
    const [first] = give([row('E1', 1000, { linkUp: 1 })]);
    const [second] = give([row('E1', 2000, { linkUp: 1 })]);
    const [third] = give([row('E2', 2000, { linkUp: 1 })]);
    expect(second?.ports).toBe(first?.ports);
    expect(third?.ports).toEqual(['E1', 'E2']);
  });

  it('gives late and repeated rows once, also after a restart', () => {
    const { feed, give } = feedOf();
    const rows = [row('E1', 2000, { linkUp: 1 }), row('E1', 2000, { rxPauseFraction: 0 }, { quality: 'bounded' })];
    expect(give(rows)).toHaveLength(2);
    expect(give(rows)).toEqual([]);
    expect(give([row('E1', 1000, { linkUp: 1 })])).toEqual([]);
    expect(feed.repeated).toBe(3);
    const again = feedOf();
    again.feed.restore(JSON.parse(JSON.stringify(feed.snapshot())));
    expect(again.give(rows)).toEqual([]);
    expect(again.give([row('E1', 3000, { linkUp: 1 })])).toHaveLength(1);
  });
});
