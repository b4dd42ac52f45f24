import { z } from 'zod';
import { ParseError } from '../errors.ts';
import type { DeviceInfo, DeviceRole, JobPlacement, Link } from '../topology/types.ts';
import { brokenJsonLine } from './json-line.ts';

const name = z.union([z.string().min(1), z.number()]).transform(String);
const milliseconds = z.number().finite().nonnegative();

const rankSchema = z.object({ rank: z.number().int().nonnegative(), device: name, port: name.optional() });

/** `fabric.json` of a recording. Unknown keys are allowed: a recording may carry notes. */
const fabricSchema = z.object({
  format: z.literal('stallscope-trace/1'),
  name: z.string().default('recording'),
  sampleMs: z.number().positive().max(3_600_000),
  durationMs: milliseconds,
  pfcPriority: z.number().int().min(0).max(7).optional(),
  devices: z.array(z.object({ device: name, role: z.string().default('unknown') })).default([]),
  ports: z
    .array(
      z.object({
        device: name,
        port: name,
        peerDevice: name.nullish(),
        peerPort: name.nullish(),
        linkRateBitsPerSec: z.number().positive().nullish(),
      }),
    )
    .default([]),
  jobs: z
    .array(
      z.object({
        job: name,
        pattern: z.string().optional(),
        warmupSteps: z.number().int().nonnegative().optional(),
        gpus: z.number().positive().optional(),
        ranks: z.array(rankSchema).default([]),
        hosts: z.array(name).default([]),
      }),
    )
    .default([]),
});

/** What `fabric.json` says, in the terms of lib/topology. */
export interface RecordedFabric {
  name: string;
  sampleMs: number;
  durationMs: number;
  pfcPriority: number;
  devices: DeviceInfo[];
  links: Link[];
  declaredRateBitsPerSec: Map<string, number>;
  jobs: JobPlacement[];
  notes: string[];
}

const ROLES: ReadonlySet<string> = new Set(['host', 'leaf', 'spine', 'core', 'switch']);

function roleOf(text: string): DeviceRole {
  return ROLES.has(text) ? (text as DeviceRole) : 'unknown';
}

/**
 * Reads `fabric.json`.
 * @param text the file's content
 * @param file its path, for errors
 * @throws ParseError naming the file and the line (bad JSON) or the key (wrong value)
 */
export function parseFabric(text: string, file: string): RecordedFabric {
  const fabric = fabricSchema.safeParse(parseJson(text, file));
  if (!fabric.success) {
    const issue = fabric.error.issues[0];
    const place = issue === undefined || issue.path.length === 0 ? 'top level' : issue.path.join('.');
    throw new ParseError(`${file}: ${place}: ${issue?.message ?? 'does not match'}`);
  }
  const data = fabric.data;
  const notes: string[] = [];
  const known = new Set(data.devices.map((entry) => entry.device));
  const links = linksOf(data.ports, known, notes);
  return {
    name: data.name,
    sampleMs: data.sampleMs,
    durationMs: data.durationMs,
    pfcPriority: data.pfcPriority ?? -1,
    devices: data.devices.map((entry) => ({ device: entry.device, role: roleOf(entry.role), polled: true })),
    links,
    declaredRateBitsPerSec: new Map(
      data.ports.flatMap((entry) =>
        entry.linkRateBitsPerSec == null ? [] : [[`${entry.device}/${entry.port}`, entry.linkRateBitsPerSec] as const],
      ),
    ),
    jobs: data.jobs.map((entry) => placementOf(entry)),
    notes,
  };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ParseError(`${file}: row ${brokenJsonLine(text)}: not valid JSON`, { cause: error });
  }
}

type FabricData = z.infer<typeof fabricSchema>;

/** One link per cable: both ends list it, the second mention makes it `bothEnds`. */
function linksOf(ports: FabricData['ports'], known: ReadonlySet<string>, notes: string[]): Link[] {
  const links = new Map<string, Link>();
  for (const entry of ports) {
    if (entry.peerDevice == null || entry.peerPort == null) continue;
    if (entry.peerDevice === entry.device && entry.peerPort === entry.port) {
      notes.push(`fabric.json: ${entry.device}/${entry.port} is linked to itself: the link is ignored`);
      continue;
    }
    if (!known.has(entry.peerDevice)) {
      notes.push(`fabric.json: ${entry.device}/${entry.port} is linked to ${entry.peerDevice}, which is not a device`);
    }
    const ends = [`${entry.device}/${entry.port}`, `${entry.peerDevice}/${entry.peerPort}`].sort();
    const key = ends.join(' ');
    const existing = links.get(key);
    if (existing !== undefined) {
      existing.bothEnds = true;
      continue;
    }
    const link: Link = {
      a: { device: entry.device, port: entry.port },
      b: { device: entry.peerDevice, port: entry.peerPort },
      source: 'trace',
      bothEnds: false,
    };
    if (entry.linkRateBitsPerSec != null) link.linkRateBitsPerSec = entry.linkRateBitsPerSec;
    links.set(key, link);
  }
  return [...links.values()];
}

function placementOf(entry: FabricData['jobs'][number]): JobPlacement {
  const placement: JobPlacement = {
    job: entry.job,
    hosts: [...new Set([...entry.hosts, ...entry.ranks.map((rank) => rank.device)])],
    ranks: entry.ranks.map((rank) => ({
      rank: rank.rank,
      device: rank.device,
      ...(rank.port === undefined ? {} : { port: rank.port }),
    })),
    source: 'trace',
  };
  if (entry.warmupSteps !== undefined) placement.warmupSteps = entry.warmupSteps;
  if (entry.gpus !== undefined) placement.gpus = entry.gpus;
  return placement;
}
