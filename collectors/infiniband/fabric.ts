import { readNodeName } from '../../lib/topology/infiniband-names.ts';
import type { DeviceInfo, Link } from '../../lib/topology/types.ts';
import { type FoundPort, type LinkHint, linkRate } from './parse.ts';

/** One port that is read. */
export interface FabricPort {
  device: string;
  port: string;
  guid: string;
  lid: number;
  number: number;
  kind: FoundPort['kind'];
  linkRateBitsPerSec: number;
  /** Whether something was plugged in when the fabric was last looked at. */
  up: boolean;
}

/** What is known of a fabric: ports by device, and cables. */
export interface Fabric {
  ports: FabricPort[];
  devices: DeviceInfo[];
  links: Link[];
  /** Ports that are gone, and links below what both ends could do, in sentences. */
  remarks: string[];
}

type End = Pick<FoundPort, 'kind' | 'guid' | 'port' | 'description'>;

/**
 * Names nodes and makes devices, ports and cables of them. Adapters of one host are one device, with the card as the
 * port's name; nodes that share a description (unmanaged switches often do) are told apart by their GUID.
 * @param options `known`: ports of the fabric before, kept where nothing is plugged in any more; `hosts`: read adapters
 */
export function buildFabric(
  found: readonly FoundPort[],
  hints: readonly LinkHint[],
  names: Readonly<Record<string, string>>,
  options: { known?: readonly FabricPort[]; hosts: boolean } = { hosts: true },
): Fabric {
  const namer = new Namer(found, names);
  const hintAt = new Map(hints.map((hint) => [`${hint.guid} ${hint.port}`, hint]));
  const before = new Set((options.known ?? []).map(keyOf));
  const ports: FabricPort[] = [];
  const links = new Map<string, Link>();
  const devices = new Map<string, DeviceInfo>();
  const remarks: string[] = [];
  for (const end of found) {
    const { device, port } = namer.of(end);
    const entry: FabricPort = {
      device,
      port,
      guid: end.guid,
      lid: end.lid,
      number: end.port,
      kind: end.kind,
      linkRateBitsPerSec: end.peer === undefined ? Number.NaN : linkRate(end.width, end.speed),
      up: end.peer !== undefined,
    };
    if (end.peer === undefined && !before.has(keyOf(entry))) continue;
    const polled = options.hosts || end.kind !== 'CA';
    if (polled) ports.push(entry);
    devices.set(device, { device, role: end.kind === 'CA' ? 'host' : 'switch', polled });
    if (end.peer === undefined) continue;
    const hint = hintAt.get(`${end.guid} ${end.port}`);
    if (hint !== undefined) remarks.push(`${device}/${port} runs at ${end.width}x ${end.speed}: ${hint.text}`);
    addLink(links, { device, port }, namer.of(end.peer), hint, entry.linkRateBitsPerSec);
  }
  // First: of slow links there may be more than anybody is shown.
  remarks.unshift(...goneFrom(options.known ?? [], new Set(ports.map(keyOf))));
  ports.sort((a, b) => a.device.localeCompare(b.device, 'en') || a.port.localeCompare(b.port, 'en', { numeric: true }));
  return { ports, devices: [...devices.values()], links: [...links.values()], remarks };
}

/** A node that does not answer is not there at all; its neighbours' ports show as down. */
function goneFrom(known: readonly FabricPort[], present: ReadonlySet<string>): string[] {
  const gone = new Map<string, number>();
  for (const port of known) if (!present.has(keyOf(port))) gone.set(port.device, (gone.get(port.device) ?? 0) + 1);
  return [...gone].map(([device, count]) => `${device}: ${count} ports are no longer in the fabric`);
}

function keyOf({ device, port }: { device: string; port: string }): string {
  return `${device}\n${port}`;
}

function addLink(links: Map<string, Link>, a: Link['a'], b: Link['b'], hint: LinkHint | undefined, rate: number): void {
  const key = [keyOf(a), keyOf(b)].sort().join('\n\n');
  const seen = links.get(key);
  const link = seen ?? { a, b, source: 'infiniband' as const };
  if (seen !== undefined) link.bothEnds = true;
  // What the link should run at is only known where the tools say that it could do more.
  const possible = hint?.possibleBitsPerSec ?? Number.NaN;
  if (possible > rate) link.linkRateBitsPerSec = possible;
  links.set(key, link);
}

/** Gives every node one name of its own. */
class Namer {
  private readonly shared = new Set<string>();
  private readonly given: ReadonlyMap<bigint, string>;
  private readonly portsOfCard = new Map<string, Set<number>>();

  constructor(found: readonly FoundPort[], names: Readonly<Record<string, string>>) {
    this.given = new Map(Object.entries(names).map(([guid, name]) => [BigInt(guid), name]));
    const owners = new Map<string, string>();
    for (const end of found) {
      const card = end.description;
      // The ports of one adapter have different GUIDs, and different numbers.
      const key = end.kind === 'CA' ? `${card} ${end.port}` : card;
      const owner = owners.get(key);
      if (owner !== undefined && owner !== end.guid) this.shared.add(card);
      owners.set(key, end.guid);
      const ports = this.portsOfCard.get(card) ?? new Set();
      this.portsOfCard.set(card, ports.add(end.port));
    }
  }

  of({ kind, guid, port, description }: End): { device: string; port: string } {
    const given = this.given.get(BigInt(guid));
    const read = readNodeName(description);
    const own = read.device === '' ? guid : read.device;
    const unique = this.shared.has(description) && own !== guid ? `${own} (${guid})` : own;
    const device = given ?? unique;
    if (kind !== 'CA' || read.card === undefined) return { device, port: String(port) };
    const several = (this.portsOfCard.get(description)?.size ?? 1) > 1;
    return { device, port: several ? `${read.card}/${port}` : read.card };
  }
}
