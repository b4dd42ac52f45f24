import { z } from 'zod';
import type { Link, PortRef } from '../topology/types.ts';

/**
 * `leaf1/Ethernet1`: device up to the first slash, the rest is the port ("leaf3/Ethernet1/7" is port Ethernet1/7).
 */
export const portRef = z.string().transform((text, ctx): PortRef => {
  const slash = text.indexOf('/');
  if (slash <= 0 || slash === text.length - 1) {
    ctx.addIssue({
      code: 'custom',
      message: `"${text}" is not a port; write it as device/port, for example leaf1/Ethernet1`,
    });
    return z.NEVER;
  }
  return { device: text.slice(0, slash), port: text.slice(slash + 1) };
});

const RATE = /^(\d+(?:\.\d+)?)\s*([KMGT])?(?:b\/s|bps|bit\/s)?$/i;
const SCALE: Record<string, number> = { k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** A link speed, "400G" or bits per second. */
export const linkRate = z.union([z.number().positive(), z.string()]).transform((value, ctx): number => {
  if (typeof value === 'number') return value;
  const match = RATE.exec(value.trim());
  if (match) return Number(match[1]) * (SCALE[(match[2] ?? '').toLowerCase()] ?? 1);
  ctx.addIssue({ code: 'custom', message: `"${value}" is not a link rate; write it as 100G, 400G or bits per second` });
  return z.NEVER;
});

/** A cable told by the operator, beside what LLDP says. */
export const linkSchema = z
  .strictObject({
    a: portRef.describe('One end, as device/port'),
    b: portRef.describe('The other end, as device/port'),
    rate: linkRate.optional().describe('Expected rate, for example 400G; learned from the ports where left out'),
  })
  .transform(
    ({ a, b, rate }): Link => ({
      a,
      b,
      ...(rate === undefined ? {} : { linkRateBitsPerSec: rate }),
      source: 'config',
    }),
  );
