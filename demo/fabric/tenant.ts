import { at } from './columns.ts';
import { exponential, pick, STREAM, uniform } from './draws.ts';
import type { Network } from './network.ts';
import type { RateControl } from './rate-control.ts';

/** A stream of bursts from one host to another that belongs to no job. */
export interface TenantSpec {
  /** Part of the address of its random draws. */
  id: number;
  flow: number;
  meanBurstBytes: number;
  /** Mean load as a share of the sender's line rate. */
  load: number;
  /** Active in this window only. */
  startMs: number;
  endMs: number;
  /** Fixed time between bursts, ms, instead of random gaps: synchronised senders make an incast. */
  everyMs?: number;
  /** Every burst opens a new connection at line rate. */
  fresh?: boolean;
  /** Ways through the fabric; each burst is a connection of its own and hashed onto one of them. */
  routes?: number[][];
}

/** Open-loop bursts: when they start does not depend on how the network treats them, so paired runs see the same. */
export class Tenant {
  constructor(
    readonly spec: TenantSpec,
    private readonly seed: number,
    private nextMs: number,
    private burst = 0,
  ) {}

  clone(): Tenant {
    return new Tenant(this.spec, this.seed, this.nextMs, this.burst);
  }

  tick(network: Network, rates: RateControl): void {
    const { spec } = this;
    const now = network.nowMs;
    if (now >= spec.endMs) {
      // What has not been sent when the tenant stops is never sent.
      if (at(network.flows.credit, spec.flow) > at(network.flows.injected, spec.flow)) {
        network.flows.credit[spec.flow] = at(network.flows.injected, spec.flow) - at(network.flows.dropped, spec.flow);
      }
      return;
    }
    while (now >= this.nextMs && now >= spec.startMs) this.startBurst(network, rates);
  }

  private hashAgain(network: Network, waiting: number): void {
    const { routes, flow, id } = this.spec;
    if (!routes || routes.length < 2 || waiting > 1) return;
    network.flows.setRoute(
      flow,
      routes[pick(routes.length, this.seed, STREAM.ecmp, id, this.burst)] ?? routes[0] ?? [],
    );
  }

  private startBurst(network: Network, rates: RateControl): void {
    const { spec, seed } = this;
    const size = spec.meanBurstBytes * (0.5 + uniform(seed, STREAM.tenantSize, spec.id, this.burst));
    const waiting =
      at(network.flows.credit, spec.flow) +
      at(network.flows.dropped, spec.flow) -
      at(network.flows.delivered, spec.flow);
    if (waiting < 3 * spec.meanBurstBytes) {
      this.hashAgain(network, waiting);
      network.flows.credit[spec.flow] = at(network.flows.credit, spec.flow) + size;
      if (spec.fresh === true) rates.restart(spec.flow);
    }
    const line = at(network.nominalRate, at(network.flows.source, spec.flow));
    const meanGap = spec.meanBurstBytes / (Math.max(spec.load, 1e-4) * line);
    this.nextMs += spec.everyMs ?? exponential(meanGap, seed, STREAM.tenantGap, spec.id, this.burst);
    this.burst++;
  }
}
