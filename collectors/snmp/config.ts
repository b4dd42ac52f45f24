import { z } from 'zod';
import { authProfile } from '../../lib/config/auths.ts';
import { durationMs } from '../../lib/duration.ts';
import { DEVICE_ROLES } from '../../lib/topology/types.ts';

const pattern = z.string().refine(isPattern, { message: 'not a regular expression' });

const settings = {
  name: z.string().min(1).describe('Device name, as used in links and on every screen'),
  collector: z.literal('snmp').default('snmp'),
  address: z
    .string()
    .min(1)
    .refine(isAddress, { message: 'is not host, host:port or [IPv6]:port' })
    .optional()
    .describe('host, host:port or [IPv6]:port; port 161 where none is written'),
  discover: z
    .strictObject({
      files: z.array(z.string().min(1)).min(1).describe('Files in file_sd form, JSON or YAML'),
      refresh: durationMs.prefault('30s').describe('How often it is looked whether they have changed'),
    })
    .optional()
    .describe('Many devices at once, instead of address: lists of targets as Prometheus reads them'),
  auth: authProfile.describe('Name of an auth profile'),
  interval: durationMs.prefault('5s').describe('How often the counters are read'),
  timeout: durationMs.prefault('2s').describe('How long one try of a request may take'),
  retries: z.int().min(0).max(10).default(1).describe('Tries after the first'),
  maxRepetitions: z.int().min(1).max(127).default(50).describe('Rows asked per request at most'),
  maxAnswerBytes: z
    .int()
    .min(484)
    .max(60_000)
    .default(8192)
    .describe('Largest answer asked for; above 1400 it travels in fragments, which is given up when they get lost'),
  maxInFlight: z.int().min(1).max(64).default(4).describe('Requests a device is asked at once'),
  discovery: durationMs.prefault('10m').describe('How often names, neighbours and row maps are read again'),
  optics: durationMs.prefault('60s').describe('How often optics are read; 0s is never'),
  role: z.enum(DEVICE_ROLES).optional().describe('Role of the device, where its place in the fabric does not show it'),
  ports: z
    .strictObject({
      include: z
        .array(pattern)
        .default([])
        .describe('Regular expressions; a match is read whatever its interface type'),
      exclude: z.array(pattern).default([]).describe('Regular expressions; a match is never read'),
    })
    .prefault({}),
};

/** One `targets:` entry with `collector: snmp`, after the name of its auth profile has been replaced by the profile. */
export const snmpConfigSchema = z
  .strictObject(settings)
  .refine(({ address, discover }) => (address === undefined) !== (discover === undefined), {
    path: ['address'],
    message: 'give an address, or lists of them under discover',
  });

export type SnmpTargetConfig = z.output<typeof snmpConfigSchema>;

/** What is needed to read one device. */
export type SnmpConfig = Omit<SnmpTargetConfig, 'address' | 'discover'> & { address: string };

export const DEFAULT_PORT = 161;

/** Splits "leaf1:1161", "10.0.0.1", "[fd00::1]:161" or a bare IPv6 address; port 161 where none is written. */
export function splitAddress(address: string): { host: string; port: number } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(address);
  if (bracketed) return { host: bracketed[1] ?? '', port: Number(bracketed[2] ?? DEFAULT_PORT) };
  const parts = address.split(':');
  if (parts.length === 2) return { host: parts[0] ?? '', port: Number(parts[1]) };
  return { host: address, port: DEFAULT_PORT };
}

/** Whether a text is an address as `splitAddress` reads it. */
export function isAddress(address: string): boolean {
  const { host, port } = splitAddress(address);
  return /^[^\s/@?#]+$/.test(host) && Number.isInteger(port) && port > 0 && port < 65_536;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
