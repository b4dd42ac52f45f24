import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lib/clock.ts';
import { DevicePipeline, type DevicePipelineOptions } from '../../../lib/collect/device-pipeline.ts';
import { Neighbourhood } from '../../../lib/collect/neighbourhood.ts';
import { PipelineState } from '../../../lib/collect/pipeline-state.ts';
import type { ReadingFrame } from '../../../lib/counters/reading.ts';
import type { Episode } from '../../../lib/detectors/episode.ts';
import { silentLogger } from '../../../lib/logger.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pipeline-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const START = 1_795_363_800_000;
const PORTS = ['Ethernet1', 'Ethernet2'];

/** Counters of a 100G leaf after `second` seconds; Ethernet1 faces a host that holds it paused for `paused` of them. */
function reading(second: number, pausedSeconds = 0, device = 'leaf1'): ReadingFrame {
  const count = (counter: 'txBytes' | 'rxPauseUs' | 'txPackets', priority: number, values: number[]) => ({
    counter,
    priority,
    widthBits: 64 as const,
    high: Uint32Array.from(values, (value) => Math.floor(value / 2 ** 32)),
    low: Uint32Array.from(values, (value) => value % 2 ** 32),
    present: new Uint8Array(PORTS.length).fill(1),
  });
  return {
    device,
    ports: PORTS,
    atMs: Float64Array.from(PORTS, () => START + second * 1000),
    clockErrorMs: 1,
    uptimeMs: 10_000_000 + second * 1000,
    linkRateBitsPerSec: Float64Array.of(100e9, 100e9),
    linkUp: Uint8Array.of(1, 1),
    counters: [
      count('txBytes', -1, [second * 4e9, second * 5e9]),
      count('txPackets', -1, [second * 4e6, second * 5e6]),
      count('rxPauseUs', 3, [Math.round(pausedSeconds * 1e6), 0]),
    ],
    gauges: [],
  };
}

function open(over: Partial<DevicePipelineOptions> = {}) {
  const lines: string[] = [];
  const episodes: Episode[] = [];
  const neighbourhood = new Neighbourhood({
    devices: [],
    links: [
      { a: { device: 'leaf1', port: 'Ethernet1' }, b: { device: 'gpu01', port: 'mlx5_0' }, source: 'config' },
      { a: { device: 'leaf1', port: 'Ethernet2' }, b: { device: 'spine1', port: 'Ethernet1' }, source: 'config' },
    ],
  });
  neighbourhood.see('gpu01', [{ device: 'gpu01', role: 'host', polled: true }], []);
  const clock = new ManualClock(START);
  const state = new PipelineState(directory, clock, silentLogger);
  state.begin();
  const pipeline = new DevicePipeline({
    delivery: {
      samples: ({ bytes }) => lines.push(...bytes.toString().split('\n').filter(Boolean)),
      event: (event) => {
        if (event.type === 'episode') episodes.push(structuredClone(event.episode));
      },
    },
    neighboursOf: (device) => neighbourhood.of(device),
    state,
    logger: silentLogger,
    startedMs: START,
    ...over,
  });
  const advance = (second: number, pausedSeconds = 0) => {
    clock.set(START + second * 1000);
    pipeline.advance(reading(second, pausedSeconds));
  };
  return { pipeline, state, lines, episodes, advance };
}

describe('device pipeline', () => {
  it('writes what each port did in each interval', () => {
    const { advance, lines } = open();
    advance(0);
    advance(1);
    expect(
      lines.some(
        (line) => line.startsWith('port,device=leaf1,port=Ethernet1 ') && line.includes('tx_bytes_per_sec=4000000000'),
      ),
    ).toBe(true);
    expect(
      lines.some(
        (line) =>
          line.startsWith('port,device=leaf1,port=Ethernet2,priority=3 ') && line.includes('rx_pause_fraction=0,'),
      ),
    ).toBe(true);
    expect(lines.every((line) => line.endsWith(` ${START + 1000}`))).toBe(true);
  });

  it('tells a storm at a host-facing port, and its end', () => {
    const { advance, episodes } = open();
    for (let second = 0; second <= 5; second++) advance(second, 0);
    for (let second = 6; second <= 10; second++) advance(second, (second - 5) * 0.9);
    expect(episodes.at(-1)).toMatchObject({ device: 'leaf1', port: 'Ethernet1', endMs: null });
    for (let second = 11; second <= 30; second++) advance(second, 4.5);
    expect(episodes.at(-1)).toMatchObject({ endReason: 'recovered', endMs: START + 10_000 });
    expect(new Set(episodes.map((episode) => episode.id)).size).toBe(1);
  });

  it('goes on with the same storm after a kill', () => {
    const first = open();
    for (let second = 0; second <= 5; second++) first.advance(second, 0);
    first.pipeline.keepAll();
    for (let second = 6; second <= 10; second++) first.advance(second, (second - 5) * 0.9);
    const id = first.episodes.at(-1)?.id;
    expect(id).toBeDefined();
    // Killed here: only the files are left.
    const second = open({ startedMs: START + 11_500 });
    for (let at = 12; at <= 30; at++) second.advance(at, 4.5);
    expect(second.episodes.length).toBeGreaterThan(0);
    for (const episode of second.episodes) expect(episode.id).toBe(id);
    expect(second.episodes.at(-1)?.endMs).not.toBeNull();
  });

  it('remembers how long a steady storm lasted, though nothing changed since it opened', () => {
    const first = open();
    for (let second = 0; second <= 5; second++) first.advance(second, 0);
    for (let second = 6; second <= 30; second++) first.advance(second, (second - 5) * 0.9);
    first.advance(31, 22.5);
    // Killed while the storm was dying down: its end has not been told yet.
    expect(first.episodes.at(-1)?.endMs).toBeNull();
    const second = open({ startedMs: START + 32_500 });
    for (let at = 33; at <= 50; at++) second.advance(at, 22.5);
    const endMs = second.episodes.at(-1)?.endMs ?? 0;
    expect(endMs).toBeGreaterThanOrEqual(START + 28_000);
    expect(endMs).toBeLessThanOrEqual(START + 31_000);
  });

  it('counts no interval twice after a kill', () => {
    const first = open();
    for (let second = 0; second <= 3; second++) first.advance(second);
    first.pipeline.keepAll();
    first.advance(4);
    const second = open({ startedMs: START + 4500 });
    second.advance(5);
    expect(second.lines).toEqual([]);
    second.advance(6);
    expect(second.lines.length).toBeGreaterThan(0);
    expect(second.lines.every((line) => line.includes('interval_ms=1000 '))).toBe(true);
  });

  it('bridges a restart in order: the first interval begins where the last one ended', () => {
    const first = open();
    for (let second = 0; second <= 3; second++) first.advance(second);
    first.pipeline.keepAll();
    first.state.end(START + 3000);
    const second = open({ startedMs: START + 4500 });
    second.advance(5);
    expect(second.lines.length).toBeGreaterThan(0);
    expect(second.lines.every((line) => line.includes(`interval_ms=2000 ${START + 5000}`))).toBe(true);
  });

  it('keeps a device once a minute, each at its own time', () => {
    const kept: string[] = [];
    const state = {
      load: () => undefined,
      keep: (device: string) => void kept.push(device),
      keepFindings: () => {},
    };
    const { pipeline } = open({ state });
    const devices = ['leaf1', 'leaf2', 'leaf3', 'leaf4'];
    const rounds: string[][] = [];
    for (let second = 0; second < 180; second++) {
      for (const device of devices) pipeline.advance(reading(second, 0, device));
      rounds.push(kept.splice(0));
    }
    for (const device of devices) expect(rounds.flat().filter((name) => name === device).length).toBe(3);
    expect(Math.max(...rounds.map((names) => names.length))).toBe(1);
  });

  it.each(['7', '{"savedMs":', '{"savedMs":1,"device":"leaf1","normaliser":7,"detectors":[["x",{}]]}'])(
    'starts afresh on state that is none: %s',
    (text) => {
      const fresh = open();
      fresh.advance(0);
      fresh.advance(1);
      expect(fresh.lines.length).toBeGreaterThan(0);
      fresh.pipeline.keepAll();
      fresh.state.end(START);
      const devices = join(directory, 'devices');
      for (const name of readdirSync(devices)) writeFileSync(join(devices, name), text);
      const again = open();
      again.advance(0);
      again.advance(1);
      expect(again.lines).toEqual(fresh.lines);
    },
  );

  it('says the same of a device whatever others it reads in between', () => {
    const alone = open();
    const among = open();
    for (let second = 0; second <= 30; second++) {
      const paused = second < 6 ? 0 : Math.min(second - 5, 5) * 0.9;
      alone.pipeline.advance(reading(second, paused));
      among.pipeline.advance(reading(second, second * 0.3, 'leaf2'));
      among.pipeline.advance(reading(second, paused));
      among.pipeline.advance({ ...reading(second, 0, 'leaf3'), ports: ['only'] });
    }
    const ofLeaf1 = (lines: string[]) => lines.filter((line) => line.startsWith('port,device=leaf1,'));
    expect(alone.episodes.length).toBeGreaterThan(1);
    expect(among.episodes.filter(({ device }) => device === 'leaf1')).toEqual(alone.episodes);
    expect(ofLeaf1(among.lines)).toEqual(alone.lines);
  });

  it('stores samples that a source has made itself, and joins their queues to the next reading', () => {
    const { pipeline, lines, advance } = open();
    advance(0);
    pipeline.add([
      {
        ...{ device: 'leaf1', ports: ['Ethernet2', 'Cpu'], quality: new Uint8Array(2) },
        startMs: Float64Array.of(START + 400, Number.NaN),
        endMs: Float64Array.of(START + 650, Number.NaN),
        columns: [{ field: 'queueWatermarkBytes', priority: 3, values: Float64Array.of(432_000, Number.NaN) }],
      },
    ]);
    const beside = 'port,device=leaf1,port=Ethernet2,priority=3';
    expect(lines.at(-1)).toBe(`${beside} queue_watermark_bytes=432000,interval_ms=250 ${START + 650}`);
    const before = lines.length;
    advance(1);
    advance(2);
    const joined = lines.slice(before).filter((line) => line.includes('queue_watermark_bytes'));
    expect(joined).toHaveLength(1);
    expect(joined[0]).toMatch(new RegExp(`^${beside} .*queue_watermark_bytes=432000.* ${START + 1000}$`));
  });

  it('names a counter problem once, for the health of its device', () => {
    const { pipeline, advance } = open();
    advance(0);
    advance(1);
    pipeline.advance({ ...reading(2), uptimeMs: 5 });
    expect(pipeline.problemsOf('leaf1').join()).toContain('restarted');
    pipeline.forget('leaf1');
    expect(pipeline.problemsOf('leaf1')).toEqual([]);
  });
});

describe('neighbourhood', () => {
  it('gives the same object until something changes, and knows when nothing did', () => {
    const links = [{ a: { device: 'leaf1', port: 'e1' }, b: { device: 'gpu1', port: 'n1' }, source: 'lldp' as const }];
    const neighbourhood = new Neighbourhood({ links: [], devices: [] });
    expect(neighbourhood.see('leaf1', [], links)).toBe(true);
    const before = neighbourhood.of('leaf1');
    expect(neighbourhood.see('leaf1', [], structuredClone(links))).toBe(false);
    expect(neighbourhood.of('leaf1')).toBe(before);
    expect(before.byPort.get('e1')).toMatchObject({ peer: { device: 'gpu1', port: 'n1' }, peerRole: 'unknown' });
    neighbourhood.see('gpu1', [{ device: 'gpu1', role: 'host', polled: true }], []);
    expect(neighbourhood.of('leaf1').byPort.get('e1')?.peerRole).toBe('host');
    neighbourhood.forget('leaf1');
    expect(neighbourhood.of('leaf1').byPort.size).toBe(0);
  });

  it('believes the configuration more than devices', () => {
    const neighbourhood = new Neighbourhood({ links: [], devices: [{ device: 'sw', role: 'spine', polled: false }] });
    neighbourhood.see('sw', [{ device: 'sw', role: 'leaf', polled: true }], []);
    expect(neighbourhood.of('sw').role).toBe('spine');
  });
});
