import type { StatisticsReader } from './statistics-reader.ts';

/** What a transceiver says of itself. */
export interface Optics {
  /** The weakest lane, dBm. */
  rxPowerDbm: number;
  temperatureC: number;
}

/** No light at all prints as -inf dBm; this is the smallest power the modules can tell. @source SFF-8472: 0.1 µW a bit */
const NO_LIGHT_DBM = -40;
const POWER =
  /^\s*(?:Rcvr signal avg optical power|Receiver signal (?:average optical power|OMA))\s?(?:\(Channel \d+\))?\s*:\s*[\d.]+ mW \/ (-?[\d.]+|-inf) dBm/;
const TEMPERATURE = /^\s*Module temperature\s*:\s*(-?[\d.]+) degrees C/;

/** Reads what `ethtool -m` prints; NaN where the module does not tell. */
export function readOptics(text: string): Optics {
  const optics: Optics = { rxPowerDbm: Number.NaN, temperatureC: Number.NaN };
  for (const line of text.split('\n')) {
    if (line.length > 200) continue;
    const power = POWER.exec(line)?.[1];
    if (power !== undefined) {
      const dbm = power === '-inf' ? NO_LIGHT_DBM : Number(power);
      if (!(dbm >= optics.rxPowerDbm)) optics.rxPowerDbm = dbm;
    }
    const temperature = TEMPERATURE.exec(line)?.[1];
    if (temperature !== undefined) optics.temperatureC = Number(temperature);
  }
  return optics;
}

/**
 * Optics of the host's ports, read now and then: a module answers over a slow bus, so the counters never wait for it.
 */
export class OpticsReader {
  private readonly known = new Map<string, { atMs: number; optics: Optics }>();
  private reading = false;
  private lastMs = Number.NEGATIVE_INFINITY;
  private answeredMs = Number.NaN;
  /** Time between the last two rounds that gave anything, ms; null before the second. */
  achievedMs: number | null = null;

  /** @param intervalMs 0 = never */
  constructor(
    private readonly modules: StatisticsReader,
    private readonly intervalMs: number,
  ) {}

  /** Starts a round of reads when one is due; returns at once. */
  refresh(netdevs: readonly string[], nowMs: number): Promise<void> | undefined {
    if (this.intervalMs === 0 || this.reading || nowMs - this.lastMs < this.intervalMs) return undefined;
    this.reading = true;
    this.lastMs = nowMs;
    return this.readAll(netdevs, nowMs);
  }

  private async readAll(netdevs: readonly string[], nowMs: number): Promise<void> {
    try {
      let answered = false;
      for (const netdev of netdevs) {
        const text = await this.modules.read(netdev);
        if (text === undefined) continue;
        answered = true;
        this.known.set(netdev, { atMs: nowMs, optics: readOptics(text.toString('latin1')) });
      }
      if (!answered) return;
      if (!Number.isNaN(this.answeredMs)) this.achievedMs = nowMs - this.answeredMs;
      this.answeredMs = nowMs;
    } finally {
      this.reading = false;
    }
  }

  /** The newest values of an interface, as long as they are not older than two intervals. */
  of(netdev: string | undefined, nowMs: number): Optics | undefined {
    const found = netdev === undefined ? undefined : this.known.get(netdev);
    return found !== undefined && nowMs - found.atMs <= 2 * this.intervalMs ? found.optics : undefined;
  }

  close(): void {
    this.modules.close();
  }
}
