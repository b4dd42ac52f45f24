import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A small recording: one leaf, two hosts; host h1 holds its leaf port from second 20 to 30. */
export interface FolderParts {
  fabric?: unknown;
  counters?: string;
  steps?: string | null;
}

export const FABRIC = {
  format: 'stallscope-trace/1',
  name: 'small',
  sampleMs: 1000,
  durationMs: 60_000,
  pfcPriority: 3,
  devices: [
    { device: 'leaf', role: 'leaf' },
    { device: 'h0', role: 'host' },
    { device: 'h1', role: 'host' },
  ],
  ports: [
    { device: 'leaf', port: '1', peerDevice: 'h0', peerPort: '1', linkRateBitsPerSec: 1e11 },
    { device: 'leaf', port: '2', peerDevice: 'h1', peerPort: '1', linkRateBitsPerSec: 1e11 },
    { device: 'h0', port: '1', peerDevice: 'leaf', peerPort: '1', linkRateBitsPerSec: 1e11 },
    { device: 'h1', port: '1', peerDevice: 'leaf', peerPort: '2', linkRateBitsPerSec: 1e11 },
  ],
  jobs: [
    {
      job: 'j',
      warmupSteps: 0,
      ranks: [
        { rank: 0, device: 'h0', port: '1' },
        { rank: 1, device: 'h1', port: '1' },
      ],
    },
  ],
};

export const HEADER = 't_ms,device,port,tx_bytes,rx_bytes,tx_packets,rx_packets,rx_pause_us,tx_pause_us,link_rate_bps';

/** Rows of the counters, without the header. */
export function rows(): string[] {
  const lines: string[] = [];
  for (let second = 0; second <= 60; second++) {
    const held = Math.min(Math.max(second - 20, 0), 10) * 700_000;
    const bytes = second * 4_000_000_000;
    for (const [device, port, rx, tx] of [
      ['leaf', '1', 0, 0],
      ['leaf', '2', held, 0],
      ['h0', '1', 0, 0],
      ['h1', '1', 0, held],
    ]) {
      lines.push(
        [second * 1000, device, port, bytes, bytes, second * 1e6, second * 1e6, rx, tx, 100_000_000_000].join(','),
      );
    }
  }
  return lines;
}

/** Two ranks, steps of 2 s; those that overlap the storm take 3 s. */
export function steps(): string {
  const lines = ['job,step,rank,start_ms,end_ms,compute_end_ms'];
  let at = 0;
  for (let step = 0; at < 58_000; step++) {
    const length = at >= 19_000 && at < 30_000 ? 3000 : 2000 + (step % 3) * 5;
    for (const rank of [0, 1]) lines.push(`j,${step},${rank},${at},${at + length},${at + 800}`);
    at += length;
  }
  return `${lines.join('\n')}\n`;
}

/** Writes a recording to a scratch folder and hands it to `use`. */
export async function withFolder<T>(parts: FolderParts, use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'stallscope-replay-'));
  try {
    const fabric = parts.fabric ?? FABRIC;
    writeFileSync(
      join(directory, 'fabric.json'),
      typeof fabric === 'string' ? fabric : JSON.stringify(fabric, null, 1),
    );
    writeFileSync(
      join(directory, 'counters.csv.gz'),
      gzipSync(parts.counters ?? `${[HEADER, ...rows()].join('\n')}\n`),
    );
    if (parts.steps !== null) writeFileSync(join(directory, 'steps.csv'), parts.steps ?? steps());
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
