/** What optics measure for us. */
export type SensorKind = 'rxPowerDbm' | 'temperatureC';

/** A port is as bright as its darkest lane and as warm as its warmest sensor. */
export class WorstPerPort {
  /** Gauge to the values of the ports that have one. */
  readonly byKind = new Map<SensorKind, Map<string, number>>();

  add(kind: SensorKind, port: string, value: number): void {
    const ports = this.byKind.get(kind) ?? new Map<string, number>();
    this.byKind.set(kind, ports);
    const before = ports.get(port);
    const isWorse = before === undefined || (kind === 'rxPowerDbm' ? value < before : value > before);
    if (isWorse) ports.set(port, value);
  }
}
