import { BODY_LIMITS } from '../../lib/http/body.ts';
import { unsnappy } from '../../lib/http/snappy.ts';
import { SeriesDictionary } from '../../lib/store/series.ts';
import { PushedScrapes } from '../../monitor/ingest/pushed-scrapes.ts';
import { type SentSeries, snappyLiterals, writeRequest } from '../../tests/lib/remote-write/write-request.ts';
import { mutate } from './mutate.ts';
import type { Random } from './random.ts';
import { type FuzzSubject, shown } from './run.ts';

const T0 = 1_800_000_000_000;
/** Far fewer than a client can invent, so that the bound is met here. */
const MOST_SERIES = 1000;
const NASTY = ['\0', '\xff'.repeat(10), '\x0a\x7f', '__name__', 'instance', '\x80'.repeat(12), 'a'.repeat(4000)];

function scrape(atMs: number): SentSeries[] {
  const target = { job: 'node', instance: 'gpu07:9100' };
  return [
    {
      labels: { __name__: 'node_infiniband_port_data_received_bytes_total', ...target, device: 'mlx5_0', port: '1' },
      samples: [[atMs - T0, atMs]],
    },
    {
      labels: { __name__: 'sonic_queue_shared_watermark_bytes_total', ...target, interface: 'Ethernet0', queue: '3' },
      samples: [
        [7.5, atMs],
        ['stale', atMs + 1],
      ],
    },
    { labels: { __name__: 'up', ...target }, samples: [[1, atMs]] },
  ];
}

/** Mutated remote writes, before and after packing, through to samples. */
export function remoteWriteSubject(): FuzzSubject {
  let nowMs = T0;
  const options = { ufmDataUnit: 'words', alias: {} } as const;
  const scrapes = new PushedScrapes(new SeriesDictionary(MOST_SERIES), { now: () => nowMs }, 3_600_000, options);
  const read = (packed: Buffer): boolean => {
    const body = unsnappy(packed, { maxOutputLength: BODY_LIMITS.bodyBytes });
    const { block, made, reading } = scrapes.take(body);
    scrapes.stored(made);
    if (reading.refused > 0 && reading.reasons.length === 0) throw new Error('samples are refused without a reason');
    for (let row = 0; row < block.length; row++) {
      if ((block.endMs[row] ?? 0) <= (block.startMs[row] ?? 0)) throw new Error('an interval has no length');
    }
    return reading.accepted > 0;
  };
  const next = (random: Random): Buffer => {
    nowMs += 1000;
    const body = writeRequest(scrape(nowMs));
    return random.below(3) === 0
      ? mutate(snappyLiterals(body), random, NASTY)
      : snappyLiterals(mutate(body, random, NASTY));
  };
  return {
    next: (random) => {
      const packed = next(random);
      return { describe: () => shown(packed), run: () => read(packed) };
    },
    mayRememberMiB: 160,
    isWell: () => {
      nowMs += 1000;
      return read(snappyLiterals(writeRequest(scrape(nowMs))));
    },
  };
}
