import type { Quantity, StateName } from '../paths/types.ts';

const SPEED = /SPEED_(\d+)(MB|GB|TB)$|^(\d+)(M|G|T)$/;
const UNITS: Record<string, number> = { MB: 1e6, GB: 1e9, TB: 1e12, M: 1e6, G: 1e9, T: 1e12 };
const UP = new Set(['UP', 'ENABLE', 'ENABLED']);
const UNKNOWN = new Set(['UNKNOWN', '']);

/** What is true of each port until the device says otherwise. */
export class PortStates {
  /** [port] 1 up, 0 down, 255 unknown. */
  private readonly linkUp: number[] = [];
  private readonly speed: number[] = [];
  private readonly negotiated: number[] = [];
  private readonly lastClear: number[] = [];
  /** [port] name of the component that is its transceiver. */
  private readonly transceivers: string[] = [];
  /** [port] channels of it that are the port's own, "0,1"; '' = not told. */
  private readonly lanes: string[] = [];
  private readonly groups: string[] = [];
  groupVersion = 0;

  add(): void {
    this.linkUp.push(255);
    for (const list of [this.speed, this.negotiated, this.lastClear]) list.push(Number.NaN);
    for (const list of [this.transceivers, this.lanes, this.groups]) list.push('');
  }

  clear(): void {
    for (const list of [this.linkUp, this.speed, this.negotiated, this.lastClear]) list.length = 0;
    for (const list of [this.transceivers, this.lanes, this.groups]) list.length = 0;
  }

  set(state: Exclude<StateName, 'alias'>, port: number, text: string): void {
    const value = text.slice(text.indexOf(':') + 1).toUpperCase();
    if (state === 'operStatus') this.linkUp[port] = UP.has(value) ? 1 : UNKNOWN.has(value) ? 255 : 0;
    else if (state === 'transceiver') this.transceivers[port] = text;
    else if (state === 'lanes') this.lanes[port] = text;
    else if (state === 'group') this.setGroup(port, text);
    else if (state === 'lastClear') this.lastClear[port] = instantOf(text);
    else if (state === 'speedGbps')
      this.speed[port] = Number.parseFloat(value) > 0 ? Number.parseFloat(value) * 1e9 : Number.NaN;
    // Cumulus gives the speed as a number of Mbit/s where the model has a name.
    else if (/^\d+$/.test(value)) this.speed[port] = Number(value) > 0 ? Number(value) * 1e6 : Number.NaN;
    else {
      const [, amount, unit, short, shortUnit] = SPEED.exec(value) ?? [];
      const rates = state === 'speedName' ? this.speed : this.negotiated;
      const rate = Number(amount ?? short) * (UNITS[unit ?? shortUnit ?? ''] ?? Number.NaN);
      rates[port] = rate > 0 ? rate : Number.NaN;
    }
  }

  /** @param index null for every port */
  forget(index: number | null, covers: (quantity: Quantity) => boolean): void {
    const reset = <T>(state: StateName, values: T[], unknown: T): void => {
      if (!covers({ kind: 'state', state })) return;
      if (index === null) values.fill(unknown);
      else values[index] = unknown;
    };
    reset('operStatus', this.linkUp, 255);
    reset('speedName', this.speed, Number.NaN);
    reset('negotiatedSpeedName', this.negotiated, Number.NaN);
    reset('lastClear', this.lastClear, Number.NaN);
    reset('transceiver', this.transceivers, '');
    reset('lanes', this.lanes, '');
    reset('group', this.groups, '');
    this.groupVersion++;
  }

  linkUps(): Uint8Array {
    return Uint8Array.from(this.linkUp);
  }

  /** The negotiated speed counts where there is one. */
  linkRates(): Float64Array {
    return Float64Array.from(this.speed, (speed, port) => {
      const negotiated = this.negotiated[port] ?? Number.NaN;
      return Number.isNaN(negotiated) ? speed : negotiated;
    });
  }

  /** When each port's counters were last cleared, Unix ms; NaN = the device does not say. */
  lastClears(): Float64Array {
    return Float64Array.from(this.lastClear);
  }

  groupOf(port: number): string {
    return this.groups[port] ?? '';
  }

  private setGroup(port: number, name: string): void {
    if (this.groups[port] === name) return;
    this.groups[port] = name;
    this.groupVersion++;
  }

  transceiverOf(port: number): string {
    return this.transceivers[port] ?? '';
  }

  /** Channels of its transceiver that are the port's own; '' where it does not say. */
  lanesOf(port: number): string {
    return this.lanes[port] ?? '';
  }

  /** Which states are known of some port. */
  get shown(): { linkUp: boolean; linkRate: boolean } {
    return {
      linkUp: this.linkUp.some((value) => value !== 255),
      linkRate: [...this.speed, ...this.negotiated].some((value) => !Number.isNaN(value)),
    };
  }
}

/**
 * An instant in Unix ms. OpenConfig counts ns since 1970, older revisions seconds, and Nokia writes RFC 3339; NaN for
 * anything else.
 */
export function instantOf(text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(number)) return Date.parse(text);
  if (number > 1e17) return number / 1e6;
  if (number > 1e14) return number / 1e3;
  if (number > 1e11) return number;
  return number > 1e8 ? number * 1000 : Number.NaN;
}
