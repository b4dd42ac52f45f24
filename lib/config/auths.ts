import { z } from 'zod';

const v2cProfile = z
  .strictObject({
    version: z.literal('2c').describe('SNMP v2c'),
    community: z.string().min(1).describe('Read-only community; a secret'),
  })
  .describe('SNMP v2c: a community');

/** RFC 3414: shorter pass phrases are refused by every agent. */
const passphrase = z.string().min(8, 'must have at least 8 characters');

const v3Profile = z
  .strictObject({
    version: z.literal(3).describe('SNMP v3'),
    username: z.string().min(1),
    securityLevel: z.enum(['noAuthNoPriv', 'authNoPriv', 'authPriv']).default('authPriv'),
    authProtocol: z.enum(['MD5', 'SHA', 'SHA224', 'SHA256', 'SHA384', 'SHA512']).default('SHA256'),
    password: passphrase.optional().describe('Authentication pass phrase; a secret'),
    privProtocol: z
      .enum(['AES', 'AES192', 'AES256', 'AES192C', 'AES256C'])
      .default('AES')
      .describe('AES is AES-128; the C variants lengthen keys as Cisco devices do'),
    privPassword: passphrase.optional().describe('Privacy pass phrase; a secret'),
    contextName: z.string().optional(),
  })
  .superRefine((profile, ctx) => {
    const needs = profile.securityLevel === 'noAuthNoPriv' ? [] : ['password'];
    if (profile.securityLevel === 'authPriv') needs.push('privPassword');
    for (const key of needs) {
      if (profile[key as 'password' | 'privPassword'] === undefined) {
        ctx.addIssue({
          code: 'custom',
          path: [key],
          message: `is required for securityLevel ${profile.securityLevel}`,
        });
      }
    }
  })
  .describe('SNMP v3: a user');

/** Credentials a target names by `auth: <profile>`. */
export const authProfile = z.preprocess(
  // YAML reads 3 as a number and "3" as text; both are meant.
  (value) =>
    typeof value === 'object' && value !== null && 'version' in value && value.version === '3'
      ? { ...value, version: 3 }
      : value,
  z.discriminatedUnion('version', [v2cProfile, v3Profile], {
    error: ({ input }) => (input === undefined ? 'is required' : 'version must be 2c or 3'),
  }),
);
export type AuthProfile = z.output<typeof authProfile>;

const basicProfile = z
  .strictObject({
    version: z.literal('basic').default('basic').describe('Follows from username and password'),
    username: z
      .string()
      .min(1)
      .refine((name) => !name.includes(':'), { message: 'must not hold a colon' }),
    password: z.string().describe('A secret'),
  })
  .describe('HTTP: a user with a password');

const bearerProfile = z
  .strictObject({
    version: z.literal('bearer').default('bearer').describe('Follows from token'),
    token: z.string().min(1).describe('Sent as `Authorization: Bearer`; a secret'),
  })
  .describe('HTTP: a bearer token');

/** People write username and password, or a token; which kind it is follows from the keys. */
function withVersion(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('version' in value) return value.version === '3' ? { ...value, version: 3 } : value;
  if ('token' in value) return { ...value, version: 'bearer' };
  return 'username' in value ? { ...value, version: 'basic' } : value;
}

/** Credentials for what speaks HTTP. */
export const httpAuthProfile = z.preprocess(
  withVersion,
  z.discriminatedUnion('version', [basicProfile, bearerProfile], {
    error: ({ input }) => (input === undefined ? 'is required' : 'needs username and password, or token'),
  }),
);
export type HttpAuthProfile = z.output<typeof httpAuthProfile>;

/** Any profile; each collector takes the kinds it can use. */
export const anyAuthProfile = z.preprocess(
  withVersion,
  z.discriminatedUnion('version', [v2cProfile, v3Profile, basicProfile, bearerProfile], {
    error: 'version must be 2c or 3',
  }),
);

/** Profiles by name. */
export const authsSchema = z.record(z.string().min(1), anyAuthProfile);
