import type { GaugeColumn } from '../../../lib/counters/reading.ts';
import type { OpticGauge } from '../paths/types.ts';

/** More components than any chassis has; what is beyond is not kept. */
const MAX_VALUES = 65_536;
/** A dark or absent lane is reported as a power no receiver measures, or as no signal above the noise. */
const LEAST: Partial<Record<OpticGauge, number>> = { rxPowerDbm: -100, rxSnrDb: 0 };

/** Transceivers by component name: values that come rarely, and not under the name of a port. */
export class Optics {
  private readonly values = new Map<OpticGauge, Map<string, Map<string, number>>>();
  private count = 0;
  private fresh = false;

  set(component: string, lane: string, gauge: OpticGauge, value: number): void {
    const byComponent = this.values.get(gauge) ?? new Map<string, Map<string, number>>();
    this.values.set(gauge, byComponent);
    const lanes = byComponent.get(component) ?? new Map<string, number>();
    const believed = Number.isFinite(value) && value > (LEAST[gauge] ?? Number.NEGATIVE_INFINITY);
    if (!believed) {
      if (lanes.delete(lane)) this.count--;
      return;
    }
    if (!lanes.has(lane)) {
      if (this.count >= MAX_VALUES) return;
      this.count++;
    }
    byComponent.set(component, lanes);
    lanes.set(lane, value);
    this.fresh = true;
  }

  /** A port has come, or says which transceiver is its own: what was told before may have missed it. */
  tellAgain(): void {
    this.fresh = true;
  }

  /** @param component null for all */
  forget(component: string | null): void {
    for (const byComponent of this.values.values()) {
      for (const [name, lanes] of byComponent) {
        if (component !== null && name !== component) continue;
        this.count -= lanes.size;
        byComponent.delete(name);
      }
    }
  }

  /**
   * What came since the last call, by port. A port is as bright and clear as its worst lane, as warm as its warmest sensor.
   * @param moduleOf names under which a port's transceiver may go, best first, and which lanes of it are the port's
   * ("0,1"; '' = all of them)
   */
  take(ports: number, moduleOf: (port: number) => { components: readonly string[]; lanes: string }): GaugeColumn[] {
    if (!this.fresh) return [];
    this.fresh = false;
    const columns = [...this.values].map(([gauge, byComponent]) => ({
      gauge,
      priority: -1,
      values: Float64Array.from({ length: ports }, (_, port) => {
        const { components, lanes } = moduleOf(port);
        const component = components.find((name) => byComponent.has(name));
        return worst(gauge, valuesOf(byComponent.get(component ?? ''), lanes));
      }),
    }));
    return columns.filter(({ values }) => values.some((value) => !Number.isNaN(value)));
  }

  get shown(): OpticGauge[] {
    return [...this.values.keys()];
  }
}

/** Values of a port's own lanes; of the whole module where it names none, or none that the module tells. */
function valuesOf(module: ReadonlyMap<string, number> | undefined, lanes: string): number[] {
  if (module === undefined) return [];
  const own = lanes.split(',').flatMap((lane) => module.get(lane.trim()) ?? []);
  return own.length > 0 && lanes !== '' ? own : [...module.values()];
}

function worst(gauge: OpticGauge, lanes: readonly number[]): number {
  if (lanes.length === 0) return Number.NaN;
  return gauge === 'temperatureC' ? Math.max(...lanes) : Math.min(...lanes);
}
