import { FabricMap, jobPaths, portKey } from '../topology/index.ts';
import type { DeviceInfo, DeviceRole, JobPlacement, Link, PortRef } from '../topology/types.ts';

/** What one device's collector said of its neighbourhood. */
interface Neighbourhood {
  devices: DeviceInfo[];
  links: Link[];
}

/** Everything told about cables, roles and jobs, joined: config first, then what devices say. */
export class FabricState {
  #configDevices: { device: string; role: DeviceRole }[] = [];
  #configLinks: Link[] = [];
  #configJobs: JobPlacement[] = [];
  readonly #told = new Map<string, Neighbourhood>();
  readonly #jobs = new Map<string, JobPlacement>();
  readonly #polled = new Set<string>();
  #map: FabricMap | undefined;
  #links: Link[] | undefined;
  #jobsByPort: Map<string, string[]> | undefined;

  /** Replaces what the configuration says. */
  configure(config: {
    devices: readonly { device: string; role: DeviceRole }[];
    links: readonly Link[];
    jobs: readonly JobPlacement[];
  }): void {
    this.#configDevices = [...config.devices];
    this.#configLinks = [...config.links];
    this.#configJobs = [...config.jobs];
    this.#changed();
  }

  /** Replaces what a device said of itself before. @returns whether anything is new */
  setNeighbourhood(device: string, devices: DeviceInfo[], links: Link[]): boolean {
    const before = this.#told.get(device);
    const next = { devices, links };
    if (before && JSON.stringify(before) === JSON.stringify(next)) return false;
    this.#told.set(device, next);
    this.#changed();
    return true;
  }

  setJobs(jobs: readonly JobPlacement[]): void {
    for (const job of jobs) this.#jobs.set(job.job, job);
    this.#changed();
  }

  /** A device gives samples. @returns whether that is new */
  setPolled(device: string): boolean {
    if (this.#polled.has(device)) return false;
    this.#polled.add(device);
    // Cables and roles stand: the map is as good as before.
    return true;
  }

  #changed(): void {
    this.#map = undefined;
    this.#links = undefined;
    this.#jobsByPort = undefined;
  }

  /** Cables, each once: what the operator wrote wins over what devices say of the same ports. */
  links(): Link[] {
    this.#links ??= this.#join();
    return this.#links;
  }

  #join(): Link[] {
    const links = new Map<string, Link>();
    const taken = new Set<string>();
    for (const link of this.#configLinks) {
      links.set(linkKey(link), link);
      taken.add(portKey(link.a.device, link.a.port)).add(portKey(link.b.device, link.b.port));
    }
    for (const [device, told] of this.#told) {
      for (const link of told.links) {
        const key = linkKey(link);
        const known = links.get(key);
        if (known) {
          if (known.source !== 'config' && known.a.device !== device) links.set(key, { ...known, bothEnds: true });
        } else if (!taken.has(portKey(link.a.device, link.a.port)) && !taken.has(portKey(link.b.device, link.b.port))) {
          links.set(key, link);
        }
      }
    }
    return [...links.values()];
  }

  /** Devices named by anyone; a role that somebody knows wins over `unknown`, the operator's over all. */
  devices(): DeviceInfo[] {
    const roles = new Map<string, DeviceRole>();
    for (const { devices } of this.#told.values()) {
      for (const { device, role } of devices) {
        if (role !== 'unknown' || !roles.has(device)) roles.set(device, role);
      }
    }
    for (const { a, b } of this.links()) {
      for (const { device } of [a, b]) if (!roles.has(device)) roles.set(device, 'unknown');
    }
    for (const device of this.#polled) if (!roles.has(device)) roles.set(device, 'unknown');
    for (const { hosts, ranks } of this.jobs()) {
      for (const host of [...hosts, ...ranks.map((rank) => rank.device)]) {
        if ((roles.get(host) ?? 'unknown') === 'unknown') roles.set(host, 'host');
      }
    }
    for (const { device, role } of this.#configDevices) roles.set(device, role);
    return [...roles].map(([device, role]) => ({ device, role, polled: this.#polled.has(device) }));
  }

  /** Placements: the API's newer word wins over the config's. */
  jobs(): JobPlacement[] {
    const jobs = new Map(this.#configJobs.map((job) => [job.job, job]));
    for (const [name, job] of this.#jobs) jobs.set(name, job);
    return [...jobs.values()];
  }

  job(name: string): JobPlacement | undefined {
    return this.#jobs.get(name) ?? this.#configJobs.find(({ job }) => job === name);
  }

  map(): FabricMap {
    this.#map ??= new FabricMap(this.devices(), this.links());
    return this.#map;
  }

  /** NICs of a job's hosts and the switch ports they are plugged into. */
  jobPorts(job: JobPlacement): PortRef[] {
    const { nics, edge } = jobPaths(this.map(), job);
    return [...nics, ...edge].map((key) => {
      const [device = '', port = ''] = key.split('\n');
      return { device, port };
    });
  }

  /** Jobs whose traffic can cross a port. */
  jobsOf(device: string, port: string): string[] {
    if (!this.#jobsByPort) {
      this.#jobsByPort = new Map();
      for (const job of this.jobs()) {
        const { nics, edge, fabric } = jobPaths(this.map(), job);
        for (const key of new Set([...nics, ...edge, ...fabric])) {
          const list = this.#jobsByPort.get(key);
          if (list) list.push(job.job);
          else this.#jobsByPort.set(key, [job.job]);
        }
      }
    }
    return this.#jobsByPort.get(portKey(device, port)) ?? [];
  }

  /** What must survive a restart: all that was told from outside. */
  snapshot(): unknown {
    return { told: [...this.#told], polled: [...this.#polled] };
  }

  restore(snapshot: unknown): void {
    const { told = [], polled = [] } = (snapshot ?? {}) as { told?: [string, Neighbourhood][]; polled?: string[] };
    for (const [device, neighbourhood] of told) this.#told.set(device, neighbourhood);
    for (const device of polled) this.#polled.add(device);
    this.#changed();
  }
}

function linkKey({ a, b }: Link): string {
  const ends = [portKey(a.device, a.port), portKey(b.device, b.port)].sort();
  return ends.join('\n\n');
}
