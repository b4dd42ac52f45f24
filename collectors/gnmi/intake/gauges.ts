import type { GaugeColumn, GaugeName } from '../../../lib/counters/reading.ts';
import type { Quantity } from '../paths/types.ts';

interface Gauge {
  gauge: GaugeName;
  priority: number;
  /** By port; sparse where nothing has come. */
  values: number[];
  receivedMs: number[];
}

/** The last values of each gauge, by port. */
export class Gauges {
  private readonly byKey = new Map<string, Gauge>();

  set(name: GaugeName, priority: number, port: number, value: number, nowMs: number): void {
    const key = `${name}:${priority}`;
    let gauge = this.byKey.get(key);
    if (gauge === undefined) {
      gauge = { gauge: name, priority, values: [], receivedMs: [] };
      this.byKey.set(key, gauge);
    }
    gauge.values[port] = value;
    gauge.receivedMs[port] = nowMs;
  }

  /** @param index null for every port */
  forget(index: number | null, covers: (quantity: Quantity) => boolean): void {
    for (const { gauge, priority, receivedMs } of this.byKey.values()) {
      if (!covers({ kind: 'gauge', gauge, priority })) continue;
      if (index === null) receivedMs.length = 0;
      else receivedMs[index] = Number.NaN;
    }
  }

  clear(): void {
    this.byKey.clear();
  }

  /** Values that came at or after `oldestMs`. */
  held(ports: number, oldestMs: number): GaugeColumn[] {
    return [...this.byKey.values()].map(({ gauge, priority, values, receivedMs }) => ({
      gauge,
      priority,
      values: Float64Array.from({ length: ports }, (_, port) =>
        (receivedMs[port] ?? Number.NaN) >= oldestMs ? (values[port] ?? Number.NaN) : Number.NaN,
      ),
    }));
  }

  get shown(): GaugeName[] {
    return [...this.byKey.values()].map(({ gauge }) => gauge);
  }
}
