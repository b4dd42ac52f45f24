import { at } from './columns.ts';
import { applyPortFaults, type Fault, isActive, ringPorts } from './faults.ts';
import { type FinishedStep, type JobEffects, JobRun, type JobSpec } from './job.ts';
import { Network } from './network.ts';
import { CNP_PERIOD_MS, RateControl } from './rate-control.ts';
import { type NetworkSettings, TICK_MS } from './settings.ts';
import { Tenant, type TenantSpec } from './tenant.ts';
import { type FabricTopology, leafOf, pathBetween } from './topology.ts';

export interface BackgroundSpec {
  id: number;
  from: number;
  to: number;
  meanBurstBytes: number;
  load: number;
}

/** Everything that defines a run: the same options give the same run, byte for byte. */
export interface FabricOptions {
  topology: FabricTopology;
  settings: NetworkSettings;
  seed: number;
  jobs: JobSpec[];
  background: BackgroundSpec[];
  /** Spine that carries a flow between leaves, by position in `topology.spines`: the fabric's ECMP hash. */
  spineOf: (from: number, to: number, flowKey: number) => number;
}

/** Queue pairs of a connection: an all-to-all has few bytes for each peer and spreads them, or it loads uplinks unevenly. */
const QUEUE_PAIRS = { ring: 1, 'all-to-all': 2 } as const;

/** Bursts of an incast sender, ms apart. */
const INCAST_EVERY_MS = 300;

/** The whole model: network, jobs, other tenants and what goes wrong. Advances in ticks of TICK_MS. */
export class Fabric {
  private jobEffects: JobEffects;

  private constructor(
    readonly options: FabricOptions,
    readonly network: Network,
    private readonly rates: RateControl,
    readonly jobs: JobRun[],
    private tenants: Tenant[],
    private faultList: Fault[],
    /** Routes to put back when a rerouting fault ends: fault id -> [flow, route]. */
    private readonly moved: Map<number, [number, number[]][]>,
  ) {
    this.jobEffects = this.effects();
  }

  static create(options: FabricOptions): Fabric {
    const { topology } = options;
    const network = new Network(topology, options.settings, 128);
    const spines = topology.spines.length;
    // Further queue pairs of a connection take the spine opposite to the first one's.
    const route = (from: number, to: number, key: number, pair = 0): number[] => {
      const spine = (options.spineOf(from, to, key) + pair * Math.floor(spines / 2)) % spines;
      return pathBetween(topology, from, to, topology.spines[spine] ?? -1);
    };
    const jobs = options.jobs.map((spec, index) => {
      const size = spec.hosts.length;
      const flowsOf: number[][] = Array.from({ length: size * size }, () => []);
      spec.hosts.forEach((from, i) => {
        spec.hosts.forEach((to, j) => {
          const wanted = spec.pattern === 'ring' ? j === (i + 1) % size : i !== j;
          if (!wanted) return;
          const key = index * 4096 + i * size + j;
          for (let pair = 0; pair < QUEUE_PAIRS[spec.pattern]; pair++) {
            flowsOf[i * size + j]?.push(network.flows.add(route(from, to, key, pair)));
          }
        });
      });
      return new JobRun(index, spec, options.seed, flowsOf);
    });
    const tenants = options.background.map((spec) => {
      const flow = network.flows.add(route(spec.from, spec.to, 1_000_000 + spec.id));
      const sameLeaf = leafOf(topology, spec.from) === leafOf(topology, spec.to);
      const routes = sameLeaf ? [] : topology.spines.map((spine) => pathBetween(topology, spec.from, spec.to, spine));
      const tenant: TenantSpec = { ...spec, flow, routes, startMs: 0, endMs: Number.POSITIVE_INFINITY };
      return new Tenant(tenant, options.seed, (spec.id * 137) % 1000);
    });
    return new Fabric(options, network, new RateControl(network), jobs, tenants, [], new Map());
  }

  get nowMs(): number {
    return this.network.nowMs;
  }
  get faults(): readonly Fault[] {
    return this.faultList;
  }

  /** Adds a fault that has not begun yet; its own flows are made now. */
  addFault(fault: Fault): Fault {
    const added = { ...fault };
    if (added.kind === 'incast') this.addIncast(added);
    if (added.kind === 'pfc-deadlock') this.addDeadlockFlows(added);
    this.faultList = [...this.faultList, added];
    return added;
  }

  /** Drops faults that ended before model time `beforeMs`, and the flows that were theirs. */
  forget(beforeMs: number): void {
    const gone = this.faultList.filter((fault) => fault.endMs < beforeMs);
    if (gone.length === 0) return;
    const flows = new Set(gone.flatMap((fault) => fault.flows ?? []));
    this.faultList = this.faultList.filter((fault) => !gone.includes(fault));
    this.tenants = this.tenants.filter((tenant) => !flows.has(tenant.spec.flow));
    for (const flow of flows) this.network.flows.release(flow);
  }

  /** An independent copy, optionally without some faults: what would have been. */
  clone(without: ReadonlySet<number> = new Set()): Fabric {
    const network = this.network.clone();
    const kept = this.faultList.filter((fault) => !without.has(fault.id));
    const gone = this.faultList.filter((fault) => without.has(fault.id));
    const moved = new Map(
      [...this.moved].map(([id, routes]) => [id, routes.map((entry) => [...entry])] as const),
    ) as Map<number, [number, number[]][]>;
    const dropped = new Set(gone.flatMap((fault) => fault.flows ?? []));
    const tenants = this.tenants.filter((tenant) => !dropped.has(tenant.spec.flow)).map((tenant) => tenant.clone());
    for (const flow of dropped)
      network.flows.credit[flow] = at(network.flows.injected, flow) - at(network.flows.dropped, flow);
    const copy = new Fabric(
      this.options,
      network,
      this.rates.clone(network),
      this.jobs.map((job) => job.clone()),
      tenants,
      kept,
      moved,
    );
    for (const fault of gone) copy.putRoutesBack(fault);
    return copy;
  }

  /** One tick. @returns steps that ended in it. */
  tick(): FinishedStep[] {
    const { network } = this;
    applyPortFaults(network, this.faultList, this.options.seed);
    this.applyRoutes();
    const finished: FinishedStep[] = [];
    for (const job of this.jobs) {
      const step = job.tick(network, this.jobEffects);
      if (step) finished.push(step);
    }
    for (const tenant of this.tenants) tenant.tick(network, this.rates);
    network.tick();
    if (network.nowMs % CNP_PERIOD_MS === 0) this.rates.update();
    return finished;
  }

  /** Runs until model time `untilMs`. */
  advance(untilMs: number, onStep?: (step: FinishedStep) => void): void {
    while (this.network.nowMs + TICK_MS <= untilMs) {
      for (const step of this.tick()) onStep?.(step);
    }
  }

  private effects(): JobEffects {
    const active = (kind: Fault['kind'], job: number, nowMs: number): Fault[] =>
      this.faultList.filter((fault) => fault.kind === kind && fault.job === job && isActive(fault, nowMs));
    return {
      computeFactor: (job, rank, nowMs) =>
        active('compute-straggler', job, nowMs).reduce(
          (factor, fault) => (fault.rank === rank ? factor * (1 + fault.strength) : factor),
          1,
        ),
      dataWaitMs: (job, rank, nowMs) =>
        active('data-stall', job, nowMs).reduce(
          (wait, fault) => (fault.rank === undefined || fault.rank === rank ? wait + fault.strength * 1000 : wait),
          0,
        ),
      checkpointMs: (job, _step, nowMs) =>
        active('checkpoint', job, nowMs).reduce((wait, fault) => wait + fault.strength * 1000, 0),
    };
  }

  private addIncast(fault: Fault): void {
    const { options, network } = this;
    const { topology } = options;
    const target = fault.host ?? -1;
    const senders = fault.senders ?? [];
    const targetLine = at(network.nominalRate, topology.devices[target]?.ports[0] ?? 0);
    fault.flows = senders.map((sender, i) => {
      const spine = topology.spines[options.spineOf(sender, target, 2_000_000 + fault.id * 64 + i)] ?? -1;
      const flow = network.flows.add(pathBetween(topology, sender, target, spine));
      this.rates.restart(flow);
      const meanBurstBytes = (fault.strength * targetLine * INCAST_EVERY_MS) / senders.length;
      const spec: TenantSpec = {
        id: 10_000 + fault.id * 64 + i,
        flow,
        meanBurstBytes,
        load: 1,
        startMs: fault.startMs,
        endMs: fault.endMs,
        everyMs: INCAST_EVERY_MS,
        fresh: true,
      };
      this.tenants.push(new Tenant(spec, options.seed, fault.startMs));
      return flow;
    });
  }

  /**
   * Misrouted lossless traffic: hosts of leaf A reach leaf C by way of leaf B, those of leaf B by way of leaf A, so
   * the four queues between the two leaves wait for each other. A fan-in at leaf C starts it.
   */
  private addDeadlockFlows(fault: Fault): void {
    const { options, network } = this;
    const { topology } = options;
    const [toSpine1, toLeafB, toSpine2, toLeafA] = ringPorts(topology, fault) as [number, number, number, number];
    const [leafA, leafB] = fault.ring?.leaves ?? [-1, -1];
    const [spine1, spine2] = fault.ring?.spines ?? [-1, -1];
    const target = fault.host ?? -1;
    fault.flows = (fault.senders ?? []).map((sender, i) => {
      const nic = topology.devices[sender]?.ports[0] ?? -1;
      const around = leafOf(topology, sender) === leafA ? [toSpine1, toLeafB, toSpine2] : [toSpine2, toLeafA, toSpine1];
      const lastSpine = leafOf(topology, sender) === leafA ? spine2 : spine1;
      const down = pathBetween(topology, sender, target, lastSpine).slice(2);
      const flow = network.flows.add([nic, ...around, ...down]);
      this.rates.restart(flow);
      const line = at(network.nominalRate, nic);
      const spec: TenantSpec = {
        id: 20_000 + fault.id * 64 + i,
        flow,
        meanBurstBytes: line * 100,
        load: 1,
        startMs: fault.startMs,
        endMs: fault.endMs,
        everyMs: 100,
        fresh: true,
      };
      this.tenants.push(new Tenant(spec, options.seed, fault.startMs));
      return flow;
    });
    void leafB;
  }

  private applyRoutes(): void {
    for (const fault of this.faultList) {
      if (fault.kind !== 'ecmp-collision' && fault.kind !== 'link-flap') continue;
      const active = isActive(fault, this.nowMs);
      if (active && !this.moved.has(fault.id)) this.moveRoutes(fault);
      else if (!active && this.moved.has(fault.id)) this.putRoutesBack(fault);
    }
  }

  /** A collision puts every job flow that leaves the leaf on one uplink. */
  private moveRoutes(fault: Fault): void {
    const routes: [number, number[]][] = [];
    this.moved.set(fault.id, routes);
    if (fault.kind !== 'ecmp-collision') return;
    const { topology } = this.options;
    const uplink = fault.port ?? -1;
    const leaf = topology.ports[uplink]?.device ?? -1;
    const spine = topology.ports[topology.ports[uplink]?.peer ?? -1]?.device ?? -1;
    for (const flow of this.jobs.flatMap((job) => job.flows)) {
      const route = this.network.flows.routeOf(flow);
      if (route.length !== 4 || topology.ports[route[1] ?? -1]?.device !== leaf) continue;
      const from = topology.ports[route[0] ?? -1]?.device ?? -1;
      const to = topology.ports[topology.ports[route[3] ?? -1]?.peer ?? -1]?.device ?? -1;
      routes.push([flow, route]);
      this.network.flows.setRoute(flow, pathBetween(topology, from, to, spine));
    }
  }

  private putRoutesBack(fault: Fault): void {
    for (const [flow, route] of this.moved.get(fault.id) ?? []) this.network.flows.setRoute(flow, route);
    this.moved.delete(fault.id);
  }
}
