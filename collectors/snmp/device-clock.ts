import { ClockOffset } from '../../lib/collect/clock-offset.ts';
import { parseOid } from './wire/oid.ts';
import type { SnmpSession } from './wire/session.ts';
import { getScalars } from './wire/walk.ts';

/** @source HOST-RESOURCES-MIB hrSystemDate, RFC 2790 */
const SYSTEM_DATE = { date: parseOid('1.3.6.1.2.1.25.1.2.0') } as const;
/** Octets of a date without and with its time zone. @source SNMPv2-TC DateAndTime, RFC 2579 */
const DATE_OCTETS = 8;
const ZONED_OCTETS = 11;
const SECOND_MS = 1000;
const DECISECOND_MS = 100;
const MINUTE_MS = 60_000;
/** Time zones are whole quarters of an hour. */
const QUARTER_MS = 15 * MINUTE_MS;

/** A device's clock as one answer tells it. */
export interface DeviceDate {
  /** Unix ms where the zone is told; else of a clock in an unknown zone. */
  atMs: number;
  zoned: boolean;
  /** Tenths of a second; many agents leave them at 0. */
  deciseconds: number;
}

/** Reads a DateAndTime; null where the octets are none. */
export function readDate(octets: Uint8Array): DeviceDate | null {
  const zoned = octets.length === ZONED_OCTETS;
  if (!zoned && octets.length !== DATE_OCTETS) return null;
  const [high = 0, low = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, deciseconds = 0] = octets;
  // A leap second is the 60th.
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 || deciseconds > 9)
    return null;
  const localMs = Date.UTC(high * 256 + low, month - 1, day, hour, minute, second) + deciseconds * DECISECOND_MS;
  if (!zoned) return { atMs: localMs, zoned, deciseconds };
  const [direction, hours = 0, minutes = 0] = octets.subarray(DATE_OCTETS);
  // Chile and Kiribati are 13 and 14 hours ahead at most.
  if ((direction !== 0x2b && direction !== 0x2d) || hours > 14 || minutes > 59) return null;
  const aheadMs = (hours * 60 + minutes) * MINUTE_MS * (direction === 0x2b ? 1 : -1);
  return { atMs: localMs - aheadMs, zoned, deciseconds };
}

/** Follows a device's clock by its hrSystemDate, for devices that serve it. */
export class SystemClock {
  private readonly offset = new ClockOffset();
  /** Tenths have been seen: the clock is not one of whole seconds. */
  private hasTenths = false;
  private zoned = true;

  constructor(private readonly session: SnmpSession) {}

  /** Device less us, ms; null = the device does not tell. */
  get offsetMs(): number | null {
    return this.offset.offsetMs;
  }

  /** How far the offset may be from the truth, ms. */
  get errorMs(): number | null {
    return this.offset.errorMs;
  }

  /** What must be known to read the offset rightly. */
  get note(): string | null {
    if (this.zoned || this.offsetMs === null) return null;
    return 'hrSystemDate comes without its time zone: a clock wrong by whole quarters of an hour is not seen';
  }

  /** One look. A device without the object, or one that fails over it, is left alone. @param now our clock, Unix ms */
  async read(now: () => number): Promise<void> {
    const sentMs = now();
    const { date } = await getScalars(this.session, SYSTEM_DATE).catch(() => ({ date: undefined }));
    const receivedMs = now();
    const read = date?.kind === 'bytes' ? readDate(date.value) : null;
    if (read === null) return;
    this.hasTenths ||= read.deciseconds > 0;
    this.zoned = read.zoned;
    const ourMs = (sentMs + receivedMs) / 2;
    const aheadMs = read.zoned ? 0 : Math.round((read.atMs - ourMs) / QUARTER_MS) * QUARTER_MS;
    this.offset.add(read.atMs - aheadMs, this.hasTenths ? DECISECOND_MS : SECOND_MS, sentMs, receivedMs);
  }
}
