import { z } from 'zod';
import { durationMs } from '../../lib/duration.ts';
import { DEVICE_ROLES } from '../../lib/topology/types.ts';
import { PATH_SETS } from './paths/index.ts';

const pattern = z.string().refine(isPattern, { message: 'not a regular expression' });
const setNames = PATH_SETS.map((set) => set.name) as [string, ...string[]];

const tlsSchema = z.strictObject({
  ca: z.string().min(1).optional().describe('PEM file of the authority; without it those of the system are trusted'),
  cert: z.string().min(1).optional().describe('PEM file of our certificate, for mutual TLS'),
  key: z.string().min(1).optional().describe('PEM file of its private key'),
  serverName: z.string().min(1).optional().describe('Name in the device certificate, where it is not the address'),
  skipVerify: z.boolean().default(false).describe('Encrypts without checking who answers'),
});

/** One `targets:` entry with `collector: gnmi`. */
export const gnmiConfigSchema = z
  .strictObject({
    name: z.string().min(1).describe('Device name, as used in links and on every screen'),
    collector: z.literal('gnmi').default('gnmi'),
    address: z
      .string()
      .min(1)
      .refine((address) => authorityOf(address) !== null, { message: 'is not host, host:port or [IPv6]:port' })
      .describe('host, host:port or [IPv6]:port; port 9339 where none is written'),
    username: z.string().min(1).optional().describe('Sent with every call'),
    password: z.string().min(1).optional().describe('Sent with every call; a secret'),
    authScheme: z
      .enum(['metadata', 'basic'])
      .default('metadata')
      .describe('basic sends them as an HTTP Basic header instead, which NVIDIA Cumulus Linux wants'),
    tls: z
      .union([z.literal(false), tlsSchema])
      .prefault({})
      .describe('TLS settings; false sends everything, passwords too, in the clear'),
    interval: durationMs.prefault('5s').describe('How often counters are asked for'),
    heartbeat: durationMs.prefault('60s').describe('How often unchanged states are sent again'),
    timeout: durationMs.prefault('10s').describe('How long one answer, or the first message of a stream, may take'),
    mode: z
      .enum(['auto', 'stream', 'target-defined', 'poll', 'get'])
      .default('auto')
      .describe(
        'auto streams, and polls where the device cannot; target-defined leaves modes and intervals to the device, and interval then has to say how often that is',
      ),
    encoding: z.enum(['auto', 'PROTO', 'JSON_IETF', 'JSON', 'ASCII', 'BYTES']).default('auto'),
    target: z.string().optional().describe('prefix.target, where a gateway needs it'),
    origin: z
      .string()
      .optional()
      .describe('Origin of OpenConfig paths, where the device wants another than openconfig'),
    asics: z
      .array(z.string().regex(/^[\w-]{1,32}$/, { message: 'is not the name of a namespace, as asic0' }))
      .default([])
      .describe('Namespaces of a SONiC device with several ASICs, as asic0: each is asked for its own databases'),
    paths: z
      .array(z.enum(setNames))
      .default([])
      .describe('Sets of paths; without any they follow from the models of the device'),
    maxMessageBytes: z.int().min(4096).max(268_435_456).default(16_777_216).describe('Longer messages are refused'),
    role: z
      .enum(DEVICE_ROLES)
      .optional()
      .describe('Role of the device, where its place in the fabric does not show it'),
    ports: z
      .strictObject({
        include: z
          .array(pattern)
          .default([])
          .describe('Regular expressions; where there are any, only matches are read'),
        exclude: z
          .array(pattern)
          .default([
            '^(lo|loopback|vlan|irb|port-channel|portchannel|bond|ae|lag|tunnel|vxlan|null|management|mgmt|ma)[\\d./-]*$',
          ])
          .describe('Regular expressions, upper and lower case alike; a match is never read'),
      })
      .prefault({}),
  })
  .superRefine((config, ctx) => {
    const missing = (path: string[], message: string) => ctx.addIssue({ code: 'custom', path, message });
    if (config.password !== undefined && config.username === undefined)
      missing(['username'], 'is required with password');
    // HTTP/2 would leave such a header out, or send other letters, without a word.
    for (const key of ['username', 'password'] as const) {
      if (config.authScheme !== 'basic' && !/^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$/.test(config[key] ?? ''))
        missing(
          [key],
          'may hold printable ASCII only, and no space at its ends, as gRPC metadata does; else set authScheme: basic',
        );
    }
    if (config.interval < 10) missing(['interval'], 'must be at least 10ms');
    const { tls } = config;
    if (tls === false || (tls.cert === undefined) === (tls.key === undefined)) return;
    missing(['tls', tls.cert === undefined ? 'cert' : 'key'], 'cert and key belong together');
  });

export type GnmiConfig = z.output<typeof gnmiConfigSchema>;

export const DEFAULT_PORT = 9339;

/** "leaf1" to "leaf1:9339"; null where it is no address. */
export function authorityOf(address: string): string | null {
  const [, host, , port] = /^(\[[0-9a-f:.]+\]|[\p{L}\p{N}._-]+)(:(\d{1,5}))?$/iu.exec(address) ?? [];
  if (host === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535) return null;
  const authority = `${host}:${port ?? DEFAULT_PORT}`;
  // Numbers that look like an address of IPv4 or IPv6 and are none.
  return URL.canParse(`https://${authority}`) ? authority : null;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
