import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { snmpPlugin } from '../../../collectors/snmp/index.ts';
import { systemClock } from '../../../lib/clock.ts';
import type { CollectorContext, Source } from '../../../lib/collect/types.ts';
import type { ReadingFrame } from '../../../lib/counters/reading.ts';
import type { TargetHealth } from '../../../lib/events/events.ts';
import { silentLogger } from '../../../lib/logger.ts';
import type { DeviceInfo, Link } from '../../../lib/topology/types.ts';

/** Collects what a source hands on, and waits for it. */
export class Recorder {
  readonly frames: ReadingFrame[] = [];
  readonly healths: TargetHealth[] = [];
  readonly links: { devices: DeviceInfo[]; links: Link[] }[] = [];
  private waiting: { condition: () => boolean; resolve: () => void }[] = [];

  readonly context: CollectorContext = {
    sink: {
      readings: (frame) => this.took(() => this.frames.push(frame)),
      links: (_, devices, links) => this.took(() => this.links.push({ devices, links })),
      steps: () => {},
      collectives: () => {},
      jobs: () => {},
      health: (health) => this.took(() => this.healths.push(health)),
    },
    clock: systemClock,
    logger: silentLogger,
    collectorId: 'test',
    stateDir: mkdtempSync(join(tmpdir(), 'stallscope-snmp-unit-')),
  };

  /** Resolves once the condition holds; looked at whenever something comes out. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ condition, resolve }));
  }

  private took(store: () => void): void {
    store();
    const met = this.waiting.filter(({ condition }) => condition());
    this.waiting = this.waiting.filter((entry) => !met.includes(entry));
    for (const { resolve } of met) resolve();
  }
}

/** A source on an address, quick enough for a test. */
export function createSource(recorder: Recorder, address: string, settings: Record<string, unknown> = {}): Source {
  const config = snmpPlugin.configSchema.parse({
    name: 'leaf1',
    address,
    auth: { version: '2c', community: 'public' },
    interval: '50ms',
    timeout: '250ms',
    ...settings,
  });
  return snmpPlugin.create(config, recorder.context);
}

/** Runs a source until the body is done. */
export async function running(source: Source, body: () => Promise<void>): Promise<void> {
  const abort = new AbortController();
  const done = source.start(abort.signal);
  try {
    await body();
  } finally {
    abort.abort();
    await done;
  }
}

/** The 64-bit value of a counter of a port, or undefined where the frame has none. */
export function counterOf(frame: ReadingFrame, counter: string, port: string, priority = -1): bigint | undefined {
  const row = frame.ports.indexOf(port);
  const column = frame.counters.find((entry) => entry.counter === counter && entry.priority === priority);
  if (column?.present[row] !== 1) return undefined;
  return (BigInt(column.high[row] ?? 0) << 32n) | BigInt(column.low[row] ?? 0);
}

/** The value of a gauge of a port, or undefined where the frame has none. */
export function gaugeOf(frame: ReadingFrame, gauge: string, port: string): number | undefined {
  const value = frame.gauges.find((entry) => entry.gauge === gauge)?.values[frame.ports.indexOf(port)];
  return value === undefined || Number.isNaN(value) ? undefined : value;
}
