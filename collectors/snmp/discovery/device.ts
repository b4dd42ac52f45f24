import { CollectorError } from '../../../lib/errors.ts';
import type { DeviceRole } from '../../../lib/topology/types.ts';
import type { DeviceIdentity } from '../profiles/profile.ts';
import { parseOid } from '../wire/oid.ts';
import type { SnmpSession } from '../wire/session.ts';
import type { SnmpValue } from '../wire/value.ts';
import { getScalars } from '../wire/walk.ts';

/** Who the device says it is, and how long it has been saying so. */
export interface DeviceHead extends DeviceIdentity {
  sysName: string;
  /** sysUpTime in ticks of 10 ms. */
  upTimeTicks: number;
  /** When it said so, Unix ms. */
  readMs: number;
  /** snmpEngineBoots, or null where the view hides it. */
  engineBoots: number | null;
  /** LLDP chassis id as the neighbours see it, normalised; '' where there is none. */
  chassisId: string;
  /** What the device tells its neighbours it is. */
  role: DeviceRole;
}

/** Scalars that name the device. @source SNMPv2-MIB, SNMP-FRAMEWORK-MIB, LLDP-MIB */
const HEAD = {
  sysDescr: parseOid('1.3.6.1.2.1.1.1.0'),
  sysObjectId: parseOid('1.3.6.1.2.1.1.2.0'),
  upTime: parseOid('1.3.6.1.2.1.1.3.0'),
  sysName: parseOid('1.3.6.1.2.1.1.5.0'),
  engineBoots: parseOid('1.3.6.1.6.3.10.2.1.2.0'),
  chassisSubtype: parseOid('1.0.8802.1.1.2.1.3.1.0'),
  chassisId: parseOid('1.0.8802.1.1.2.1.3.2.0'),
  chassisSubtype2: parseOid('1.3.111.2.802.1.1.13.1.3.1.0'),
  chassisId2: parseOid('1.3.111.2.802.1.1.13.1.3.2.0'),
  capabilities: parseOid('1.0.8802.1.1.2.1.3.6.0'),
} as const;

/** Reads the device's identity in one request. @throws CollectorError saying why it did not answer */
export async function readHead(session: SnmpSession, nowMs = Date.now()): Promise<DeviceHead> {
  const values = await getScalars(session, HEAD);
  if (values.upTime === undefined && values.sysObjectId === undefined) {
    throw new CollectorError(
      'unauthorized',
      'the agent answers but shows neither sysUpTime nor sysObjectID: give this community or user a view that includes 1.3.6.1.2.1',
    );
  }
  const subtype = values.chassisSubtype ?? values.chassisSubtype2;
  const chassis = values.chassisId ?? values.chassisId2;
  return {
    sysDescr: text(values.sysDescr),
    sysObjectId: values.sysObjectId?.kind === 'oid' ? values.sysObjectId.value.join('.') : '',
    upTimeTicks: number(values.upTime) ?? 0,
    readMs: nowMs,
    sysName: text(values.sysName),
    engineBoots: number(values.engineBoots) ?? session.engineBoots,
    chassisId: chassis?.kind === 'bytes' ? identifierText(chassis.value, number(subtype) === CHASSIS_MAC) : '',
    role: roleOfCapabilities(values.capabilities),
  };
}

/** lldpLocChassisIdSubtype macAddress(4). */
const CHASSIS_MAC = 4;

/** Printable text of an OCTET STRING value; '' for anything else. Control characters cannot reach a screen or a log. */
export function text(value: SnmpValue | undefined): string {
  if (value?.kind !== 'bytes') return '';
  return value.value
    .toString('utf8')
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}

/** A numeric value, or undefined. */
export function number(value: SnmpValue | undefined): number | undefined {
  return value?.kind === 'number' ? value.value : undefined;
}

/**
 * A MAC as lower-case aa:bb:cc:dd:ee:ff, whether the agent sends six octets (EOS) or text (SONiC); any other
 * identifier as its text.
 */
export function identifierText(bytes: Buffer, isMac: boolean): string {
  if (isMac && bytes.length === 6) return macText(bytes);
  const plain = text({ kind: 'bytes', value: bytes });
  const hex = plain.replace(/[:.-]/g, '').toLowerCase();
  if (isMac && /^[0-9a-f]{12}$/.test(hex)) return macText(Buffer.from(hex, 'hex'));
  return plain;
}

/** Six octets as aa:bb:cc:dd:ee:ff. */
export function macText(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** Bits of LldpSystemCapabilitiesMap in its first octet, most significant first. */
const CAPABILITY = { bridge: 0x20, router: 0x08, stationOnly: 0x01 } as const;

/** A station is a host, a bridge or router a switch; anything else we do not know. */
export function roleOfCapabilities(value: SnmpValue | undefined): DeviceRole {
  const bits = value?.kind === 'bytes' ? (value.value[0] ?? 0) : 0;
  if ((bits & CAPABILITY.stationOnly) !== 0) return 'host';
  return (bits & (CAPABILITY.bridge | CAPABILITY.router)) !== 0 ? 'switch' : 'unknown';
}
