import { expect, it } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import { SeriesDictionary } from '../../lib/store/series.ts';
import { LineIngest } from '../../monitor/ingest/line-ingest.ts';

const T0 = Date.UTC(2026, 10, 22, 12, 0, 0);

/** As Telegraf's input writes it; its own time is when it read the record. */
function line(entry: number, atMs: number, fields: string, more = ''): string {
  return `lanz_congestion_record,entry_type=${entry},host=agent,intf_name=Ethernet7,port=50001,port_id=7,source=leaf1,switch_id=0,traffic_class=3${more} timestamp=${atMs * 1000}i,time_of_max_qlen=0i,tx_latency=105i,${fields} ${T0 + 9000}`;
}

function samples(lines: string[], segmentBytes?: number) {
  const ingest = new LineIngest(new SeriesDictionary(), new ManualClock(T0 + 10_000), 3_600_000);
  ingest.setLanzSegment(segmentBytes);
  const { block, summary } = ingest.parse(Buffer.from(lines.join('\n')), 'ms');
  expect(summary.problems).toEqual([]);
  return block.toSamples();
}

const CONGESTION = [
  line(1, T0, 'queue_size=100i,q_drop_count=0i'),
  line(2, T0 + 500, 'queue_size=900i,q_drop_count=40i'),
  line(3, T0 + 1000, 'queue_size=10i,q_drop_count=40i'),
];

it('becomes what lies between two records of a congestion, drops as a lower bound', () => {
  const [first, second, ...more] = samples(CONGESTION);
  expect(more).toEqual([]);
  expect(first).toMatchObject({ device: 'leaf1', port: 'Ethernet7', priority: 3, startMs: T0, endMs: T0 + 500 });
  expect(first).toMatchObject({ quality: 'bounded', fields: { dropsPerSec: 80 } });
  expect(second).toMatchObject({ quality: 'exact', endMs: T0 + 1000, fields: { dropsPerSec: 0 } });
});

it('has queues in bytes only where the size of a segment is known', () => {
  expect(samples(CONGESTION)[0]?.fields.queueWatermarkBytes).toBeUndefined();
  expect(samples(CONGESTION, 480).map(({ fields }) => fields.queueWatermarkBytes)).toEqual([900 * 480, 900 * 480]);
});

it('says nothing of a congestion whose beginning was not seen, nor of the time between two', () => {
  expect(samples([line(3, T0, 'queue_size=1i,q_drop_count=5i')])).toEqual([]);
  expect(samples([CONGESTION[2]!, line(1, T0 + 3000, 'queue_size=100i,q_drop_count=0i')])).toEqual([]);
  expect(samples([CONGESTION[0]!, line(2, T0, 'queue_size=100i,q_drop_count=5i')])).toEqual([]);
});

it('names the tag that is missing, and takes a count that falls as one of its own', () => {
  const ingest = new LineIngest(new SeriesDictionary(), new ManualClock(T0), 3_600_000);
  const { summary } = ingest.parse(Buffer.from('lanz_congestion_record,intf_name=Ethernet7 queue_size=1i'), 'ms');
  expect(summary.problems[0]?.message).toContain('source and intf_name');
  const again = [CONGESTION[0]!, CONGESTION[1]!, line(2, T0 + 600, 'queue_size=5i,q_drop_count=3i')];
  expect(samples(again).map(({ fields }) => fields.dropsPerSec)).toEqual([80, 30]);
});
