import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CollectorContext, CollectorPlugin } from '../../lib/collect/types.ts';
import type { ReadingFrame } from '../../lib/counters/reading.ts';
import { COUNTERS, GAUGES } from '../../lib/counters/reading.ts';
import type { TargetHealth } from '../../lib/events/events.ts';
import { SAMPLE_FIELDS } from '../../lib/samples/fields.ts';
import type { SampleFrame } from '../../lib/samples/frame.ts';
import type { JobPlacement } from '../../lib/topology/types.ts';
import type { StepRecord } from '../../lib/training/step.ts';
import { collectorContext } from '../collector-context.ts';

/** Everything a source handed on. */
export interface Collected {
  readings: ReadingFrame[];
  samples: SampleFrame[];
  steps: StepRecord[];
  jobs: JobPlacement[];
  health: TargetHealth[];
}

/** How the suite meets one plugin. All targets are local and need no network. */
export interface CollectorCase {
  /** A target that answers, as written in the configuration; files may be made below `directory`. */
  good(directory: string): Promise<Record<string, unknown>> | Record<string, unknown>;
  /** A target that cannot answer. */
  dead(directory: string): Record<string, unknown>;
  /** Text that must never appear in health or messages. */
  secret?: string;
  /** Ends what `good` started. */
  close?(): Promise<void> | void;
}

/** The suite every plugin in collectors/registry.ts passes. */
export function describeCollector(plugin: CollectorPlugin, subject: CollectorCase): void {
  let directory: string;
  let collected: Collected;
  let stop: AbortController;
  let running: Promise<void>[];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), `collector-${plugin.name}-`));
    collected = { readings: [], samples: [], steps: [], jobs: [], health: [] };
    stop = new AbortController();
    running = [];
  });
  afterEach(async () => {
    stop.abort();
    await Promise.all(running);
    await subject.close?.();
    rmSync(directory, { recursive: true, force: true });
  });

  const context = (): CollectorContext =>
    collectorContext(
      {
        readings: (frame) => collected.readings.push(frame),
        samples: (frames) => collected.samples.push(...frames),
        steps: (records) => collected.steps.push(...records),
        jobs: (placements) => collected.jobs.push(...placements),
        health: (health) => collected.health.push(health),
      },
      { collectorId: 'contract', stateDir: join(directory, 'state') },
    );
  const create = (entry: Record<string, unknown>) => plugin.create(plugin.configSchema.parse(entry), context());
  const start = (entry: Record<string, unknown>) => running.push(create(entry).start(stop.signal));
  const told = () =>
    collected.readings.length + collected.samples.length + collected.steps.length + collected.jobs.length;
  const until = async (done: () => boolean) => {
    while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  describe(`collector ${plugin.name}`, () => {
    it('fails on a key it does not know', async () => {
      const entry = await subject.good(directory);
      const result = plugin.configSchema.safeParse({ ...entry, intervall: '1s' });
      expect(result.success).toBe(false);
      expect(JSON.stringify(result.error?.issues)).toContain('intervall');
    });

    it('does nothing before it is started', async () => {
      create(await subject.good(directory));
      await new Promise((resolve) => setImmediate(resolve));
      expect(collected).toEqual({ readings: [], samples: [], steps: [], jobs: [], health: [] });
    });

    it('hands on what it reads, and says how it is', async () => {
      start(await subject.good(directory));
      await until(() => told() > 0 && collected.health.length > 0);
      for (const frame of collected.readings) checkReading(frame);
      for (const frame of collected.samples) checkSamples(frame);
      for (const record of collected.steps) expect(record.endMs).toBeGreaterThan(record.startMs);
      for (const { hosts, ranks } of collected.jobs) expect(hosts.length + ranks.length).toBeGreaterThan(0);
      const health = collected.health.at(-1);
      expect(health).toMatchObject({ collector: plugin.name, collectedBy: 'contract', state: 'ok' });
      for (const field of health?.missing ?? []) expect(SAMPLE_FIELDS).toContain(field);
    });

    it('stops when the signal says so', async () => {
      start(await subject.good(directory));
      await until(() => collected.health.length > 0);
      stop.abort();
      await Promise.all(running);
      const before = collected.health.length;
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(collected.health.length).toBe(before);
    });

    it('ends at once when it was stopped before', async () => {
      stop.abort();
      start(await subject.good(directory));
      await Promise.all(running);
      expect(collected.readings).toEqual([]);
    });

    it('says what is wrong with a target that cannot answer, and keeps trying', async () => {
      start(subject.dead(directory));
      await until(() => collected.health.some((health) => health.failures >= 2));
      const health = collected.health.at(-1);
      expect(health?.state).toBe('down');
      expect(health?.lastError?.message).toBeTruthy();
      expect(collected.readings).toEqual([]);
      expect(collected.samples).toEqual([]);
      expect(collected.steps).toEqual([]);
      expect(collected.jobs).toEqual([]);
    });

    it('probes without collecting', async () => {
      const good = await create(await subject.good(directory)).probe(stop.signal);
      expect(good).toMatchObject({ ok: true });
      expect(good.shows.length).toBeGreaterThan(0);
      const dead = await create(subject.dead(directory)).probe(stop.signal);
      expect(dead.ok).toBe(false);
      expect(dead.message.length).toBeGreaterThan(10);
      expect(told()).toBe(0);
    });

    it('tells no secret', async () => {
      const { secret } = subject;
      if (secret === undefined) return;
      start(await subject.good(directory));
      start({ ...subject.dead(directory) });
      await until(() => collected.health.some((health) => health.failures > 0));
      const probe = await create(subject.dead(directory)).probe(stop.signal);
      expect(JSON.stringify([collected.health, probe])).not.toContain(secret);
    });
  });
}

function checkReading(frame: ReadingFrame): void {
  const ports = frame.ports.length;
  expect(ports).toBeGreaterThan(0);
  expect(new Set(frame.ports).size).toBe(ports);
  for (const array of [frame.atMs, frame.linkRateBitsPerSec, frame.linkUp]) expect(array.length).toBe(ports);
  const keys = frame.counters.map(({ counter, priority }) => `${counter}:${priority}`);
  expect(new Set(keys).size).toBe(keys.length);
  for (const column of frame.counters) {
    expect(COUNTERS).toContain(column.counter);
    expect(column.priority).toBeGreaterThanOrEqual(-1);
    expect(column.priority).toBeLessThan(8);
    for (const array of [column.high, column.low, column.present]) expect(array.length).toBe(ports);
  }
  for (const gauge of frame.gauges) {
    expect(GAUGES).toContain(gauge.gauge);
    expect(gauge.values.length).toBe(ports);
  }
}

function checkSamples(frame: SampleFrame): void {
  const ports = frame.ports.length;
  expect(new Set(frame.ports).size).toBe(ports);
  for (const array of [frame.startMs, frame.endMs, frame.quality]) expect(array.length).toBe(ports);
  expect(frame.endMs.some((endMs, port) => endMs > frame.startMs[port]!)).toBe(true);
  for (const { field, priority, values } of frame.columns) {
    expect(SAMPLE_FIELDS).toContain(field);
    expect(priority).toBeGreaterThanOrEqual(-1);
    expect(priority).toBeLessThan(8);
    expect(values.length).toBe(ports);
  }
}
